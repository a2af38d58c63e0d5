import { opportunityMessage, tradeIntentToWire } from '@ats/contracts';
import {
  accountId,
  assetId,
  type BookTop,
  Decimal,
  type Opportunity,
  type OpportunityLeg,
  opportunityId,
  requestId,
  venueId,
} from '@ats/domain';
import { type Clock, type Logger, listingsOf, seededRandom, type Timers } from '@ats/runtime';
import type { ApprovalSeal } from '@ats/security';
import { type RiskConfig, rulesOf } from '../config.ts';
import type { KnownMarket, RiskRules } from '../domain/rules.ts';
import { limitTableOf } from '../limits-config.ts';
import { Exposures } from './exposures.ts';
import { LimitBook } from './limit-book.ts';
import { RiskDesk, SOLE } from './risk-desk.ts';

/** Enough for the compiler to have seen to the path; takes a few tens of milliseconds. */
const ROUNDS = 500;
const SILENT: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => SILENT };
const NEVER: Timers = {
  after: () => ({ cancel: () => undefined }),
  every: () => ({ cancel: () => undefined }),
  sleep: () => Promise.resolve(),
};

let isWarm = false;

/**
 * Runs the path of a check with made-up opportunities until it is compiled, at a desk that is then
 * thrown away. Opportunities are rare and worth most when they are fresh: without this the first
 * hundred answers take twice as long. Counts nothing and uses nothing up. Once in a process is
 * enough, in which a search starts risk for each trial.
 */
export function warmUp(config: RiskConfig, seal: ApprovalSeal, clock: Clock): void {
  const rules = rulesOf(config);
  const { numeraire, timeZone } = config.risk;
  const nowUs = clock.nowUs();
  const pair = pairOf(rules);
  if (isWarm || pair === undefined) return;
  isWarm = true;
  const exposures = new Exposures({
    ...{ clock, timers: NEVER, timeZone, numeraire: assetId(numeraire), approvalUs: 0 },
    ...{ state: undefined, log: undefined, bus: undefined, listings: listingsOf(config) },
    random: seededRandom(1).stream('warm-up'),
    logger: SILENT,
  });
  const desk = new RiskDesk({
    ...{ rules, exposures, seal, clock, authority: SOLE },
    marketCollarBps: () => Decimal.ZERO,
    limits: new LimitBook(limitTableOf(config.risk.limits)),
    ...{ approvalBurst: ROUNDS, approvalUs: 1, graceUs: 1 },
    halts: { halt: undefined },
    breaches: { refusalFor: () => undefined },
    onDecision: () => undefined,
    onDefect: () => undefined,
  });
  const { markets } = exposures.exposure;
  for (const { venue, instrument, base } of listingsOf(config)) {
    const price = base.id === pair.buy.market.baseId ? PRICE : 1;
    markets.onBook({ ...emptyBook(nowUs), ...{ venue, instrument }, ...pricesOf(price) });
  }
  for (let round = 0; round < ROUNDS; round += 1) {
    const id = `warm-up-${round % REQUESTS}`;
    const intent = { accountId: ACCOUNT, requestId: requestId(id), worstCaseLoss: Decimal.ONE };
    const opportunity = opportunityMessage(sampleOf(pair, { numeraire, nowUs, id }));
    desk.answer({ opportunity, intent: tradeIntentToWire(intent) });
  }
}

const ACCOUNT = accountId('warm-up');
/** Different requests: all of them stay within the limits. */
const REQUESTS = 4;
const PRICE = 97_100;
const QUANTITY = Decimal.parse('0.00100');

interface Entry {
  readonly venue: string;
  readonly instrument: string;
  readonly market: KnownMarket;
}

interface Pair {
  readonly buy: Entry;
  readonly sell: Entry;
}

function pairOf({ markets }: RiskRules): Pair | undefined {
  const entries: Entry[] = [...markets].flatMap(([venue, ofVenue]) =>
    [...ofVenue].map(([instrument, market]) => ({ venue, instrument, market })),
  );
  for (const buy of entries) {
    const sell = entries.find(
      ({ venue, market }) => market.baseIdentity === buy.market.baseIdentity && venue !== buy.venue,
    );
    if (sell !== undefined) return { buy, sell };
  }
  return undefined;
}

function sampleOf(
  { buy, sell }: Pair,
  { numeraire, nowUs, id }: { numeraire: string; nowUs: number; id: string },
): Opportunity {
  const gross = Decimal.parse('0.2');
  return {
    id: opportunityId(id),
    base: buy.market.baseId,
    numeraire: assetId(numeraire),
    quantity: QUANTITY,
    buy: legOf(buy, numeraire, '97000.10'),
    sell: legOf(sell, numeraire, '97200.30'),
    grossProfit: gross,
    fees: Decimal.ZERO,
    slippageReserve: Decimal.ZERO,
    netProfit: gross,
    netEdgeBps: 20.6,
    confidence: 0.5,
    times: { frameAtUs: nowUs, bookAtUs: nowUs, decidedAtUs: nowUs, riskAnsweredAtUs: 0 },
  };
}

function legOf(entry: Entry, numeraire: string, price: string): OpportunityLeg {
  const { market } = entry;
  const venue = venueId(entry.venue);
  const instrument = entry.instrument as OpportunityLeg['instrument'];
  const limitPrice = Decimal.parse(price);
  return {
    venue,
    instrument,
    limitPrice,
    averagePrice: limitPrice,
    notional: limitPrice.multiply(QUANTITY),
    fee: Decimal.ZERO,
    conversionRate: Decimal.ONE,
    ...(market.quoteId === numeraire ? {} : { conversion: { venue, instrument } }),
    levels: 1,
    bookAgeUs: 0,
    conversionAgeUs: 0,
    clockSkewUs: 0,
  };
}

const emptyBook = (nowUs: number) =>
  ({
    kind: 'book',
    ...{ exchangeTimeUs: nowUs, receivedAtUs: nowUs, bookAtUs: nowUs, sequence: 1 },
    ...{ bidCount: 1, askCount: 1, bidSizes: Float64Array.of(1), askSizes: Float64Array.of(1) },
  }) as const;

const pricesOf = (price: number): Pick<BookTop, 'bidPrices' | 'askPrices'> => {
  return { bidPrices: Float64Array.of(price * 0.9999), askPrices: Float64Array.of(price * 1.0001) };
};
