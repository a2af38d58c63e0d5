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
import { type Market, QUANTITY_SCALE } from '../../../src/domain/exposure/market.ts';
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

interface Lived {
  readonly life: Life;
  readonly versions: readonly Order[];
  approved: boolean;
  /** Versions that there are, and those that risk was told of. */
  current: number;
  told: number;
}

/** Orders that live, and a risk manager that hears of them. */
class Play {
  nowUs = 1;
  readonly lived: readonly Lived[];
  private readonly choices: Iterator<number>;
  private readonly working: WorkingBook;
  private readonly market: Market;

  constructor(lives: readonly Life[], choices: Iterator<number>) {
    this.choices = choices;
    const markets = new Markets({ listings: [], numeraire: assetId('USDT') });
    const exposure = new ExposureBook(markets);
    this.working = new WorkingBook({ exposure, graceUs: GRACE_US, onChange: () => undefined });
    this.market = markets.of({ venue: VENUE, instrument: BTC_USDT });
    this.lived = lives.map((life, index) => {
      const versions = life.taken ? versionsOf(life, index) : [];
      return { life, versions, approved: false, current: 0, told: 0 };
    });
  }

  get counted(): bigint {
    return this.market.sums.buys;
  }

  get truth(): bigint {
    return this.lived.reduce((sum, one) => sum + openOf(one.versions[one.current - 1]), 0n);
  }

  choose(below: number): number {
    return (this.choices.next().value as number) % below;
  }

  act(): void {
    const one = this.lived[this.choose(this.lived.length)] as Lived;
    const choice = this.choose(4);
    if (!one.approved) this.approve(one);
    else if (choice === 0 && one.current > 0 && one.current < one.versions.length) this.live(one);
    else if (choice === 1 && one.told < one.current) this.tell(one);
    // Told again, after whatever has happened since.
    else if (choice === 2 && one.told > 0) this.hear(one.versions[this.choose(one.told)] as Order);
    else this.pass(this.choose(60));
  }

  /** Everything is told, and all that is doubtful asked for. */
  end(): void {
    for (const one of this.lived) while (one.told < one.current) this.tell(one);
    this.pass(10 * (APPROVED_US + GRACE_US));
  }

  private approve(one: Lived): void {
    one.approved = true;
    this.reserve(one, { request: 'r', replaces: false, quantity: units(one.life.approvedUnits) });
    // An approval that is used becomes an order before it expires.
    one.current = Math.min(1, one.versions.length);
  }

  private live(one: Lived): void {
    const [last, next] = one.versions.slice(one.current - 1, one.current + 1) as [Order, Order];
    const { pendingReplace } = next.progress;
    if (pendingReplace !== undefined && last.progress.pendingReplace === undefined) {
      const quantity = pendingReplace.quantity.subtract(last.cumulativeQuantity);
      this.reserve(one, { request: pendingReplace.requestId, replaces: true, quantity });
    }
    one.current += 1;
  }

  private reserve(
    one: Lived,
    wish: { readonly request: string; readonly replaces: boolean; readonly quantity: Decimal },
  ): void {
    const { request, ...terms } = wish;
    const id = orderId(`${this.lived.indexOf(one)}`);
    const intent = { orderId: id, accountId: ACCOUNT, market: this.market, side: 'buy' } as const;
    const checkAtUs = this.nowUs + APPROVED_US + GRACE_US;
    this.working.reserve([{ ...intent, ...terms }], { requestId: requestId(request), checkAtUs });
  }

  private tell(one: Lived): void {
    this.hear(one.versions[one.told] as Order);
    one.told += 1;
  }

  private hear(order: Order): void {
    this.working.onOrder(order, 'log', this.nowUs);
  }

  private pass(timeUs: number): void {
    this.nowUs += timeUs;
    for (const id of this.working.due(this.nowUs)) {
      const one = this.lived[Number(id)];
      this.working.settle(id, one?.versions[one.current - 1], this.nowUs);
    }
  }
}

describe('working exposure', () => {
  it('is never below what is truly open, and in the end exactly that', () => {
    const plays = fc.tuple(
      fc.array(lives, { minLength: 1, maxLength: 4 }),
      fc.infiniteStream(fc.nat()),
    );
    fc.assert(
      fc.property(plays, ([all, choices]) => {
        const play = new Play(all, choices);
        for (let step = 0; step < 60; step += 1) {
          play.act();
          expect(play.counted).toBeGreaterThanOrEqual(play.truth);
        }
        play.end();
        expect(play.counted).toBe(play.truth);
      }),
      { numRuns: 300 },
    );
  });
});
