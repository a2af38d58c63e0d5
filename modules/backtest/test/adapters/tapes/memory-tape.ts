import { instrumentId, venueId } from '@ats/domain';
import type { QuoteBatch, Tape, TapeMarket, TradeBatch } from '../../../src/index.ts';

export const market = (name: string): TapeMarket => {
  const [venue = '', pair = ''] = name.split(':');
  const [base = '', quote = ''] = pair.split('/');
  return { venue: venueId(venue), instrument: instrumentId({ base, quote }) };
};

/** A tape of given batches, whose memory is spoilt when the next one is asked for. */
export function memoryTape(options: {
  readonly name?: string;
  readonly markets: readonly string[];
  readonly batches: readonly (QuoteBatch | TradeBatch)[];
}): Tape {
  return {
    name: options.name ?? 'memory',
    markets: options.markets.map(market),
    badRows: () => ({ count: 0, first: [] }),
    async *batches() {
      for (const batch of options.batches) {
        const copy = structuredClone(batch);
        yield copy;
        copy.receivedAtUs.fill(-1);
        copy.market.fill(9);
      }
    },
  };
}

/** Trades of one size at given times; the price says which row it is. */
export function tradeBatch(
  rows: readonly { readonly at: number; readonly market?: number; readonly price: number }[],
): TradeBatch {
  const { length } = rows;
  return {
    kind: 'trade',
    count: length,
    market: Uint16Array.from(rows, (row) => row.market ?? 0),
    receivedAtUs: Float64Array.from(rows, ({ at }) => at),
    exchangeTimeUs: new Float64Array(length),
    price: Float64Array.from(rows, ({ price }) => price),
    size: new Float64Array(length).fill(1),
    aggressor: new Int8Array(length),
  };
}
