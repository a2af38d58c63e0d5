import { Decimal, marketId, type OrderSide, worstPrice } from '@ats/domain';
import type { Market } from './exposure/market.ts';
import type { Markets } from './exposure/markets.ts';
import type { Halt } from './halt.ts';
import type { LimitTable } from './limits/limit-table.ts';
import { above, plain, type Refusal } from './refusal.ts';
import type { KnownMarket, NameFilter, RiskRules } from './rules.ts';

const TEN_THOUSAND = Decimal.parse('10000');
const US_PER_MS = 1000;
/** Doubles are good for far more than nine digits. */
const CLOSE = 1 - 1e-9;

/** Limits that are measured all the time and passed now: nothing more is approved meanwhile. */
export interface Breaches {
  /**
   * Why nothing may be traded on a venue; undefined when no limit stands in the way.
   * @param reduces whether it only lowers exposure: then breaches of the venue alone count
   */
  refusalFor(venue: string, reduces: boolean): Refusal | undefined;
}

/** What a decision depends on beside the question itself. */
export interface RiskState {
  readonly nowUs: number;
  readonly halt: Halt | undefined;
  /** Approvals that the rate limit has left; one is needed. */
  readonly rateAvailable: number;
  /** Why nothing can be approved yet; empty when it can. */
  readonly notReady: string;
  readonly rules: RiskRules;
  readonly limits: LimitTable;
  readonly markets: Markets;
  readonly breaches: Breaches;
}

/** One order as it is judged on its own. */
export interface AskedOrder {
  readonly venue: string;
  readonly instrument: string;
  readonly side: OrderSide;
  /** Quote per base: the limit, or the worst price. */
  readonly price: Decimal;
}

/** Microseconds as milliseconds in words. */
export const inMs = (timeUs: number): string => `${timeUs / US_PER_MS} ms`;

/** Whether only what lowers exposure may be approved. */
export const reducesOnly = ({ halt }: RiskState): boolean => halt?.mode === 'reducing';

/** What stands in the way of every question. */
export function generalRefusal(state: RiskState): Refusal | undefined {
  const { halt, notReady } = state;
  if (halt !== undefined && !reducesOnly(state)) {
    const detail = `Trading is halted by ${halt.actor}: ${halt.reason}.`;
    return { reason: 'RISK_HALTED', detail, limit: 'halted', value: halt.reason };
  }
  if (notReady === '') return undefined;
  return { reason: 'RISK_UNAVAILABLE', detail: notReady, limit: '', value: '' };
}

/** Approvals come no faster than the bucket allows. */
export function rateRefusal({ rateAvailable }: RiskState): Refusal | undefined {
  if (rateAvailable >= 1) return undefined;
  const value = rateAvailable.toFixed(3);
  const detail = `Approvals come too fast: ${value} are left, 1 is needed.`;
  return { reason: 'RISK_RATE_LIMIT', detail, limit: '1', value };
}

/** @param second another name of the same thing; either may be on a list */
function refusedBy(
  { allow, block }: NameFilter,
  first: string,
  second: string,
): 'blocked' | 'allowed' | undefined {
  if (block.has(first) || block.has(second)) return 'blocked';
  if (allow !== undefined && !allow.has(first) && !allow.has(second)) return 'allowed';
  return undefined;
}

/** Venues and symbols that are blocked, or not among those that are allowed. */
export function listRefusal(
  { venue, instrument }: Pick<AskedOrder, 'venue' | 'instrument'>,
  { venues, symbols }: RiskRules,
): Refusal | undefined {
  const venueList = refusedBy(venues, venue, venue);
  if (venueList !== undefined) {
    const detail =
      venueList === 'blocked'
        ? `Venue ${venue} is blocked.`
        : `Venue ${venue} is not among the allowed venues.`;
    return { reason: 'RISK_VENUE_BLOCKED', detail, limit: venueList, value: venue };
  }
  const base = instrument.slice(0, instrument.indexOf('/'));
  const symbolList = refusedBy(symbols, instrument, base);
  if (symbolList === undefined) return undefined;
  const detail =
    symbolList === 'blocked'
      ? `${instrument} is blocked.`
      : `${instrument} is not among the allowed symbols.`;
  return { reason: 'RISK_SYMBOL_BLOCKED', detail, limit: symbolList, value: instrument };
}

/** The market as the configuration lists it, or why it cannot be traded. */
export function listedMarket(
  name: Pick<AskedOrder, 'venue' | 'instrument'>,
  { markets }: RiskRules,
): KnownMarket | Refusal {
  const market = markets.get(name.venue)?.get(name.instrument);
  if (market !== undefined) return market;
  const detail = `${name.venue} does not list ${name.instrument} in the configuration.`;
  const value = marketId(name);
  return { reason: 'ASSET_IDENTITY_MISMATCH', detail, limit: 'a listed market', value };
}

/** Prices far from risk's own book, and limits that are passed where the order would go. */
export function orderRefusal(order: AskedOrder, state: RiskState): Refusal | undefined {
  return state.breaches.refusalFor(order.venue, reducesOnly(state)) ?? bandRefusal(order, state);
}

/** A price too far beyond the middle of the book is a slip of a finger, or of a program. */
function bandRefusal(order: AskedOrder, state: RiskState): Refusal | undefined {
  const { max } = state.limits.limit('priceBand');
  if (max === undefined) return undefined;
  const market = state.markets.of(order);
  if (!(market.bid > 0 && market.ask > 0)) return noBook(market);
  const old = ageRefusal(market, state);
  if (old !== undefined) return old;
  const { side, price } = order;
  if (isWellWithin(market, { side, price: price.toNumber(), maxBps: max.toNumber() })) {
    return undefined;
  }
  const middle = state.markets.middleOf(market);
  const beyond = side === 'buy' ? price.subtract(middle) : middle.subtract(price);
  if (beyond.multiply(TEN_THOUSAND).compare(middle.multiply(max)) <= 0) return undefined;
  const value = beyond.multiply(TEN_THOUSAND).divide(middle, { scale: 2, rounding: 'up' });
  const refusal = above({ name: 'priceBand', of: '', value }, max);
  const said = `${side === 'buy' ? 'Buying' : 'Selling'} ${order.instrument} on ${order.venue}`;
  const how = `at ${plain(price)} is ${plain(value)} bps beyond the middle, ${plain(middle)};`;
  return { ...refusal, detail: `${said} ${how} ${plain(max)} bps is the most.` };
}

/** Whether doubles suffice to see it; what is close is looked at exactly. */
function isWellWithin(
  { bid, ask }: Market,
  order: { readonly side: OrderSide; readonly price: number; readonly maxBps: number },
): boolean {
  const middle = (bid + ask) / 2;
  const beyond = order.side === 'buy' ? order.price - middle : middle - order.price;
  return beyond * 10_000 < middle * order.maxBps * CLOSE;
}

function ageRefusal(market: Market, { limits, nowUs }: RiskState): Refusal | undefined {
  const { max } = limits.limit('bookAge');
  const ageUs = nowUs - market.receivedAtUs;
  if (max === undefined || ageUs <= max.toNumber() * US_PER_MS) return undefined;
  const [limit, value] = [`${plain(max)} ms`, inMs(ageUs)];
  const whose = `Risk's book of ${market.instrument} on ${market.venue}`;
  const detail = `${whose} is ${value} old; ${limit} is the most.`;
  return { reason: 'RISK_BOOK_AGE_MAX', detail, limit, value };
}

/** The worst that an order at the market may trade at, by risk's own book. */
export function marketOrderPrice(
  order: Pick<AskedOrder, 'venue' | 'instrument' | 'side'>,
  state: RiskState,
  collarBps: Decimal,
): Decimal | Refusal {
  const listed = listedMarket(order, state.rules);
  if ('reason' in listed) return listed;
  const market = state.markets.of(order);
  const { side } = order;
  const best = side === 'buy' ? market.ask : market.bid;
  if (!(best > 0)) return noBook(market);
  const { priceTick } = listed;
  return ageRefusal(market, state) ?? worstPrice({ side, best, collarBps, priceTick });
}

function noBook({ venue, instrument }: Market): Refusal {
  const detail = `Risk has no whole book of ${instrument} on ${venue} to judge the price by.`;
  return { reason: 'RISK_BOOK_AGE_MAX', detail, limit: 'a whole book', value: 'none' };
}
