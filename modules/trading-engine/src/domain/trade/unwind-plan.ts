import {
  type ArbitrageTrade,
  type BookTop,
  Decimal,
  type Listing,
  type OrderSide,
  type UnwindStrategy,
} from '@ats/domain';
import { bounded, decimalOf } from '../book-decimal.ts';
import type { OrderPlan } from './open-trade.ts';
import { type OpenPart, openParts } from './trade-figures.ts';
import type { UnwindRules } from './trade-rules.ts';

/** One market where what is open of its base could be closed. */
export interface UnwindMarket {
  readonly listing: Listing;
  /** Undefined while there is no whole book. */
  readonly book: BookTop | undefined;
  /** One unit of the quote in the numeraire; undefined where nothing converts it. */
  readonly rate: Decimal | undefined;
  readonly baseAvailable: Decimal;
  readonly quoteAvailable: Decimal;
}

export type UnwindPlan =
  | { readonly kind: 'order'; readonly plan: OrderPlan; readonly strategy: UnwindStrategy }
  /** Every venue would refuse so little: the accumulator takes it. */
  | { readonly kind: 'carry' }
  | { readonly kind: 'wait'; readonly why: string };

interface Candidate {
  readonly market: UnwindMarket;
  readonly quantity: Decimal;
  readonly notional: Decimal;
  readonly limitPrice: Decimal;
  readonly rate: Decimal;
  /** Against the decision's value of base, fee included, in the numeraire; below zero is a gain. */
  readonly loss: Decimal;
  readonly isOrigin: boolean;
}

const BPS = Decimal.parse('0.0001');

interface Situation {
  readonly markets: readonly UnwindMarket[];
  readonly nowUs: number;
  readonly rules: UnwindRules;
}

/**
 * The next order that closes something. Of a triangle the base comes first: a market of it that is
 * paid in the coin may close both.
 */
export function planUnwind(trade: ArbitrageTrade, situation: Situation): UnwindPlan {
  let plan: UnwindPlan = { kind: 'carry' };
  for (const part of openParts(trade)) {
    const planned = planPart(trade, part, situation);
    if (planned.kind === 'order') return planned;
    if (planned.kind === 'wait') plan = planned;
  }
  return plan;
}

/**
 * Chooses how to close what is open of one asset. A large remainder goes in slices (`gradual`);
 * else the venue that pays best completes the missing side (`hedge`), as long as that loses no
 * more than the budget; after that, or when nothing else can, the filled leg is undone where it
 * was filled (`market-close`).
 */
function planPart(trade: ArbitrageTrade, part: OpenPart, situation: Situation): UnwindPlan {
  const { rules } = situation;
  const { asset, open, size, value, smallest } = part;
  if (size.isZero() || size.lessThan(smallest)) return { kind: 'carry' };
  const side: OrderSide = open.isNegative() ? 'buy' : 'sell';
  const large = size.multiply(value).greaterThan(rules.gradualAbove);
  const most = large
    ? rules.sliceNotional.divide(value, { scale: 18, rounding: 'down' }).min(size)
    : size;
  const markets = situation.markets.filter(({ listing }) => listing.base.id === asset);
  const looked = markets.map((market) =>
    candidateOf(trade, { ...situation, market, side, most, value }),
  );
  const candidates = looked
    .filter((one) => one !== undefined && one !== 'too-small')
    // Whoever closes more comes first among those who lose about the same per unit.
    .toSorted((a, b) => a.loss.multiply(b.quantity).compare(b.loss.multiply(a.quantity)));
  const hedges = trade.unwinds.filter((one) => one.strategy === 'hedge').length;
  const affordable = candidates.filter((one) => !one.loss.greaterThan(rules.lossBudget));
  const origin = candidates.find((one) => one.isOrigin);
  const best = hedges < rules.hedgeAttemptsMax ? affordable[0] : undefined;
  const chosen = best ?? origin ?? candidates[0];
  if (chosen === undefined) {
    if (looked.includes('too-small')) return { kind: 'carry' };
    return { kind: 'wait', why: 'no venue with a book can take it' };
  }
  const strategy = chosen.isOrigin ? 'market-close' : 'hedge';
  return { kind: 'order', plan: orderPlan(chosen, side), strategy: large ? 'gradual' : strategy };
}

function orderPlan(chosen: Candidate, side: OrderSide): OrderPlan {
  const { market, quantity, limitPrice, notional, rate } = chosen;
  const { venue, instrument } = market.listing;
  return {
    venue,
    instrument,
    side,
    quantity,
    limitPrice,
    conversionRate: rate,
    quotedNotional: notional,
  };
}

interface Asked {
  readonly market: UnwindMarket;
  readonly side: OrderSide;
  readonly most: Decimal;
  /** One unit of base in the numeraire, at the decision. */
  readonly value: Decimal;
  readonly nowUs: number;
  readonly rules: UnwindRules;
}

/** What one market would do; undefined when it can do nothing now, for want of book or money. */
function candidateOf(trade: ArbitrageTrade, asked: Asked): Candidate | 'too-small' | undefined {
  const { market, side, rules, nowUs } = asked;
  const { listing, book, rate } = market;
  if (book === undefined || rate === undefined) return undefined;
  if (nowUs - book.receivedAtUs > rules.bookAgeUsMax) return undefined;
  const limitPrice = collarPrice(book, side, { listing, collarBps: rules.collarBps });
  if (limitPrice === undefined) return undefined;
  if (isBelowMinimum(listing, asked.most, limitPrice)) return 'too-small';
  const walked = walk(book, side, { limitPrice, most: spendable(asked, limitPrice) });
  const quantity = walked.quantity.roundToStep(listing.quantityStep, 'floor').normalized();
  const { notional } = walk(book, side, { limitPrice, most: quantity });
  if (isBelowMinimum(listing, quantity, limitPrice)) return undefined;
  const fee = bounded(notional.multiply(listing.fees.takerBps.multiply(BPS)), 18);
  const plain = bounded(notional, 18);
  const money = side === 'sell' ? plain.subtract(fee) : plain.add(fee);
  const paid = bounded(money.multiply(bounded(rate, 18)), 24);
  const worth = quantity.multiply(asked.value);
  const loss = side === 'sell' ? worth.subtract(paid) : paid.subtract(worth);
  const origin = isOrigin(trade, asked);
  return { market, quantity, notional, limitPrice, rate, loss, isOrigin: origin };
}

/** Whether a venue would refuse an order of at most so much. */
export function isBelowMinimum(listing: Listing, most: Decimal, price: Decimal): boolean {
  const quantity = most.roundToStep(listing.quantityStep, 'floor');
  if (!quantity.isPositive() || quantity.lessThan(listing.quantityMin)) return true;
  return quantity.multiply(price).lessThan(listing.notionalMin);
}

/** Whether this is where the leg that is to be undone was filled. */
function isOrigin(
  trade: ArbitrageTrade,
  { market, side }: Pick<Asked, 'market' | 'side'>,
): boolean {
  const { listing } = market;
  const filled = side === 'buy' ? 'sell' : 'buy';
  if (trade.bridge !== undefined) return trade.legs.some(({ venue }) => venue === listing.venue);
  return trade.legs.some((leg) => leg.side === filled && leg.venue === listing.venue);
}

/** The most that the venue's balance and the remainder allow, in base. */
export function spendable(
  { market, side, most }: Pick<Asked, 'market' | 'side' | 'most'>,
  limitPrice: Decimal,
): Decimal {
  if (side === 'sell') return most.min(market.baseAvailable);
  const fee = market.listing.fees.takerBps.multiply(BPS);
  const cost = limitPrice.multiply(Decimal.ONE.add(fee));
  return most.min(market.quoteAvailable.divide(cost, { scale: 18, rounding: 'down' }));
}

/** The worst price that may be traded at; undefined while that side of the book is empty. */
export function collarPrice(
  book: BookTop,
  side: OrderSide,
  { listing, collarBps }: { readonly listing: Listing; readonly collarBps: Decimal },
): Decimal | undefined {
  const [count, prices] =
    side === 'sell' ? [book.bidCount, book.bidPrices] : [book.askCount, book.askPrices];
  const best = decimalOf(count > 0 ? (prices[0] as number) : Number.NaN);
  if (!best.isPositive()) return undefined;
  const away = best.multiply(collarBps.multiply(BPS));
  const worst = side === 'sell' ? best.subtract(away) : best.add(away);
  const price = worst
    .roundToStep(listing.priceTick, side === 'sell' ? 'ceiling' : 'floor')
    .normalized();
  return price.isPositive() ? price : undefined;
}

/** Takes up to `most` within the limit. @returns base and quote of what is there */
export function walk(
  book: BookTop,
  side: OrderSide,
  { limitPrice, most }: { readonly limitPrice: Decimal; readonly most: Decimal },
): { readonly quantity: Decimal; readonly notional: Decimal } {
  const sells = side === 'sell';
  const count = sells ? book.bidCount : book.askCount;
  let quantity = Decimal.ZERO;
  let notional = Decimal.ZERO;
  for (let level = 0; level < count && quantity.lessThan(most); level += 1) {
    const price = decimalOf((sells ? book.bidPrices : book.askPrices)[level] as number);
    const size = decimalOf((sells ? book.bidSizes : book.askSizes)[level] as number);
    if (sells ? price.lessThan(limitPrice) : price.greaterThan(limitPrice)) break;
    const part = size.min(most.subtract(quantity));
    quantity = quantity.add(part);
    notional = notional.add(part.multiply(price));
  }
  return { quantity, notional };
}
