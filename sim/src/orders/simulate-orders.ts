import { seededRandom } from '@ats/runtime';
import { OrderWorld } from './order-world.ts';
import { SERVICES } from './sim-services.ts';

export interface OrderSimulation {
  readonly seed: number;
  /** Of every record of the log: equal for equal seeds. */
  readonly hash: string;
  readonly virtualMs: number;
  readonly orders: number;
  readonly acknowledged: number;
  readonly fills: number;
  readonly trades: Readonly<Record<string, number>>;
  readonly kills: number;
  readonly violations: readonly string[];
}

export interface OrderPlan {
  /** Time under faults and kills. */
  readonly stormMs: number;
  /** Longest time that all may take to come to its end afterwards. */
  readonly calmMsMax: number;
}

const PLAN: OrderPlan = { stormMs: 8000, calmMsMax: 60_000 };
const STEP_MS = 100;
const SETTLED_STEPS = 30;

/** One storm over the order path, then calm; what is not whole afterwards is a violation. */
export async function simulateOrders(seed: number, plan = PLAN): Promise<OrderSimulation> {
  const world = new OrderWorld(seed);
  const startUs = world.timers.clock.nowUs();
  const random = seededRandom(seed).stream('order-storm');
  const share = (most: number): number => random.next() * most;
  world.disk.faults = {
    latencyMsMax: 0.2 + share(4),
    failShare: share(0.01),
    redeliverShare: share(0.05),
  };
  world.network.faults = {
    latencyMsMax: 0.2 + share(5),
    requestLostShare: share(0.01),
    answerLostShare: share(0.01),
  };
  for (const venue of world.venues) {
    venue.faults = {
      latencyMsMax: 1 + share(40),
      requestLostShare: share(0.03),
      answerLostShare: share(0.03),
      rateLimitedShare: share(0.02),
      pushLostShare: share(0.2),
      pushTwiceShare: share(0.2),
      pushLateMsMax: share(300),
    };
  }
  world.bootAll();
  let nextKillMs = 1500 + share(1500);
  for (let passed = 0; passed < plan.stormMs; passed += STEP_MS) {
    await world.run(STEP_MS);
    if (passed < nextKillMs) continue;
    nextKillMs = passed + 200 + share(2000);
    const victim = SERVICES[random.integer(SERVICES.length)];
    if (random.next() < 0.2) for (const service of SERVICES) world.kill(service);
    else if (victim !== undefined) world.kill(victim);
  }
  world.calm();
  let quiet = 0;
  for (let passed = 0; passed < plan.calmMsMax && quiet < SETTLED_STEPS; passed += STEP_MS) {
    await world.run(STEP_MS);
    if (passed % 2000 === 0) await world.cancelAll(passed);
    quiet = (await world.isQuiet()) ? quiet + 1 : 0;
  }
  const hash = await world.finish();
  return {
    seed,
    hash,
    virtualMs: (world.timers.clock.nowUs() - startUs) / 1000,
    orders: world.clients.sent,
    acknowledged: world.clients.acknowledged.size,
    fills: world.venues.reduce((sum, { account }) => sum + account.trades.length, 0),
    trades: world.tradesByState(),
    kills: world.kills,
    violations: world.violations,
  };
}
