import {
  accountId,
  assetId,
  Decimal,
  hasEnded,
  instrumentId,
  type Order,
  orderId,
  requestId,
  venueId,
} from '@ats/domain';
import fc from 'fast-check';
import { ExposureBook } from '../../../src/domain/exposure/exposure-book.ts';
import { QUANTITY_SCALE } from '../../../src/domain/exposure/market.ts';
import { Markets } from '../../../src/domain/exposure/markets.ts';
import { WorkingBook } from '../../../src/domain/working/working-book.ts';
import { standingOrder } from '../../orders.ts';

const ACCOUNT = accountId('main');
const VENUE = venueId('alpha');
const BTC_USDT = instrumentId({ base: 'BTC', quote: 'USDT' });
const APPROVED_US = 100;
const GRACE_US = 50;
const units = (value: number): Decimal => new Decimal(BigInt(value), 0);

/** The truth about one order, which risk hears of in bits, late, twice or out of order. */
interface Life {
  readonly approvedUnits: number;
  readonly taken: boolean;
  /** What happens after it was taken, one version each. */
  readonly steps: readonly { readonly kind: 'fill' | 'replace' | 'answer' | 'end'; by: number }[];
}

const lives: fc.Arbitrary<Life> = fc.record({
  approvedUnits: fc.integer({ min: 1, max: 20 }),
  taken: fc.boolean(),
  steps: fc.array(
    fc.record({
      kind: fc.constantFrom('fill', 'replace', 'answer', 'end'),
      by: fc.integer({ min: 1, max: 10 }),
    }),
    { maxLength: 6 },
  ),
});

/** Every version of an order in turn. */
function versionsOf(life: Life, index: number): readonly Order[] {
  const id = orderId(`${index}`);
  const first = standingOrder({
    ...{ orderId: id, side: 'buy', venue: VENUE, instrument: BTC_USDT },
    quantity: units(life.approvedUnits),
  });
  const versions: Order[] = [first];
  for (const { kind, by } of life.steps) {
    const before = versions.at(-1) as Order;
    if (hasEnded(before)) break;
    versions.push({ ...after(before, kind, by), version: before.version + 1 });
  }
  return versions;
}

function after(order: Order, kind: Life['steps'][number]['kind'], by: number): Order {
  const { terms, progress, cumulativeQuantity, leavesQuantity } = order;
  if (kind === 'fill') {
    const filled = leavesQuantity.min(units(by));
    const leaves = leavesQuantity.subtract(filled);
    return {
      ...order,
      cumulativeQuantity: cumulativeQuantity.add(filled),
      leavesQuantity: leaves,
      ...(leaves.isZero() ? { status: 'FILLED' } : {}),
    };
  }
  // A wish is not taken while another waits for its answer.
  if (kind === 'replace' && progress.pendingReplace === undefined) {
    const quantity = cumulativeQuantity.add(units(by));
    const pendingReplace = {
      requestId: requestId(`${order.version}`),
      quantity,
      limitPrice: units(1),
    };
    return { ...order, progress: { ...progress, pendingReplace } };
  }
  if (kind === 'replace' || kind === 'answer') {
    const quantity = progress.pendingReplace?.quantity.max(cumulativeQuantity) ?? terms.quantity;
    return {
      ...order,
      terms: { ...terms, quantity },
      leavesQuantity: quantity.subtract(cumulativeQuantity),
      progress: { ...progress, pendingReplace: undefined },
    };
  }
  return { ...order, status: 'CANCELED', leavesQuantity: Decimal.ZERO };
}

/** What may truly still fill: what stands, or what its venue may make of it. */
function openOf(order: Order | undefined): bigint {
  if (order === undefined || hasEnded(order)) return 0n;
  const pending = order.progress.pendingReplace?.quantity.subtract(order.cumulativeQuantity);
  const open = pending === undefined ? order.leavesQuantity : order.leavesQuantity.max(pending);
  return open.round(QUANTITY_SCALE, 'down').units;
}

describe('working exposure', () => {
  it('is never below what is truly open, and in the end exactly that', () => {
    const plays = fc.tuple(
      fc.array(lives, { minLength: 1, maxLength: 4 }),
      fc.infiniteStream(fc.nat()),
    );
    fc.assert(
      fc.property(plays, ([all, choices]) => {
        const choose = (below: number): number => (choices.next().value as number) % below;
        const markets = new Markets({ listings: [], numeraire: assetId('USDT') });
        const exposure = new ExposureBook(markets);
        const working = new WorkingBook({ exposure, graceUs: GRACE_US, onChange: () => undefined });
        const market = markets.of({ venue: VENUE, instrument: BTC_USDT });
        const lived = all.map((life, index) => ({
          ...{ life, versions: life.taken ? versionsOf(life, index) : [] },
          ...{ orderId: orderId(`${index}`), approved: false, current: 0, told: 0 },
        }));
        let nowUs = 1;
        const counted = (): bigint => market.sums.buys;
        const truth = (): bigint =>
          lived.reduce((sum, { versions, current }) => sum + openOf(versions[current - 1]), 0n);
        const settle = (): void => {
          for (const id of working.due(nowUs)) {
            const one = lived.find((other) => other.orderId === id);
            working.settle(id, one?.versions[(one?.current ?? 0) - 1], nowUs);
          }
        };
        const act = (one: (typeof lived)[number]): void => {
          if (!one.approved) {
            one.approved = true;
            const quantity = units(one.life.approvedUnits);
            const intent = {
              orderId: one.orderId,
              accountId: ACCOUNT,
              market,
              side: 'buy',
            } as const;
            const checkAtUs = nowUs + APPROVED_US + GRACE_US;
            working.reserve([{ ...intent, replaces: false, quantity }], {
              ...{ requestId: requestId('r'), checkAtUs },
            });
            // An approval that is used becomes an order before it expires.
            one.current = Math.min(1, one.versions.length);
            return;
          }
          const next = one.versions[one.current];
          const last = one.versions[one.current - 1];
          const choice = choose(4);
          if (choice === 0 && next !== undefined && last !== undefined) {
            const { pendingReplace } = next.progress;
            if (pendingReplace !== undefined && last.progress.pendingReplace === undefined) {
              const quantity = pendingReplace.quantity.subtract(last.cumulativeQuantity);
              const intent = {
                orderId: one.orderId,
                accountId: ACCOUNT,
                market,
                side: 'buy',
              } as const;
              working.reserve([{ ...intent, replaces: true, quantity }], {
                requestId: pendingReplace.requestId,
                checkAtUs: nowUs + APPROVED_US + GRACE_US,
              });
            }
            one.current += 1;
          } else if (choice === 1 && one.told < one.current) {
            working.onOrder(one.versions[one.told] as Order, 'log', nowUs);
            one.told += 1;
          } else if (choice === 2 && one.told > 0) {
            // Told again, after whatever has happened since.
            working.onOrder(one.versions[choose(one.told)] as Order, 'log', nowUs);
          } else {
            nowUs += choose(60);
            settle();
          }
        };
        for (let step = 0; step < 60; step += 1) {
          act(lived[choose(lived.length)] as (typeof lived)[number]);
          expect(counted()).toBeGreaterThanOrEqual(truth());
        }
        for (const one of lived) {
          for (; one.told < one.current; one.told += 1) {
            working.onOrder(one.versions[one.told] as Order, 'log', nowUs);
          }
        }
        nowUs += 10 * (APPROVED_US + GRACE_US);
        settle();
        expect(counted()).toBe(truth());
      }),
      { numRuns: 300 },
    );
  });
});
