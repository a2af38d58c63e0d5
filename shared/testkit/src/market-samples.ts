import {
  type AlertNotice,
  alertNotice,
  type BookTop,
  instrumentId,
  makeAlert,
  type Ticker,
  type Trade,
  type VenueStatus,
  venueId,
} from '@ats/domain';

/** Where and when a sample event is from. */
interface Sample {
  readonly venue?: string;
  readonly base?: string;
  readonly sequence?: number;
}

function origin({ venue = 'kraken', base = 'BTC', sequence = 1 }: Sample) {
  return {
    venue: venueId(venue),
    instrument: instrumentId({ base, quote: 'USD' }),
    exchangeTimeUs: 1_780_000_000_000_000 + sequence,
    receivedAtUs: 1_780_000_000_000_500 + sequence,
  };
}

/** A book with three bids and two asks, in arrays that have room for more. */
export function sampleBook(sample: Sample = {}): BookTop {
  const sequence = sample.sequence ?? 1;
  return {
    kind: 'book',
    ...origin(sample),
    sequence,
    bookAtUs: 1_780_000_000_000_700 + sequence,
    bidCount: 3,
    askCount: 2,
    bidPrices: Float64Array.of(100.5, 100.25, 100 - sequence / 1024, 7, 7),
    bidSizes: Float64Array.of(1, 0.000_000_01, sequence, 7, 7),
    askPrices: Float64Array.of(100.75, 101, 7, 7, 7),
    askSizes: Float64Array.of(12_345_678.9, 2, 7, 7, 7),
  };
}

export function sampleTrade(sample: Sample = {}): Trade {
  return {
    kind: 'trade',
    ...origin(sample),
    tradeId: `trade-${sample.sequence ?? 1}`,
    price: '100.50',
    size: '0.00000001',
    aggressor: 'bid',
  };
}

export function sampleTicker(sample: Sample = {}): Ticker {
  const prices = { bid: 100.5, bidSize: 1, ask: 100.75, askSize: 2, last: 100.6, volume24h: 1e9 };
  return { kind: 'ticker', ...origin(sample), ...prices };
}

export function sampleStatus(sample: Sample & { readonly down?: boolean } = {}): VenueStatus {
  return sample.down === true
    ? { kind: 'status', ...origin(sample), state: 'down', reason: 'DISCONNECTED' }
    : { kind: 'status', ...origin(sample), state: 'live', reason: 'SNAPSHOT' };
}

/** A condition of risk, whose channel has its key in place of an instrument. */
export function sampleAlert(sample: Sample = {}): AlertNotice {
  const { venue, receivedAtUs } = origin(sample);
  return alertNotice(
    makeAlert({
      key: `risk.limit:venueExposure:${venue}`,
      severity: 'warning',
      area: 'risk',
      summary: `Exposure at ${venue} is ${sample.sequence ?? 1}00000 of 800000.`,
      facts: { limit: '800000' },
      venue,
      raisedAtUs: receivedAtUs,
    }),
  );
}
