import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  listingsOf,
  loadConfig,
  parseConfig,
  seededRandom,
  sharedConfigSchema,
} from '@ats/runtime';
import { type HandOver, killAndWatch } from './hand-over.ts';
import { priceOf } from './prices.ts';
import { examine, settle } from './run-chaos.ts';
import { ACCOUNTS, SHARED, scaledSystem } from './scaled-system.ts';
import { startSimulator } from './simulator.ts';
import { systemPorts, tradesEnded } from './system-ports.ts';
import { drawOrder, sendOrders } from './traffic.ts';
import { isSound, type Verdict } from './verdict.ts';

export interface ScaleOptions {
  /** How many instances of each service, in one run after the other. */
  readonly instances: readonly number[];
  readonly orders: number;
  readonly seed: number;
  /** Holds everything of these runs. */
  readonly folder: (count: number) => Promise<string>;
  readonly say: (line: string) => void;
}

/** What one run with so many instances came to. */
export interface ScaleRun {
  readonly instances: number;
  /** From the first order that was sent to the last answer. */
  readonly ordersPerSecond: number;
  readonly handOvers: readonly HandOver[];
  readonly verdict: Verdict;
  readonly sound: boolean;
}

const CONCURRENCY = 16;

export async function runScale(options: ScaleOptions): Promise<readonly ScaleRun[]> {
  const runs: ScaleRun[] = [];
  for (const count of options.instances) runs.push(await runOnce(options, count));
  return runs;
}

async function runOnce(options: ScaleOptions, count: number): Promise<ScaleRun> {
  const { seed, say } = options;
  const folder = await options.folder(count);
  say(`${count} of each: output in ${folder}`);
  const loaded = loadConfig({
    folder: fileURLToPath(new URL('../../config', import.meta.url)),
    environment: {},
    assignments: [
      `seed=${seed}`,
      'admin.ports.venue-simulator=0',
      'simulator.accountLimits.closedOrdersMax=1000000',
      'simulator.accountLimits.tradesMax=1000000',
    ],
  });
  const config = parseConfig(loaded, sharedConfigSchema);
  const listings = listingsOf(config);
  const simulator = await startSimulator({
    config: loaded.values,
    logFile: join(folder, 'simulator.log'),
  });
  const system = await scaledSystem({ folder, venues: simulator.venues, seed, count });
  await system.start();
  say('the system is up');
  const ports = systemPorts(system, system.bus);
  const random = seededRandom(seed).stream('orders');
  const parts = { client: system.client, listings, priceOf: priceOf(loaded.values), random };
  const accountOf = (venue: string): string => ACCOUNTS[venue] ?? 'main';
  const traffic = (name: string, orders: number) =>
    sendOrders({
      ...{ ...parts, name, orders, accountOf },
      concurrency: CONCURRENCY,
      onProgress: () => {},
    });
  // The first orders wait for venues to be reconciled, and count for nothing.
  const sent = [...(await traffic('warm', CONCURRENCY))];
  const began = performance.now();
  sent.push(...(await traffic('speed', options.orders)));
  const ordersPerSecond = options.orders / ((performance.now() - began) / 1000);
  say(`${ordersPerSecond.toFixed(1)} orders a second`);
  const handOvers: HandOver[] = [];
  if (count > 1) {
    const [state, bus] = await Promise.all([ports.stateStore(), ports.marketBus()]);
    for (const service of SHARED) {
      const load = traffic(`kill-${service}`, Math.ceil(options.orders / 2));
      const draw = (venue: string) => {
        const here = listings.filter((one) => one.venue === venue);
        const order = drawOrder({ ...parts, listings: here }, false);
        return { accountId: accountOf(venue), ...order };
      };
      handOvers.push(
        await killAndWatch(service, { ...{ system, state, bus, config, draw }, sent }),
      );
      say(`${service}: handed over in ${handOvers.at(-1)?.handOverMs} ms`);
      sent.push(...(await load));
    }
  }
  system.halt();
  await settle(system, say);
  await tradesEnded(ports);
  await ports.close();
  await system.stop();
  const verdict = await examine(system, { sent, venues: await simulator.accounts() });
  await system.close();
  await simulator.stop();
  return { instances: count, ordersPerSecond, handOvers, verdict, sound: isSound(verdict) };
}
