import {
  ALERT_AREAS,
  type Alert,
  assetId,
  type BookTop,
  Decimal,
  type InstrumentId,
  type Opportunity,
  type OpportunityLeg,
  type OpportunityRecord,
  opportunityId,
  REASON_CODES,
  type RiskDecision,
  SEVERITIES,
  type SidedLeg,
  type Ticker,
  type Trade,
  type VenueStatus,
  venueId,
} from '@ats/domain';
import fc from 'fast-check';

const timeUs = fc.integer({ min: 0, max: 2 ** 51 });
const size = fc.double({ min: 0, noNaN: true, noDefaultInfinity: true });
const name = fc.oneof(fc.stringMatching(/^[A-Z0-9]{1,12}$/), fc.string({ minLength: 1 }));

const decimals = fc
  .tuple(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.integer({ min: 0, max: 30 }))
  .map(([units, scale]) => new Decimal(units, scale));

const origin = {
  venue: name.map(venueId),
  instrument: name.map((text) => text as InstrumentId),
  exchangeTimeUs: timeUs,
  receivedAtUs: timeUs,
};

const side = fc.array(fc.tuple(size, size), { maxLength: 30 });

export const books: fc.Arbitrary<BookTop> = fc
  .record({ ...origin, sequence: timeUs, bookAtUs: timeUs, bids: side, asks: side })
  .map(({ bids, asks, ...rest }) => ({
    kind: 'book',
    ...rest,
    bidCount: bids.length,
    askCount: asks.length,
    bidPrices: Float64Array.from(bids, (level) => level[0]),
    bidSizes: Float64Array.from(bids, (level) => level[1]),
    askPrices: Float64Array.from(asks, (level) => level[0]),
    askSizes: Float64Array.from(asks, (level) => level[1]),
  }));

export const trades: fc.Arbitrary<Trade> = fc.record({
  kind: fc.constant('trade' as const),
  ...origin,
  tradeId: fc.string(),
  price: decimals.map(String),
  size: decimals.map(String),
  aggressor: fc.constantFrom('bid', 'ask', 'unknown'),
});

export const tickers: fc.Arbitrary<Ticker> = fc.record({
  kind: fc.constant('ticker' as const),
  ...origin,
  bid: size,
  bidSize: size,
  ask: size,
  askSize: size,
  last: size,
  volume24h: size,
});

export const statuses: fc.Arbitrary<VenueStatus> = fc.record({
  kind: fc.constant('status' as const),
  ...origin,
  state: fc.constantFrom('connecting', 'live', 'resyncing', 'stale', 'down'),
  reason: fc.constantFrom(
    'SUBSCRIBED',
    'SNAPSHOT',
    'SEQUENCE_GAP',
    'CHECKSUM_MISMATCH',
    'CROSSED_BOOK',
    'HEARTBEAT_MISSED',
    'CLOCK_SKEW',
    'STALE',
    'DISCONNECTED',
    'MALFORMED_FRAME',
    'VENUE_ERROR',
    'MAINTENANCE',
    'SHUTDOWN',
  ),
});

const legBase = {
  venue: name.map(venueId),
  instrument: name.map((text) => text as InstrumentId),
  limitPrice: decimals,
  averagePrice: decimals,
  notional: decimals,
  fee: decimals,
  conversionRate: decimals,
  levels: fc.integer({ min: 0, max: 1000 }),
  bookAgeUs: timeUs,
  conversionAgeUs: timeUs,
  clockSkewUs: fc.integer({ min: -(2 ** 50), max: 2 ** 50 }),
};
const conversion = fc.record({ venue: legBase.venue, instrument: legBase.instrument });

const legs: fc.Arbitrary<OpportunityLeg> = fc.oneof(
  fc.record(legBase),
  fc.record({ ...legBase, conversion }),
);

const bridge: fc.Arbitrary<SidedLeg> = fc
  .tuple(legs, fc.constantFrom('buy' as const, 'sell' as const), decimals)
  .map(([leg, side, quantity]) => ({ ...leg, side, quantity }));

const twoLegged = fc.record({
  id: name.map(opportunityId),
  base: name.map(assetId),
  numeraire: name.map(assetId),
  quantity: decimals,
  buy: legs,
  sell: legs,
  grossProfit: decimals,
  fees: decimals,
  slippageReserve: decimals,
  netProfit: decimals,
  netEdgeBps: fc.double({ noNaN: true }),
  confidence: fc.double({ min: 0, max: 1, noNaN: true }),
  times: fc.record({
    frameAtUs: timeUs,
    bookAtUs: timeUs,
    decidedAtUs: timeUs,
    riskAnsweredAtUs: timeUs,
  }),
});

export const opportunities: fc.Arbitrary<Opportunity> = fc.oneof(
  twoLegged,
  fc.tuple(twoLegged, bridge).map(([found, third]) => ({ ...found, bridge: third })),
);

export const decisions: fc.Arbitrary<RiskDecision> = fc.record({
  opportunityId: name.map(opportunityId),
  verdict: fc.constantFrom('approved', 'refused'),
  reason: fc.constantFrom(...REASON_CODES),
  detail: fc.string(),
  limit: fc.string(),
  value: fc.string(),
  quantity: fc.option(decimals, { nil: undefined }),
});

export const records: fc.Arbitrary<OpportunityRecord> = fc.record({
  opportunity: opportunities,
  reason: fc.constantFrom(...REASON_CODES),
  decision: fc.option(decisions, { nil: undefined }),
  openedAtUs: timeUs,
  closedAtUs: timeUs,
  bestNetEdgeBps: fc.double({ noNaN: true }),
  bestNetProfit: decimals,
  updates: timeUs,
});

export const alerts: fc.Arbitrary<Alert> = fc.record({
  alertId: name,
  key: name,
  severity: fc.constantFrom(...SEVERITIES),
  area: fc.constantFrom(...ALERT_AREAS),
  summary: fc.string(),
  action: fc.string(),
  remedy: fc.string(),
  runbook: fc.string(),
  facts: fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.string(), { noNullPrototype: true }),
  venue: fc.option(name.map(venueId), { nil: undefined }),
  instrument: fc.option(
    name.map((text) => text as InstrumentId),
    { nil: undefined },
  ),
  raisedAtUs: timeUs,
  resolvedAtUs: fc.option(fc.integer({ min: 1, max: 2 ** 51 }), { nil: undefined }),
  correlationId: fc.string(),
  acknowledgement: fc.option(fc.record({ actor: name, reason: fc.string(), atUs: timeUs }), {
    nil: undefined,
  }),
});
