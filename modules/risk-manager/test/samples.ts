import {
  accountId,
  assetId,
  type BookTop,
  Decimal,
  type InstrumentId,
  type Opportunity,
  type OpportunityLeg,
  opportunityId,
  requestId,
  type TradeIntent,
  venueId,
} from '@ats/domain';
import { type RiskConfig, riskConfigSchema } from '../src/index.ts';

export const NOW_US = 1_780_000_000_000_000;

export const decimal = (text: string): Decimal => Decimal.parse(text);

const listing = (instrument: string) => ({
  instrument,
  symbol: instrument,
  tick: '0.01',
  step: '0.0001',
  quantityMin: '0.0001',
  // In the coin five would be a fortune.
  notionalMin: instrument.endsWith('/BTC') ? '0.0001' : '5',
});

const venue = (...instruments: string[]) => ({
  feed: 'test',
  fees: { takerBps: '10', makerBps: '10' },
  listings: instruments.map(listing),
});

export const APPROVAL_MS = 50;
export const APPROVAL_KEY = 'signs approvals of the tests and of nothing else';

const LIMITS = {
  tradeNotional: { for: { USDT: { max: '10100' } } },
  tradeExposure: { for: { USDT: { max: '20300' } } },
  bookAge: { max: '1000' },
  clockSkew: { max: '500' },
  spread: { max: '200' },
  approvalRate: { max: '10' },
};

/** A configuration whose limits the sample opportunity just meets or keeps well within. */
export function riskConfig(
  risk: Record<string, unknown> = {},
  killSwitchFile = '/nowhere/kill-switch',
): RiskConfig {
  return riskConfigSchema.parse({
    killSwitchFile,
    assets: {
      BTC: { network: 'bitcoin', bridge: true },
      ETH: { network: 'ethereum' },
      USDT: { network: 'ethereum' },
      USD: { network: 'fiat' },
    },
    venues: {
      alpha: venue('BTC/USDT', 'ETH/USDT', 'ETH/BTC'),
      beta: venue('BTC/USDT', 'BTC/USD', 'USDT/USD'),
    },
    gateway: { marketCollarBps: '50' },
    risk: {
      halted: false,
      resumePersons: 1,
      venues: {},
      symbols: {},
      numeraire: 'USDT',
      timeZone: 'UTC',
      inventory: {
        ...{ windowHours: 24, halfLifeMinutes: 60, fillsMin: 3, tradeNotional: '1000' },
        ...{ warnHours: 2, horizonHours: 24, checkMs: 1000, weights: {}, reserves: {} },
        transfers: {
          networks: { bitcoin: { blockSeconds: 600 }, ethereum: { blockSeconds: 12 } },
          assets: {
            BTC: { fee: '0.0002', min: '0.001', sendMinutes: 15, confirmations: 3 },
            USDT: { fee: '5', min: '20', sendMinutes: 10, confirmations: 64 },
          },
          venues: {},
        },
      },
      valueAtRisk: {
        method: 'historical',
        confidence: 0.99,
        horizonMs: 60_000,
        sampleMs: 1000,
        samplesMax: 100,
        samplesMin: 10,
      },
      approvalMs: APPROVAL_MS,
      approvalBurst: 5,
      approvalKey: APPROVAL_KEY,
      approvalKeyFile: '/nowhere/approval-key',
      ...risk,
      limits: { ...LIMITS, ...(risk['limits'] as object | undefined) },
    },
  });
}

export function leg(changes: Partial<OpportunityLeg> = {}): OpportunityLeg {
  return {
    venue: venueId('alpha'),
    instrument: 'BTC/USDT' as InstrumentId,
    limitPrice: decimal('100000'),
    averagePrice: decimal('100000'),
    notional: decimal('10000'),
    fee: decimal('10'),
    conversionRate: decimal('1'),
    levels: 1,
    bookAgeUs: 1000,
    conversionAgeUs: 0,
    clockSkewUs: -100,
    ...changes,
  };
}

export function intent(changes: Partial<TradeIntent> = {}): TradeIntent {
  return {
    accountId: accountId('main'),
    requestId: requestId('r-1'),
    worstCaseLoss: decimal('80'),
    ...changes,
  };
}

/** Buys 0.1 BTC for 10,000 USDT on alpha and sells it for 10,100 USDT on beta: 100 bps gross. */
export function opportunity(changes: Partial<Opportunity> = {}): Opportunity {
  return {
    id: opportunityId('o-1'),
    base: assetId('BTC'),
    numeraire: assetId('USDT'),
    quantity: decimal('0.1'),
    buy: leg(),
    sell: leg({
      venue: venueId('beta'),
      limitPrice: decimal('101000'),
      averagePrice: decimal('101000'),
      notional: decimal('10100'),
    }),
    grossProfit: decimal('100'),
    fees: decimal('20'),
    slippageReserve: decimal('5'),
    netProfit: decimal('75'),
    netEdgeBps: 75,
    confidence: 0.9,
    times: {
      frameAtUs: NOW_US - 300,
      bookAtUs: NOW_US - 200,
      decidedAtUs: NOW_US,
      riskAnsweredAtUs: 0,
    },
    ...changes,
  };
}

/** A book of one level a side. */
export function bookOf(
  venue: string,
  instrument: string,
  [bid, ask]: readonly [number, number],
  atUs = NOW_US,
): BookTop {
  return {
    kind: 'book',
    venue: venueId(venue),
    instrument: instrument as InstrumentId,
    ...{ exchangeTimeUs: atUs, receivedAtUs: atUs, bookAtUs: atUs },
    ...{ sequence: 1, bidCount: 1, askCount: 1 },
    bidPrices: Float64Array.of(bid),
    bidSizes: Float64Array.of(1),
    askPrices: Float64Array.of(ask),
    askSizes: Float64Array.of(1),
  };
}

const at = (instrument: string, price: string, quantity: string): OpportunityLeg => {
  const notional = decimal(price).multiply(decimal(quantity));
  return leg({
    instrument: instrument as InstrumentId,
    ...{ limitPrice: decimal(price), averagePrice: decimal(price), notional },
    fee: notional.multiply(decimal('0.001')),
  });
};

/** Buys 10,000 ETH for 0.1 BTC and sells them for 10,100 USDT; 0.1001 BTC are bought back. */
export function triangle(changes: Partial<Opportunity> = {}): Opportunity {
  const quantity = '10000';
  return opportunity({
    base: assetId('ETH'),
    quantity: decimal(quantity),
    buy: {
      ...at('ETH/BTC', '0.00001', quantity),
      conversionRate: decimal('100000'),
      conversion: { venue: venueId('alpha'), instrument: 'BTC/USDT' as InstrumentId },
    },
    sell: at('ETH/USDT', '1.01', quantity),
    bridge: {
      ...at('BTC/USDT', '100000', '0.1001'),
      ...{ side: 'buy', quantity: decimal('0.1001') },
    },
    ...changes,
  });
}
