import { z } from 'zod';
import type { HealthView, ServiceHealth } from '../contract.ts';
import type { Place } from './places.ts';

/** A machine that is busy is slow to answer, and not down. */
const ASK_MS = 2500;

const UNKNOWN = ['it has no fixed port: its port is 0 in admin.ports'];

const readiness = z.object({
  ready: z.boolean(),
  reasons: z.array(z.string()),
  version: z.string().default(''),
});

/** Asks every service how it is, at the address that its metrics are served at. */
export async function healthOf(
  places: readonly Place[],
  parts: { readonly nowUs: () => number; readonly fetch: typeof fetch },
): Promise<HealthView> {
  return { atUs: parts.nowUs(), services: await Promise.all(places.map(ask)) };

  async function ask({ name, url }: Place): Promise<ServiceHealth> {
    if (url === undefined) return { name, state: 'not-reachable', version: '', reasons: UNKNOWN };
    const answer = await readFrom(parts.fetch, `${url}/readyz`);
    const { data } = readiness.safeParse(await answer?.json().catch(() => undefined));
    if (data === undefined) {
      const reasons = [`nothing answers at ${url}`];
      return { name, state: 'not-reachable', version: '', reasons };
    }
    const { ready, reasons, version } = data;
    return { name, state: ready ? 'ready' : 'not-ready', version, reasons };
  }
}

/** @returns undefined where nothing answers in time */
export const readFrom = (by: typeof fetch, url: string): Promise<Response | undefined> =>
  by(url, { signal: AbortSignal.timeout(ASK_MS) }).catch(() => undefined);
