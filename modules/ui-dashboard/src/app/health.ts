import { z } from 'zod';
import type { HealthView, ServiceHealth } from '../contract.ts';

/** A machine that is busy is slow to answer, and not down. */
const ASK_MS = 2500;

const readiness = z.object({ ready: z.boolean(), reasons: z.array(z.string()) });

/** Where each service says how it is. */
export interface HealthPlaces {
  readonly host: string;
  readonly ports: Readonly<Record<string, number>>;
}

/** Asks every service how it is, at the address that its metrics are served at. */
export async function healthOf(
  { host, ports }: HealthPlaces,
  parts: { readonly nowUs: () => number; readonly fetch: typeof fetch },
): Promise<HealthView> {
  const asked = Object.entries(ports).map(([name, port]) => ask(name, `http://${host}:${port}`));
  return { atUs: parts.nowUs(), services: await Promise.all(asked) };

  async function ask(name: string, url: string): Promise<ServiceHealth> {
    const answer = await readFrom(parts.fetch, `${url}/readyz`);
    const { data } = readiness.safeParse(await answer?.json().catch(() => undefined));
    if (data === undefined)
      return { name, state: 'unknown', reasons: [`nothing answers at ${url}`] };
    return { name, state: data.ready ? 'ready' : 'not-ready', reasons: data.reasons };
  }
}

/** @returns undefined where nothing answers in time */
export const readFrom = (by: typeof fetch, url: string): Promise<Response | undefined> =>
  by(url, { signal: AbortSignal.timeout(ASK_MS) }).catch(() => undefined);
