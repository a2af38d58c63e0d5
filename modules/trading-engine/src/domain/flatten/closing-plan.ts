import { Decimal, type OrderSide } from '@ats/domain';
import { decimalOf } from '../book-decimal.ts';
import type { UnwindRules } from '../trade/trade-rules.ts';
import {
  collarPrice,
  isBelowMinimum,
  spendable,
  type UnwindMarket,
  walk,
} from '../trade/unwind-plan.ts';
import type { ClosingPlan } from './flatten-state.ts';

const HALF = Decimal.parse('0.5');

export type Closing =
  | { readonly kind: 'order'; readonly plan: ClosingPlan }
  /** The venue would refuse so little. */
  | { readonly kind: 'too-small' }
  | { readonly kind: 'wait'; readonly why: string };

const wait = (why: string): Closing => ({ kind: 'wait', why });

/**
 * The next order that lowers one position: never more than the position, a slice of one that is
 * worth a lot, within the collar of the market's own book.
 * @param quantity of base, bought less sold
 */
export function planClosing(
  quantity: Decimal,
  situation: { readonly market: UnwindMarket; readonly nowUs: number; readonly rules: UnwindRules },
): Closing {
  const { market, nowUs, rules } = situation;
  const { listing, book, rate } = market;
  const side: OrderSide = quantity.isNegative() ? 'buy' : 'sell';
  const size = quantity.isNegative() ? quantity.negate() : quantity;
  if (size.roundToStep(listing.quantityStep, 'floor').lessThan(listing.quantityMin)) {
    return { kind: 'too-small' };
  }
  if (book === undefined || nowUs - book.receivedAtUs > rules.bookAgeUsMax) {
    return wait('no fresh book');
  }
  if (rate === undefined) return wait(`nothing converts ${listing.quote.id}`);
  const limitPrice = collarPrice(book, side, { listing, collarBps: rules.collarBps });
  const mark = middleOf(book);
  if (limitPrice === undefined || mark === undefined) return wait('a side of the book is empty');
  if (isBelowMinimum(listing, size, limitPrice)) return { kind: 'too-small' };
  const slice = sliceOf(size, mark.multiply(rate), rules);
  const most = isBelowMinimum(listing, slice, limitPrice) ? size : slice;
  const affordable = spendable({ market, side, most }, limitPrice);
  if (isBelowMinimum(listing, affordable, limitPrice)) {
    return wait(`too little ${side === 'sell' ? listing.base.id : listing.quote.id}`);
  }
  const there = walk(book, side, { limitPrice, most: affordable }).quantity;
  if (isBelowMinimum(listing, there, limitPrice)) return wait('too little in the book');
  const { venue, instrument } = listing;
  const ordered = there.roundToStep(listing.quantityStep, 'floor').normalized();
  return {
    kind: 'order',
    plan: { venue, instrument, side, quantity: ordered, limitPrice, mark, rate },
  };
}

/** @param value of one unit of base, in the numeraire */
function sliceOf(size: Decimal, value: Decimal, rules: UnwindRules): Decimal {
  if (!size.multiply(value).greaterThan(rules.gradualAbove)) return size;
  return rules.sliceNotional.divide(value, { scale: 18, rounding: 'down' }).min(size);
}

function middleOf(book: NonNullable<UnwindMarket['book']>): Decimal | undefined {
  if (book.bidCount === 0 || book.askCount === 0) return undefined;
  const bid = decimalOf(book.bidPrices[0] as number);
  const ask = decimalOf(book.askPrices[0] as number);
  return bid.isPositive() && ask.isPositive() ? bid.add(ask).multiply(HALF) : undefined;
}
