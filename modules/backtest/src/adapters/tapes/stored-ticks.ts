import type { TickStore } from '@ats/storage';
import { BadRowTally } from '../../domain/bad-row-tally.ts';
import type { Tape, TapeBatch, TapeMarket, TapeRange } from '../../domain/tape.ts';
import { tapeOfParts } from '../../domain/tape-parts.ts';
import { QuoteRows, TradeRows } from './batch-builders.ts';
import { CheckedRows } from './checked-rows.ts';
import { unreadable } from './failure.ts';
import { isWanted, parseMarket } from './markets.ts';
import type { TickTapeOptions } from './tick-tape.ts';

/**
 * Quotes and trades of a tick store through its port, whatever is behind it. They are scanned once
 * to learn the markets; import them where a tape is read more than once.
 *
 * @throws TAPE_UNREADABLE, STORAGE_UNAVAILABLE
 */
export async function openStoredTicks(
  store: TickStore,
  options: TickTapeOptions & { readonly name: string; readonly range?: TapeRange },
): Promise<Tape> {
  const { name, range = {} } = options;
  const markets = new Map<string, TapeMarket>();
  const present: ('quote' | 'trade')[] = [];
  for (const kind of ['quote', 'trade'] as const) {
    for await (const ticks of store.scan({ kind, ...chosen(options), ...range })) {
      if (!present.includes(kind)) present.push(kind);
      for (const { venue, instrument } of ticks) {
        const key = `${venue}:${instrument}`;
        if (!markets.has(key)) markets.set(key, { venue, instrument });
      }
    }
  }
  const wanted = [...markets.values()].filter(
    (market) =>
      isWanted(market, options) &&
      parseMarket(`${market.venue}:${market.instrument}`) !== undefined,
  );
  if (wanted.length === 0) {
    const remedy = 'See that venue, instrument and time ask for what is there.';
    throw unreadable({ reference: name, why: 'it holds no quotes and no trades', remedy });
  }
  const parts = present.map((kind) => partOf(store, { ...options, kind, markets: wanted }));
  return tapeOfParts({ name, markets: wanted, parts });
}

const chosen = ({ venues, instruments }: TickTapeOptions) => ({
  ...(venues === undefined ? {} : { venues }),
  ...(instruments === undefined ? {} : { instruments }),
});

function partOf(
  store: TickStore,
  options: TickTapeOptions & {
    readonly name: string;
    readonly kind: 'quote' | 'trade';
    readonly markets: readonly TapeMarket[];
  },
): Tape {
  const { name, kind, markets } = options;
  const indices = new Map(markets.map((one, at) => [`${one.venue}:${one.instrument}`, at]));
  let tally = new BadRowTally();
  return {
    name,
    markets,
    badRows: () => tally.value(),
    async *batches(range: TapeRange = {}): AsyncGenerator<TapeBatch> {
      tally = new BadRowTally();
      let start = 0;
      const lineOf = (row: number): number => start + row + 1;
      const rows = new CheckedRows({ name, strict: options.strict === true, range, tally, lineOf });
      const quotes = new QuoteRows();
      const trades = new TradeRows();
      for await (const ticks of store.scan({ kind, ...chosen(options), ...range })) {
        quotes.clear();
        trades.clear();
        for (const tick of ticks) {
          const market = indices.get(`${tick.venue}:${tick.instrument}`);
          if (market === undefined) continue;
          const { receivedAtUs: timeUs, exchangeTimeUs } = tick;
          if (tick.kind === 'quote') quotes.push({ market, timeUs, exchangeTimeUs }, tick);
          else trades.push({ market, timeUs, exchangeTimeUs }, tick);
        }
        const batch = rows.filter(kind === 'quote' ? quotes : trades);
        start += ticks.length;
        if (batch !== undefined) yield batch;
      }
    },
  };
}
