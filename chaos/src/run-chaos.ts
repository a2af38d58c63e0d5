import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compareWithLog, describeProblem, verifyArchive } from '@ats/audit-exporter';
import {
  listingsOf,
  loadConfig,
  parseConfig,
  type RandomStream,
  seededRandom,
  sharedConfigSchema,
  systemTimers,
} from '@ats/runtime';
import { distributedSystem } from './distributed-system.ts';
import { type ChaosSystem, embeddedSystem } from './embedded-system.ts';
import { priceOf } from './prices.ts';
import { startSimulator } from './simulator.ts';
import { systemPorts, tradesEnded } from './system-ports.ts';
import { insist, type SentOrder, sendOrders } from './traffic.ts';
import { isSound, judge, type Verdict } from './verdict.ts';

export interface ChaosOptions {
  readonly orders: number;
  readonly kills: number;
  readonly seed: number;
  readonly profile: 'embedded' | 'distributed';
  /** Whether only processes are killed, and the venues behave. */
  readonly calm: boolean;
  /** Holds everything of this run. */
  readonly folder: string;
  readonly say: (line: string) => void;
}

export interface ChaosVerdict extends Verdict {
  readonly profile: string;
  readonly seed: number;
  readonly kills: number;
  readonly seconds: number;
  readonly sound: boolean;
}

const SETTLE_MS = 120_000;
/** Faults of venues that are drawn before a kill, as their admin API names them. */
const FAULTS = [
  'accepted-then-timeout',
  'rejected-by-timeout',
  'cancel-lost',
  'order-reject',
  'fill-during-cancel',
  'report-drop',
  'report-duplicate',
  'report-late',
  'report-reorder',
  'disconnect',
];
const COUNTED = FAULTS.filter((kind) => kind !== 'disconnect');

/** Runs the whole thing once. */
export async function runChaos(options: ChaosOptions): Promise<ChaosVerdict> {
  const { folder, seed, say } = options;
  const began = performance.now();
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
  const listings = listingsOf(parseConfig(loaded, sharedConfigSchema));
  const random = seededRandom(seed);
  const simulator = await startSimulator({
    config: loaded.values,
    logFile: join(folder, 'simulator.log'),
  });
  const open = options.profile === 'distributed' ? distributedSystem : embeddedSystem;
  const system = await open({ folder, venues: simulator.venues, seed });
  await system.start();
  say('the system is up');
  const sending = sendOrders({
    client: system.client,
    listings,
    priceOf: priceOf(loaded.values),
    random: random.stream('orders'),
    orders: options.orders,
    concurrency: 8,
    onProgress: () => {},
  });
  let done = false;
  const sent = sending.finally(() => {
    done = true;
  });
  let kills = 0;
  const moments = random.stream('kills');
  while (kills < options.kills) {
    await systemTimers.sleep(500 + moments.next() * 4000);
    if (!options.calm) await simulator.fault(drawFault(moments));
    const victim = system.victims[moments.integer(system.victims.length)] as string;
    kills += 1;
    say(`kill ${kills}: ${victim}${done ? ' (all orders are sent)' : ''}`);
    await system.kill(victim);
  }
  const orders = await sent;
  await simulator.clearFaults();
  say(`${orders.length} orders are answered (${refusalsOf(orders)}); waiting for the rest to end`);
  await system.quiesce();
  await settle(system, say);
  // Of one process the store is its own; its engine waits for its trades when it drains.
  if (options.profile === 'distributed') {
    const ports = systemPorts(system);
    await tradesEnded(ports);
    await ports.close();
  }
  await system.stop();
  const verdict = await examine(system, { sent: orders, venues: await simulator.accounts() });
  await system.close();
  await simulator.stop();
  const sound = isSound(verdict);
  const seconds = Math.round((performance.now() - began) / 1000);
  return { profile: options.profile, seed, kills, ...verdict, seconds, sound };
}

/** Why orders were refused, and how often. */
function refusalsOf(orders: readonly SentOrder[]): string {
  const counts = new Map<string, number>();
  for (const { refusal } of orders) {
    if (refusal !== undefined) counts.set(refusal, (counts.get(refusal) ?? 0) + 1);
  }
  const parts = [...counts].map(([code, count]) => `${count} ${code}`);
  return parts.length === 0 ? 'none refused' : `refused: ${parts.join(', ')}`;
}

function drawFault(random: RandomStream): Readonly<Record<string, unknown>> {
  const kind = FAULTS[random.integer(FAULTS.length)] as string;
  return COUNTED.includes(kind) ? { kind, count: 1 + random.integer(5) } : { kind };
}

/** Cancels what stands until nothing does. */
export async function settle(
  system: Pick<ChaosSystem, 'client'>,
  say: (line: string) => void,
): Promise<void> {
  const until = performance.now() + SETTLE_MS;
  let round = 0;
  for (let empty = 0; empty < 5; ) {
    const open = await system.client.openOrders();
    empty = open?.length === 0 ? empty + 1 : 0;
    round += 1;
    for (const { orderId, status } of open ?? []) {
      if (status === 'CANCEL_PENDING' && round % 10 !== 0) continue;
      await insist(() => system.client.cancel(orderId, `settle-${round}-${orderId}`));
    }
    if (performance.now() > until) {
      say(`after ${SETTLE_MS} ms ${open?.length} orders are still open`);
      return;
    }
    await systemTimers.sleep(500);
  }
}

export async function examine(
  system: Pick<ChaosSystem, 'storage'>,
  found: Pick<Parameters<typeof judge>[0], 'sent' | 'venues'>,
): Promise<Verdict> {
  const ports = systemPorts(system);
  try {
    const archive = await ports.archive();
    const report = await verifyArchive({ archive, timers: systemTimers });
    const log = await ports.eventLog();
    const archived = await compareWithLog({ log, archive });
    const state = await ports.stateStore();
    const sagas = await state.query({ table: 'sagas', partition: 'open', limit: 1000 });
    return await judge({
      ...found,
      log,
      state,
      auditMissing: archived.missing,
      auditProblems: [...report.problems.map(describeProblem), ...archived.differing],
      openSagas: sagas.items.length,
    });
  } finally {
    await ports.close();
  }
}
