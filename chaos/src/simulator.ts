import { fileURLToPath } from 'node:url';
import type { ConfigTree } from '@ats/runtime';
import { z } from 'zod';
import { startChild } from './child.ts';

const ready = z.object({
  event: z.literal('simulator.ready'),
  venues: z.record(z.string(), z.object({ ws: z.string(), rest: z.string() })),
  adminUrl: z.string(),
});

const balance = z.object({ asset: z.string(), available: z.string(), locked: z.string() });
const venueOrder = z.object({ clientOrderId: z.string().nullable(), state: z.string() });
const account = z.object({
  balances: z.array(balance),
  openOrders: z.array(venueOrder),
  doneOrders: z.array(venueOrder),
  trades: z.array(z.object({ tradeId: z.string() })),
});
const accounts = z.object({ venues: z.record(z.string(), z.record(z.string(), account)) });
export type VenueAccount = z.output<typeof account>;

/** The outside world: it is never killed, and is asked at the end what really happened. */
export interface Simulator {
  /** Where each venue is served, as a section of a configuration. */
  readonly venues: ConfigTree;
  /** What each venue holds of ours, all its accounts together. */
  accounts(): Promise<ReadonlyMap<string, readonly VenueAccount[]>>;
  /** Switches a fault on; see the simulator's README. */
  fault(fault: Readonly<Record<string, unknown>>): Promise<void>;
  clearFaults(): Promise<void>;
  stop(): Promise<void>;
}

export async function startSimulator(options: {
  readonly config: ConfigTree;
  readonly logFile: string;
}): Promise<Simulator> {
  const child = startChild({
    file: fileURLToPath(new URL('../../modules/venue-simulator/src/main.ts', import.meta.url)),
    args: ['--config-json', '-'],
    input: JSON.stringify(options.config),
    logFile: options.logFile,
  });
  const { venues, adminUrl } = await child.line((line) => {
    const parsed = ready.safeParse(JSON.parse(line));
    return parsed.success ? parsed.data : undefined;
  });
  const admin = async (method: string, path: string, body?: object): Promise<unknown> => {
    const response = await fetch(`${adminUrl}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`);
    return response.json();
  };
  return {
    venues: Object.fromEntries(
      Object.entries(venues).map(([name, { ws, rest }]) => [name, { ws: [ws], rest: [rest] }]),
    ),
    async accounts() {
      const { venues: all } = accounts.parse(await admin('GET', '/admin/accounts'));
      return new Map(Object.entries(all).map(([name, byName]) => [name, Object.values(byName)]));
    },
    fault: async (fault) => void (await admin('POST', '/admin/faults', fault)),
    clearFaults: async () => void (await admin('DELETE', '/admin/faults')),
    stop: async () => void (await child.stop(5000)),
  };
}
