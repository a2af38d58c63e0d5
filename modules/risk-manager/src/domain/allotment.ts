import {
  Decimal,
  deriveOrderId,
  legsOf,
  type Opportunity,
  type OrderId,
  type OrderSide,
  type RequestId,
  type TradeIntent,
  tradeId,
} from '@ats/domain';
import type { ExposureBook } from './exposure/exposure-book.ts';
import type { Market } from './exposure/market.ts';
import { kindOf, type LimitName } from './limits/limit-names.ts';
import type { LimitTable } from './limits/limit-table.ts';
import { above, type Line, plain, type Refusal } from './refusal.ts';
import type { KnownMarket } from './rules.ts';
import { legQuantity, tradableQuantities, tradeLines } from './trade-lines.ts';
import type { TradeBook } from './working/trade-book.ts';
import type { WorkingBook, WorkingIntent } from './working/working-book.ts';

/** Limits on what everything comes to; they need values of all positions. */
export const EXPOSURES: readonly LimitName[] = [
  'grossExposure',
  'netExposure',
  'venueExposure',
  'assetExposure',
  'symbolExposure',
];

/** What was bought and sold on a day, in the numeraire; undefined where that cannot be told. */
export interface TradedVolume {
  on(day: string): Decimal | undefined;
}

export interface AllotmentParts {
  readonly exposure: ExposureBook;
  readonly working: WorkingBook;
  readonly trades: TradeBook;
  readonly volume: TradedVolume;
  /** Approved orders and open orders that are kept; beyond it nothing more is approved. */
  readonly workingMax: number;
}

/** When and under which limits something is approved. */
export interface Moment {
  readonly limits: LimitTable;
  readonly day: string;
  /** When the store is asked what became of it, microseconds since the epoch. */
  readonly checkAtUs: number;
  /** Whether only what lowers positions is let through. */
  readonly reducesOnly: boolean;
}

/** Of orders of one request. */
type OrdersMoment = Moment & { readonly requestId: RequestId };

export interface AskedTrade {
  readonly opportunity: Opportunity;
  readonly intent: TradeIntent;
  /** Of the legs, in the order of `legsOf`. */
  readonly markets: readonly KnownMarket[];
}

/** Orders of one request with the ids that they have or would have. */
export type AskedOrders = readonly (Omit<WorkingIntent, 'market'> & {
  readonly venue: string;
  readonly instrument: string;
  /** What the order is worth by itself. */
  readonly lines: readonly Line[];
})[];

/** A figure above its limit. */
interface Excess {
  readonly line: Line;
  readonly max: Decimal;
}

const isSame = (one: Line, other: Line): boolean => one.name === other.name && one.of === other.of;

const REDUCE_ONLY = 'RISK_REDUCE_ONLY';

/**
 * Finds out how much of something fits beside all that is held and on its way, and counts it from
 * then on. Nothing waits in between: whatever is asked at once, approvals never add up to a
 * breach. A limit that is passed already stands in the way of what would add to it.
 */
export class Allotment {
  private readonly parts: AllotmentParts;

  constructor(parts: AllotmentParts) {
    this.parts = parts;
  }

  /** As much of a trade as fits: all of it, less, or a refusal where less than the least fits. */
  trade(asked: AskedTrade, moment: Moment): Decimal | Refusal {
    const { opportunity, intent } = asked;
    const refusal = this.full() ?? this.trades(intent.requestId, moment);
    if (refusal !== undefined) return refusal;
    const sides = this.legs(asked);
    const rate = this.rate(opportunity, moment);
    if (!(rate instanceof Decimal)) return rate;
    const missing = this.unvalued(sides, moment);
    if (missing !== undefined) return missing;
    const wanted = opportunity.quantity;
    const ownLines = (quantity: Decimal) => tradeLines(asked, { quantity, rate });
    const most = moment.reducesOnly ? this.reducing(sides, wanted) : wanted;
    const tryOut = (quantity: Decimal): Excess | undefined => {
      const own = excessOf(ownLines(quantity), [], moment.limits);
      if (own !== undefined) return own;
      const orders = ordersOf(sides, quantity);
      const made = { ...moment, requestId: intent.requestId };
      const excess = this.excessWith(orders, made);
      if (excess === undefined) this.parts.working.reserve(orders, made);
      return excess;
    };
    if (most.equals(wanted) && tryOut(wanted) === undefined) {
      return this.begun(intent, moment, wanted);
    }
    const { step, least } = tradableQuantities(opportunity, asked.markets);
    const ceiling = most.roundToStep(step, 'floor');
    if (most.lessThan(wanted) && ceiling.lessThan(least)) return onlyReducing(most, wanted);
    const none = tryOut(least.min(most));
    if (none !== undefined) {
      const { line, max } = none;
      const own = ownLines(wanted).findLast((one) => isSame(one, line));
      return above(own ?? { ...line, value: this.valueAt(line, asked, moment) }, max);
    }
    // What fits stays counted, and the largest of it is what was found to fit last.
    const fitting = largest({ least, most: ceiling, step }, (one) => tryOut(one) === undefined);
    return this.begun(intent, moment, fitting);
  }

  /** All of the orders or none. */
  orders(asked: AskedOrders, moment: OrdersMoment): Refusal | undefined {
    const refusal = this.refusalOf(asked, moment);
    if (refusal === undefined) this.parts.working.reserve(this.intentsOf(asked), moment);
    return refusal;
  }

  /** Why the orders do not all fit, if so. Nothing is counted. */
  refusalOf(asked: AskedOrders, moment: OrdersMoment): Refusal | undefined {
    const intents = this.intentsOf(asked);
    const refusal = this.full() ?? this.unvalued(intents, moment);
    if (refusal !== undefined) return refusal;
    for (const { lines } of asked) {
      const excess = excessOf(lines, [], moment.limits);
      if (excess !== undefined) return above(excess.line, excess.max);
    }
    if (moment.reducesOnly) {
      for (const [index, one] of intents.entries()) {
        // What stands before it in the request uses up the same room.
        const others = intents.slice(0, index).filter((other) => isAlike(one, other));
        const together = others.reduce((sum, { quantity }) => sum.add(quantity), one.quantity);
        const room = this.parts.exposure.roomToReduce(one, one.side);
        if (together.greaterThan(room)) return onlyReducing(room, together);
      }
    }
    const excess = this.excessWith(intents, moment);
    return excess === undefined ? undefined : above(excess.line, excess.max);
  }

  private intentsOf(asked: AskedOrders): readonly WorkingIntent[] {
    return asked.map(({ venue, instrument, lines: _lines, ...intent }) => {
      return { ...intent, market: this.parts.exposure.markets.of({ venue, instrument }) };
    });
  }

  private legs({ opportunity, intent }: AskedTrade): readonly TradeLeg[] {
    const { accountId, requestId } = intent;
    return legsOf(opportunity).map((leg, index) => {
      const market = this.parts.exposure.markets.of(leg);
      const orderId = deriveOrderId({ accountId, requestId, index });
      const of = (quantity: Decimal): Decimal => legQuantity(leg, opportunity, quantity);
      return { orderId, accountId, market, side: leg.side, of };
    });
  }

  private begun(
    { accountId, requestId }: TradeIntent,
    { day, checkAtUs }: Moment,
    quantity: Decimal,
  ): Decimal {
    this.parts.trades.reserve(tradeId(requestId), { accountId, day, checkAtUs });
    return quantity;
  }

  private full(): Refusal | undefined {
    const { working, workingMax } = this.parts;
    if (working.size < workingMax) return undefined;
    const [limit, value] = [String(workingMax), String(working.size)];
    const detail = `${value} orders are approved or open; risk keeps no more than ${limit}.`;
    return { reason: 'RISK_UNAVAILABLE', detail, limit, value };
  }

  /** One more trade, unless it is one of those already. */
  private trades(requestId: RequestId, { limits, day }: Moment): Refusal | undefined {
    const { trades } = this.parts;
    const more = trades.has(tradeId(requestId)) ? 0 : 1;
    const count = (value: number): Decimal => new Decimal(BigInt(value), 0);
    const lines: readonly Line[] = [
      { name: 'tradesOpen', of: '', value: count(trades.openCount + more) },
      { name: 'tradesPerDay', of: '', value: count(trades.begunOn(day) + more) },
    ];
    const excess = excessOf(lines, [], limits);
    return excess === undefined ? undefined : above(excess.line, excess.max);
  }

  /** Without a value nobody can tell what an order would come to. */
  private unvalued(legs: readonly Leg[], { limits, day }: Moment): Refusal | undefined {
    const { exposure, volume } = this.parts;
    if (limits.has('volumePerDay') && volume.on(day) === undefined) {
      const detail = 'What was traded today cannot be told: no book converts some of its money.';
      return { reason: 'RISK_VOLUME_PER_DAY_MAX', detail, limit: 'a value', value: 'none' };
    }
    const name = EXPOSURES.find((one) => limits.has(one));
    if (name === undefined) return undefined;
    const unknown = exposure.unknown() ?? legs.find(({ market }) => !market.valued)?.market;
    if (unknown === undefined) return undefined;
    const { venue, instrument } = unknown;
    const detail = `Exposure cannot be told: no book gives the value of ${instrument} on ${venue}.`;
    return { reason: kindOf(name).reason, detail, limit: 'a value', value: 'none' };
  }

  private reducing(legs: readonly TradeLeg[], wanted: Decimal): Decimal {
    return legs.reduce((most, leg) => {
      const room = this.parts.exposure.roomToReduce(leg, leg.side);
      const whole = leg.of(wanted);
      if (!room.lessThan(whole)) return most;
      return most.min(room.multiply(wanted).divide(whole, { scale: 18, rounding: 'down' }));
    }, wanted);
  }

  /** What all is worth now, as far as these orders change it. */
  private lines(legs: readonly Leg[], { limits, day }: Moment): readonly Line[] {
    const { exposure, volume } = this.parts;
    const lines = exposure.lines(legs.map(({ market }) => market));
    const traded = limits.has('volumePerDay') ? volume.on(day) : undefined;
    if (traded === undefined) return lines;
    return [...lines, { name: 'volumePerDay', of: '', value: traded.add(exposure.workingValue()) }];
  }

  /** What stands in the way of counting the orders. */
  private excessWith(orders: readonly WorkingIntent[], moment: OrdersMoment): Excess | undefined {
    const { limits } = moment;
    const lines = this.parts.working.imagine(orders, moment, () => this.lines(orders, moment));
    if (excessOf(lines, [], limits) === undefined) return undefined;
    // What is above its limit may have stood there before, and this adds nothing to it.
    return excessOf(lines, this.lines(orders, moment), limits);
  }

  /** What the trade's money is worth in the numeraire of risk. */
  private rate({ numeraire }: Opportunity, { limits }: Moment): Decimal | Refusal {
    const reason = 'RISK_NOTIONAL_MAX';
    if (limits.has('tradeNotional') && limits.limit('tradeNotional', numeraire).max === undefined) {
      const where = `risk.limits.tradeNotional.for.${numeraire}`;
      const detail = `There are no limits in ${numeraire}: add ${where}.`;
      return { reason, detail, limit: '0', value: numeraire };
    }
    const rate = this.parts.exposure.markets.rateOf(numeraire);
    if (rate !== undefined) return rate;
    const detail = `No book converts ${numeraire}, so that limits could be held against it.`;
    return { reason, detail, limit: 'a value', value: 'none' };
  }

  /** What a line would stand at if all that was asked for were traded. */
  private valueAt(line: Line, asked: AskedTrade, moment: Moment): Decimal {
    const { quantity } = asked.opportunity;
    const { requestId } = asked.intent;
    const sides = this.legs(asked);
    const orders = ordersOf(sides, quantity);
    const { working } = this.parts;
    const lines = working.imagine(orders, { ...moment, requestId }, () =>
      this.lines(sides, moment),
    );
    return lines.find((one) => isSame(one, line))?.value ?? line.value;
  }
}

interface Leg {
  readonly orderId: OrderId;
  readonly accountId: WorkingIntent['accountId'];
  readonly market: Market;
  readonly side: OrderSide;
}

/** A leg of a trade, and what its order is when so much of the trade is approved. */
interface TradeLeg extends Leg {
  readonly of: (quantity: Decimal) => Decimal;
}

const ordersOf = (legs: readonly TradeLeg[], quantity: Decimal): readonly WorkingIntent[] =>
  legs.map(({ of, ...leg }) => ({ ...leg, quantity: of(quantity), replaces: false }));

const isAlike = (one: Leg, other: Leg): boolean =>
  one.accountId === other.accountId && one.market === other.market && one.side === other.side;

/** @param before what it stood at; a limit that is passed already refuses only what adds to it */
function excessOf(
  lines: readonly Line[],
  before: readonly Line[],
  limits: LimitTable,
): Excess | undefined {
  for (const line of lines) {
    const { max } = limits.limit(line.name, line.of);
    if (max === undefined || !line.value.greaterThan(max)) continue;
    const stood = before.find((one) => isSame(one, line))?.value;
    if (stood !== undefined && !line.value.greaterThan(stood)) continue;
    return { line, max };
  }
  return undefined;
}

function onlyReducing(room: Decimal, wanted: Decimal): Refusal {
  const [limit, value] = [plain(room), plain(wanted)];
  const detail = `Only what lowers positions is let through now: ${value} asked, ${limit} would.`;
  return { reason: REDUCE_ONLY, detail, limit, value };
}

/** The largest multiple of `step` that fits: what is less than one that fits fits as well. */
function largest(
  { least, most, step }: Readonly<Record<'least' | 'most' | 'step', Decimal>>,
  fits: (quantity: Decimal) => boolean,
): Decimal {
  const stepsIn = (quantity: Decimal): bigint =>
    quantity.divide(step, { scale: 0, rounding: 'down' }).units;
  const quantityOf = (steps: bigint): Decimal => step.multiply(new Decimal(steps, 0)).normalized();
  let [low, high] = [stepsIn(least), stepsIn(most)];
  while (low < high) {
    const middle = (low + high + 1n) / 2n;
    if (fits(quantityOf(middle))) low = middle;
    else high = middle - 1n;
  }
  return quantityOf(low);
}
