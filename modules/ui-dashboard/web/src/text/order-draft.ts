import type { Message } from '../../../src/contract.ts';
import { compareTexts, fitsStep, isPositive, sumTexts, timesTexts } from './decimal-text.ts';

type Listing = Message<'ats.marketdata.v1.MarketListing'>;

/** What the order ticket has, all as it was typed. */
export interface OrderDraft {
  readonly side: 'ORDER_SIDE_BUY' | 'ORDER_SIDE_SELL';
  readonly type: 'ORDER_TYPE_LIMIT' | 'ORDER_TYPE_MARKET';
  readonly timeInForce: 'TIME_IN_FORCE_GTC' | 'TIME_IN_FORCE_IOC' | 'TIME_IN_FORCE_FOK';
  readonly quantity: string;
  readonly limitPrice: string;
  readonly postOnly: boolean;
}

/** What is wrong with a draft, by field: a key of a sentence, and its value. */
export interface DraftProblems {
  readonly quantity?: readonly [text: string, value: string];
  readonly limitPrice?: readonly [text: string, value: string];
}

function quantityProblem(draft: OrderDraft, listing: Listing): DraftProblems['quantity'] {
  const { quantity } = draft;
  if (quantity === '') return undefined;
  if (!isPositive(quantity)) return ['A number above zero.', ''];
  if (!fitsStep(quantity, listing.quantityStep))
    return ['In steps of {{value}}.', listing.quantityStep];
  if (compareTexts(quantity, listing.quantityMin) < 0)
    return ['At least {{value}}.', listing.quantityMin];
  const worth = notionalOf(draft);
  if (worth !== '' && compareTexts(worth, listing.notionalMin) < 0) {
    return ['Worth at least {{value}}.', listing.notionalMin];
  }
  return undefined;
}

function priceProblem(
  { type, limitPrice }: OrderDraft,
  listing: Listing,
): DraftProblems['limitPrice'] {
  if (type === 'ORDER_TYPE_MARKET' || limitPrice === '') return undefined;
  if (!isPositive(limitPrice)) return ['A number above zero.', ''];
  if (!fitsStep(limitPrice, listing.priceTick))
    return ['In steps of {{value}}.', listing.priceTick];
  return undefined;
}

/** @returns price times quantity as decimal text, in quote; empty where one is missing */
export const notionalOf = ({ type, quantity, limitPrice }: OrderDraft): string =>
  type === 'ORDER_TYPE_MARKET' ? '' : timesTexts(quantity, limitPrice);

/**
 * @param worst price that it may trade at, decimal text; empty while it is not known
 * @returns a draft at the market as the gateway sends it: with that as its limit
 */
export const atWorst = (draft: OrderDraft, worst: string): OrderDraft =>
  draft.type === 'ORDER_TYPE_LIMIT' || worst === ''
    ? draft
    : { ...draft, type: 'ORDER_TYPE_LIMIT', limitPrice: worst };

const ONE_BPS = '0.0001';

/** @returns the fee of a notional as decimal text, in the same money */
export const feeOf = (notional: string, feeBps: string): string =>
  timesTexts(timesTexts(notional, feeBps), ONE_BPS);

/**
 * @returns what the gateway holds for the draft: money and the dearer fee, or goods; empty where
 * it is not known before the gateway has priced it
 */
export function heldFor(draft: OrderDraft, listing: Listing): string {
  if (draft.side === 'ORDER_SIDE_SELL') return draft.quantity;
  const notional = notionalOf(draft);
  if (notional === '') return '';
  const { takerFeeBps, makerFeeBps } = listing;
  const dearer = compareTexts(takerFeeBps, makerFeeBps) > 0 ? takerFeeBps : makerFeeBps;
  return sumTexts([notional, feeOf(notional, dearer)]);
}

/** What the venue's own rules for the instrument say of the draft, before anything is sent. */
export function draftProblems(draft: OrderDraft, listing: Listing): DraftProblems {
  const quantity = quantityProblem(draft, listing);
  const limitPrice = priceProblem(draft, listing);
  return {
    ...(quantity === undefined ? {} : { quantity }),
    ...(limitPrice === undefined ? {} : { limitPrice }),
  };
}

/** Whether everything is there and nothing is wrong. */
export function isComplete(draft: OrderDraft, listing: Listing): boolean {
  const problems = draftProblems(draft, listing);
  const priced = draft.type === 'ORDER_TYPE_MARKET' || isPositive(draft.limitPrice);
  return isPositive(draft.quantity) && priced && Object.keys(problems).length === 0;
}
