import { z } from 'zod';
import type { HealthView, ServiceHealth } from '../contract.ts';

const ASK_MS = 1000;

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
    try {
      const answer = await parts.fetch(`${url}/readyz`, { signal: AbortSignal.timeout(ASK_MS) });
      const { ready, reasons } = readiness.parse(await answer.json());
      return { name, state: ready ? 'ready' : 'not-ready', reasons };
    } catch {
      return { name, state: 'unknown', reasons: [`nothing answers at ${url}`] };
    }
  }
}
