import {
  AtsError,
  assetId,
  Decimal,
  type InstrumentId,
  type Listing,
  type Opportunity,
  type OpportunityLeg,
  opportunityId,
  type VenueId,
} from '@ats/domain';
import type { QuotedMarket } from './trade-books.ts';

const BPS = Decimal.parse('0.0001');
const MONEY_SCALE = 18;

/** One leg as a person gives it. */
export interface ManualLeg {
  readonly venue: string;
  readonly instrument: string;
  /** Quote per base: the worst price. */
  readonly limitPrice: Decimal;
}

export interface ManualTrade {
  readonly requestId: string;
  readonly buy: ManualLeg;
  readonly sell: ManualLeg;
  /** Base. */
  readonly quantity: Decimal;
}

/**
 * A person's two legs as an opportunity, valued at their limits and at the conversions of now, so
 * that risk judges them as it judges any other. @throws REQUEST_INVALID naming the field
 */
export function manualOpportunity(
  wanted: ManualTrade,
  now: {
    readonly markets: readonly QuotedMarket[];
    readonly numeraire: string;
    readonly nowUs: number;
  },
): Opportunity {
  const { nowUs } = now;
  const [buy, sell] = [legOf('buy', wanted, now), legOf('sell', wanted, now)];
  const inNumeraire = (leg: OpportunityLeg, amount: Decimal): Decimal =>
    amount.multiply(leg.conversionRate);
  const proceeds = inNumeraire(sell, sell.notional);
  const cost = inNumeraire(buy, buy.notional);
  const grossProfit = proceeds.subtract(cost);
  const fees = inNumeraire(buy, buy.fee).add(inNumeraire(sell, sell.fee));
  const netProfit = grossProfit.subtract(fees);
  const bps = netProfit
    .multiply(Decimal.parse('10000'))
    .divide(cost, { scale: 6, rounding: 'down' });
  return {
    id: opportunityId(`manual-${wanted.requestId}`),
    base: assetId(wanted.buy.instrument.split('/')[0] ?? ''),
    numeraire: assetId(now.numeraire),
    quantity: wanted.quantity,
    buy,
    sell,
    grossProfit,
    fees,
    slippageReserve: Decimal.ZERO,
    netProfit,
    netEdgeBps: bps.toNumber(),
    confidence: 1,
    times: { frameAtUs: nowUs, bookAtUs: nowUs, decidedAtUs: nowUs, riskAnsweredAtUs: 0 },
  };
}

function legOf(
  side: 'buy' | 'sell',
  wanted: ManualTrade,
  { markets, nowUs }: { readonly markets: readonly QuotedMarket[]; readonly nowUs: number },
): OpportunityLeg {
  const { venue, instrument, limitPrice } = wanted[side];
  const market = markets.find(
    ({ listing }) => listing.venue === venue && listing.instrument === instrument,
  );
  if (market === undefined) {
    throw invalid(`${side}.instrument`, `${venue}:${instrument}`, 'a listed market of one base');
  }
  const { listing, book, rate, conversion } = market;
  if (book === undefined) throw invalid(`${side}.venue`, venue, 'a market with a whole book');
  if (rate === undefined) throw invalid(`${side}.venue`, venue, 'money that a book converts');
  checkRules(side, wanted, listing);
  const notional = wanted.quantity.multiply(limitPrice);
  return {
    venue: venue as VenueId,
    instrument: instrument as InstrumentId,
    limitPrice,
    averagePrice: limitPrice,
    notional,
    fee: notional.multiply(listing.fees.takerBps.multiply(BPS)).round(12, 'up'),
    conversionRate: rate.round(Math.min(rate.scale, MONEY_SCALE), 'down'),
    ...(conversion === undefined
      ? {}
      : { conversion: { venue: conversion.venue, instrument: conversion.instrument } }),
    levels: 1,
    bookAgeUs: Math.max(0, nowUs - book.receivedAtUs),
    conversionAgeUs:
      conversion === undefined ? 0 : Math.max(0, nowUs - conversion.book.receivedAtUs),
    clockSkewUs: 0,
  };
}

function checkRules(side: 'buy' | 'sell', wanted: ManualTrade, listing: Listing): void {
  const { limitPrice } = wanted[side];
  const { priceTick, quantityStep } = listing;
  if (!limitPrice.isPositive() || !limitPrice.roundToStep(priceTick, 'floor').equals(limitPrice)) {
    throw invalid(`${side}.limit_price`, limitPrice, `a multiple of ${priceTick} above 0`);
  }
  const { quantity } = wanted;
  if (!quantity.isPositive() || !quantity.roundToStep(quantityStep, 'floor').equals(quantity)) {
    throw invalid('quantity', quantity, `a multiple of ${quantityStep} above 0`);
  }
}

export function invalid(field: string, value: unknown, expected: string): AtsError {
  return new AtsError({
    code: 'REQUEST_INVALID',
    message: `${field} is "${String(value)}", expected ${expected}`,
    remedy: `Send ${field} as ${expected}.`,
    context: { field, value: String(value) },
  });
}
