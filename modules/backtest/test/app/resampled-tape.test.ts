import fc from 'fast-check';
import { resampledTape } from '../../src/app/tapes/resampled-tape.ts';
import { type Bar, barsOf, type QuoteBatch, type Tape } from '../../src/index.ts';
import { memoryTape, tradeBatch } from '../adapters/tapes/memory-tape.ts';
import { readRows } from '../adapters/tapes/tape-rows.ts';

const LENGTH_US = 100;
const MARKETS = ['a:X/Y', 'b:X/Y'];

async function barsFrom(tape: Tape, lengthUs: number): Promise<Omit<Bar, 'count'>[]> {
  const bars: Omit<Bar, 'count'>[] = [];
  for await (const { count, ...bar } of barsOf(tape, { lengthUs, source: 'trades' }))
    bars.push(bar);
  return bars;
}

const quotes = (rows: readonly { at: number; market: number; bid: number }[]): QuoteBatch => ({
  kind: 'quote',
  count: rows.length,
  market: Uint16Array.from(rows, ({ market }) => market),
  receivedAtUs: Float64Array.from(rows, ({ at }) => at),
  exchangeTimeUs: new Float64Array(rows.length),
  bid: Float64Array.from(rows, ({ bid }) => bid),
  bidSize: new Float64Array(rows.length).fill(1),
  ask: Float64Array.from(rows, ({ bid }) => bid + 1),
  askSize: new Float64Array(rows.length).fill(2),
});

describe('a resampled tape', () => {
  it('keeps the last best prices of each market and span, at their own time', async () => {
    const batches = [
      quotes([
        { at: 10, market: 0, bid: 1 },
        { at: 20, market: 1, bid: 2 },
        { at: 30, market: 0, bid: 3 },
      ]),
      quotes([
        { at: 99, market: 0, bid: 4 },
        { at: 100, market: 0, bid: 5 },
        { at: 450, market: 1, bid: 6 },
      ]),
    ];
    const tape = resampledTape(memoryTape({ markets: MARKETS, batches }), LENGTH_US);
    const rows = await readRows(tape);
    expect(rows.map(({ market, at, bid, ask }) => ({ market, at, bid, ask }))).toEqual([
      { market: 'b:X/Y', at: 20, bid: 2, ask: 3 },
      { market: 'a:X/Y', at: 99, bid: 4, ask: 5 },
      { market: 'a:X/Y', at: 100, bid: 5, ask: 6 },
      { market: 'b:X/Y', at: 450, bid: 6, ask: 7 },
    ]);
  });

  it('has the bars of the whole tape in four trades each, at times when they were', async () => {
    const rows = fc.array(
      fc.record({ step: fc.nat(90), market: fc.nat(1), price: fc.integer({ min: 1, max: 9 }) }),
    );
    await fc.assert(
      fc.asyncProperty(rows, fc.nat(20), async (steps, cut) => {
        let at = 0;
        const timed = steps.map(({ step, ...row }) => {
          at += step;
          return { at, ...row };
        });
        const parts = [timed.slice(0, cut), timed.slice(cut)].filter(({ length }) => length > 0);
        const batches = parts.map(tradeBatch);
        const whole = (): Tape => memoryTape({ markets: MARKETS, batches });
        const wanted = await barsFrom(whole(), LENGTH_US);
        const thin = resampledTape(whole(), LENGTH_US);
        expect(await barsFrom(thin, LENGTH_US)).toEqual(wanted);
        const known = new Set(timed.map((row) => `${row.at} ${row.price}`));
        for (const row of await readRows(resampledTape(whole(), LENGTH_US))) {
          expect(known).toContain(`${row['at']} ${row['price']}`);
        }
        const times = (await readRows(resampledTape(whole(), LENGTH_US))).map((row) =>
          Number(row['at']),
        );
        expect(times).toEqual(times.toSorted((one, other) => one - other));
        expect(times).toHaveLength(4 * wanted.length);
      }),
    );
  });
});
