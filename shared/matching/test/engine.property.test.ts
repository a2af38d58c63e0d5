import { seededRandom } from '@ats/runtime';
import fc from 'fast-check';
import {
  MatchingEngine,
  type NewOrder,
  type ReplaceOrder,
  type SelfTradePolicy,
  stateHash,
} from '../src/index.ts';
import { EventLog } from './event-log.ts';
import { NaiveEngine } from './naive-engine.ts';

type Step =
  | { readonly kind: 'submit'; readonly order: NewOrder }
  | { readonly kind: 'replace'; readonly order: ReplaceOrder }
  | { readonly kind: 'cancel'; readonly orderId: number }
  | { readonly kind: 'fill'; readonly orderId: number; readonly lots: number };

type Engine = Pick<MatchingEngine, 'submit' | 'replace' | 'cancel' | 'fillOutOfTurn'>;

function run(engine: Engine, step: Step): unknown {
  switch (step.kind) {
    case 'submit':
      return engine.submit(step.order);
    case 'replace':
      return engine.replace(step.order);
    case 'cancel':
      return engine.cancel(step.orderId);
    case 'fill':
      return engine.fillOutOfTurn({ ...step, takerOrderId: 999 });
  }
}

const POLICIES: readonly SelfTradePolicy[] = ['cancel-newest', 'cancel-oldest', 'cancel-both'];

/** Runs both engines and compares outcome, events and state after every step. */
function runBoth(policy: SelfTradePolicy, ordersMax: number, steps: Iterable<Step>): number {
  const fastLog = new EventLog();
  const naiveLog = new EventLog();
  const fast = new MatchingEngine({ events: fastLog, selfTrade: policy, ordersMax });
  const naive = new NaiveEngine({ log: naiveLog, selfTrade: policy, ordersMax });
  let executions = 0;
  for (const step of steps) {
    const [outcome, expected] = [run(fast, step), run(naive, step)];
    const events = fastLog.take();
    const happened = JSON.stringify([outcome, events, stateHash(fast)]);
    const wanted = JSON.stringify([expected, naiveLog.take(), stateHash(naive)]);
    // The matcher is slow, so it is asked only to show a difference.
    if (happened !== wanted) expect(happened).toBe(wanted);
    if (fast.bestPriceTicks('bid') >= fast.bestPriceTicks('ask')) throw new Error('crossed');
    executions += events.filter(([name]) => name === 'executed').length;
  }
  return executions;
}

const newOrder = fc.record({
  orderId: fc.integer({ min: 1, max: 60 }),
  owner: fc.integer({ min: 0, max: 3 }),
  side: fc.constantFrom('bid' as const, 'ask' as const),
  type: fc.constantFrom('limit' as const, 'limit' as const, 'limit' as const, 'market' as const),
  timeInForce: fc.constantFrom('gtc' as const, 'gtc' as const, 'ioc' as const, 'fok' as const),
  postOnly: fc.boolean(),
  priceTicks: fc.integer({ min: 95, max: 105 }),
  lots: fc.integer({ min: 1, max: 20 }),
});

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: newOrder.map((order): Step => ({ kind: 'submit', order })) },
  { weight: 2, arbitrary: newOrder.map((order): Step => ({ kind: 'replace', order })) },
  { weight: 1, arbitrary: newOrder.map(({ orderId }): Step => ({ kind: 'cancel', orderId })) },
  {
    weight: 1,
    arbitrary: newOrder.map(({ orderId, lots }): Step => ({ kind: 'fill', orderId, lots })),
  },
);

/** A long run whose prices wander over thousands of levels, so that the structures grow. */
function* wanderingSteps(seed: number, count: number): Generator<Step> {
  const random = seededRandom(seed).stream('orders');
  let middle = 1_000_000;
  for (let at = 1; at <= count; at += 1) {
    middle += random.integer(41) - 20;
    const side = random.next() < 0.5 ? 'bid' : 'ask';
    const away = Math.round(random.exponential() * 150) - 30;
    const order = {
      orderId: at,
      owner: random.integer(6),
      side,
      type: random.next() < 0.03 ? 'market' : 'limit',
      timeInForce: random.next() < 0.9 ? 'gtc' : random.next() < 0.5 ? 'ioc' : 'fok',
      postOnly: random.next() < 0.1,
      priceTicks: middle + (side === 'bid' ? -away : away),
      lots: 1 + random.integer(50),
    } as const;
    const earlier = Math.max(1, at - random.integer(2000));
    const kind = random.next();
    if (kind < 0.6) yield { kind: 'submit', order };
    else if (kind < 0.8) yield { kind: 'replace', order: { ...order, orderId: earlier } };
    else yield { kind: 'cancel', orderId: earlier };
  }
}

describe('the matching engine beside its naive twin', () => {
  test.each(POLICIES)('agrees on every event and state under random orders, %s', (policy) => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 150, size: 'max' }), (steps) => {
        runBoth(policy, 25, steps);
      }),
      { numRuns: 200 },
    );
  });

  test('agrees over a long seeded run in which hundreds of levels come and go', () => {
    const executions = runBoth('cancel-oldest', 500, wanderingSteps(11, 2500));
    expect(executions).toBeGreaterThan(150);
  });
});
