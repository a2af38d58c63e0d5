import type { UpSummary } from '../app/summary.ts';
import { count, stopwatch } from './format.ts';

/** The summary in a few lines, for a person who ended the live view. */
export function describeSummary(summary: UpSummary): string {
  const { opportunities, invariants, latencyUs } = summary;
  const frames = Object.values(summary.venues).reduce((sum, venue) => sum + venue.frames, 0);
  const reasons = Object.entries(opportunities.byReason)
    .sort((a, b) => b[1] - a[1])
    .map(([reason, times]) => `${reason} ${count(times)}`);
  return [
    `Ran ${stopwatch(summary.durationMs)} in mode ${summary.mode}: ${count(frames)} frames from ${Object.keys(summary.venues).length} venues.`,
    `Opportunities: ${count(opportunities.total)} seen, ${count(opportunities.approved)} approved, ${count(opportunities.refused)} refused.`,
    ...(reasons.length === 0 ? [] : [`By reason: ${reasons.join(', ')}.`]),
    `Frame to risk answer: p50 ${count(latencyUs.frameToRiskAnswer.p50)} us, p99 ${count(latencyUs.frameToRiskAnswer.p99)} us.`,
    invariants.ok
      ? 'All invariants held.'
      : `INVARIANTS BROKEN:\n${invariants.violations.map((line) => `  - ${line}`).join('\n')}`,
  ].join('\n');
}
