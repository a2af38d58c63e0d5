import { instrumentId, venueId } from '@ats/domain';
import type {
  AlertTick,
  BacktestTick,
  DeliveryTick,
  OpportunityTick,
  QuoteTick,
  TradeTick,
} from '@ats/storage';

/** When the first sample was received, microseconds since the epoch; offsets count from here. */
export const SAMPLE_START_US = 1_780_000_000_000_000;

/** Which sample tick. Times are after a fixed start. */
interface Sample {
  readonly offsetUs?: number;
  readonly venue?: string;
  readonly base?: string;
}

const place = ({ offsetUs = 0, venue = 'kraken', base = 'BTC' }: Sample) => ({
  venue: venueId(venue),
  instrument: instrumentId({ base, quote: 'USD' }),
  receivedAtUs: SAMPLE_START_US + offsetUs,
});

export function sampleQuoteTick(sample: Sample = {}): QuoteTick {
  const offsetUs = sample.offsetUs ?? 0;
  return {
    kind: 'quote',
    ...place(sample),
    exchangeTimeUs: offsetUs % 2 === 0 ? SAMPLE_START_US + offsetUs - 1500 : 0,
    bid: 60_000.1 + offsetUs / 1024,
    bidSize: 0.000_000_01,
    ask: 60_000.2 + offsetUs / 1024,
    askSize: 12_345_678.9,
  };
}

export function sampleTradeTick(sample: Sample = {}): TradeTick {
  const offsetUs = sample.offsetUs ?? 0;
  return {
    kind: 'trade',
    ...place(sample),
    exchangeTimeUs: SAMPLE_START_US + offsetUs - 900,
    price: 60_000.15,
    size: 1e-8,
    aggressor: (['bid', 'ask', 'unknown'] as const)[offsetUs % 3] ?? 'unknown',
    tradeId: `id ${offsetUs}, "quoted" \\ 한글`,
  };
}

export function sampleOpportunityTick(sample: Sample = {}): OpportunityTick {
  const offsetUs = sample.offsetUs ?? 0;
  return {
    kind: 'opportunity',
    ...place(sample),
    id: `opportunity-${offsetUs}`,
    reason: 'BELOW_MINIMUM_PROFIT',
    netEdgeBps: -1.25,
    record: JSON.stringify({ offsetUs, text: 'it\'s "so"\nand \\ so', nested: [1, { a: null }] }),
  };
}

/** Every second one is about no venue. */
export function sampleAlertTick(sample: Sample = {}): AlertTick {
  const offsetUs = sample.offsetUs ?? 0;
  return {
    kind: 'alert',
    ...place(sample),
    ...(offsetUs % 2 === 0 ? {} : { venue: '', instrument: '' }),
    alertId: `venue.down:kraken:${offsetUs}`,
    key: 'venue.down:kraken',
    severity: 'critical',
    area: 'system',
    change: offsetUs % 3 === 0 ? 'resolved' : 'raised',
    summary: 'It does "not" answer,\\ it\'s 멈춤',
    record: JSON.stringify({ facts: { error: 'a\nb' } }),
  };
}

/** Every second one is a digest. */
export function sampleDeliveryTick(sample: Sample = {}): DeliveryTick {
  const offsetUs = sample.offsetUs ?? 0;
  const digest = offsetUs % 2 === 1;
  return {
    kind: 'delivery',
    ...place(sample),
    ...(digest ? { venue: '', instrument: '' } : {}),
    messageId: `message-${offsetUs}`,
    personId: 'ann',
    channel: 'email',
    outcome: (['delivered', 'dead', 'dropped'] as const)[offsetUs % 3] ?? 'delivered',
    severity: digest ? '' : 'emergency',
    alertKeys: digest ? [] : ['venue.down:"kraken"', 'risk.halted'],
    alerts: digest ? 0 : 50,
    ruleIds: digest ? [] : ['rule-1'],
    attempts: 12,
    latencyUs: 9_007_199_254_740_991 - offsetUs,
    errorCode: digest ? '' : 'NOTIFICATION_CHANNEL_FAILED',
    error: digest ? '' : 'the webhook answered 410: gone',
  };
}

/** Points of one curve. */
export function sampleBacktestTick(sample: Sample = {}): BacktestTick {
  const offsetUs = sample.offsetUs ?? 0;
  return {
    kind: 'backtest',
    ...place(sample),
    ...{ venue: '', instrument: '' },
    runId: 'wide-0123456789ab',
    strategy: 'cross-exchange',
    series: 'trading',
    value: 500_000.25 - offsetUs,
  };
}
