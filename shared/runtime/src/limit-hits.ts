import type { Metrics } from './metrics.ts';

/**
 * Counts how often limits were hit: something was refused, left out or forgotten. Each begins at
 * zero, so that its first hit is a rise.
 * @param of `name` of the metric, such as `ats_dashboard_limit_hits_total`
 */
export function limitHits<Limit extends string>(
  metrics: Metrics,
  { name, limits }: { readonly name: string; readonly limits: readonly Limit[] },
): (limit: Limit) => void {
  const hits = metrics.counter({
    name,
    help: 'Times that a limit was hit: what was above it was refused, left out or forgotten.',
    labels: ['limit'],
  });
  for (const limit of limits) hits.add({ limit }, 0);
  return (limit) => hits.add({ limit });
}
