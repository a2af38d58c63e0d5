import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@ats/runtime';
import { openTrialPool } from '../../../src/adapters/optimise/trial-pool.ts';
import { shareTape, tapeOfShared } from '../../../src/adapters/tapes/shared-tape.ts';
import { runTrial } from '../../../src/app/optimise/run-trial.ts';
import { runBacktest } from '../../../src/app/run-backtest.ts';
import { tapeOfParts } from '../../../src/domain/tape-parts.ts';
import { openTape, openTapeStore, type Tape, type TapeBatch } from '../../../src/index.ts';
import { configWith, LOW_FEES, specOf, wavingTapes } from '../../stage.ts';
import { market, memoryTape, tradeBatch } from './memory-tape.ts';
import { readRows } from './tape-rows.ts';

const ROOM = 1_000_000;
/** Room for one of two tapes: a trial then walks one and reads the other. */
const ONE_TAPE = 10_000;
const MARKETS = ['binance:BTC/USDT', 'kraken:BTC/USDT'];

const trades = memoryTape({
  markets: MARKETS,
  batches: [
    tradeBatch([1, 2, 2, 5].map((at, row) => ({ at, market: row % 2, price: 100 + row }))),
    tradeBatch([]),
    tradeBatch([5, 5, 9].map((at) => ({ at, price: at }))),
  ],
});

const books: Tape = {
  ...trades,
  async *batches() {
    const levels = 2;
    const column = (...values: number[]) => Float64Array.from(values);
    yield {
      ...{ kind: 'book', count: 2, levels, market: Uint16Array.of(1, 0, 7) },
      ...{ receivedAtUs: column(2, 6, 7), exchangeTimeUs: column(1, 0, 0) },
      ...{ bidCount: Uint16Array.of(2, 1, 9), askCount: Uint16Array.of(0, 1, 9) },
      ...{ bidPrices: column(9, 8, 7, 0, 5, 5), bidSizes: column(1, 2, 3, 0, 5, 5) },
      ...{ askPrices: column(0, 0, 11, 0, 5, 5), askSizes: column(0, 0, 4, 0, 5, 5) },
    } satisfies TapeBatch;
  },
};

const whole = tapeOfParts({ name: 'both', markets: trades.markets, parts: [books, trades] });

/** What another thread gets. */
async function shared(tape: Tape): Promise<Tape> {
  const found = await shareTape(tape, ROOM);
  if (found === undefined) throw new Error('there was room');
  return tapeOfShared(structuredClone(found.tape));
}

describe('a tape in shared memory', () => {
  it('has the same rows of every kind in every range', async () => {
    const copy = await shared(whole);
    expect(copy.markets).toEqual(MARKETS.map(market));
    expect(copy.parts).toHaveLength(2);
    const rows = await readRows(whole);
    expect(rows).toHaveLength(9);
    for (let fromUs = 0; fromUs <= 10; fromUs += 1) {
      for (let toUs = fromUs; toUs <= 10; toUs += 1) {
        const wanted = rows.filter(({ at }) => Number(at) >= fromUs && Number(at) < toUs);
        expect(await readRows(copy, { fromUs, toUs })).toEqual(wanted);
      }
    }
    expect(await readRows(copy)).toEqual(rows);
  });

  it('is one memory for all threads', async () => {
    for await (const batch of (await shared(trades)).batches()) {
      expect(String(batch.receivedAtUs.buffer)).toBe('[object SharedArrayBuffer]');
    }
  });

  it('takes no more memory than it may', async () => {
    const { bytes } = (await shareTape(whole, ROOM)) ?? { bytes: 0 };
    expect(bytes).toBeGreaterThan(0);
    expect(await shareTape(whole, bytes)).toBeDefined();
    expect(await shareTape(whole, bytes - 1)).toBeUndefined();
  });
});

describe('runs on shared tapes', () => {
  const STARTS_A_THREAD_MS = 240_000;

  it(
    'have the same bytes and outcomes as on tapes that are read',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'ats-trials-'));
      const store = openTapeStore({ folder, clock: systemClock });
      const tapes = wavingTapes(12);
      const names = tapes.map((_, at) => `tape-${at}`);
      const source = async () => ({ reference: '', format: 'test', sha256: '', bytes: 0 });
      for (const [at, name] of names.entries()) {
        await store.write(tapes[at] as Tape, { name, source });
      }
      const opened = await Promise.all(names.map((name) => openTape(name, { store })));
      const read = opened.map(({ tape }) => tape);
      const [first] = await readRows(tapes[0] as Tape);
      const fromUs = Number(first?.['at']) + 2_000_000;
      const span = { fromUs, toUs: fromUs + 8_000_000 };
      const loaded = configWith();
      const spec = specOf(tapes, { tapes: names, settings: LOW_FEES });
      const pool = openTrialPool({ spec, loaded, dataFolder: folder }, 1, ONE_TAPE);
      try {
        const run = async (of: readonly Tape[]) =>
          JSON.stringify(await runBacktest({ spec: { ...spec, ...span }, tapes: of, loaded }));
        const record = await run(read);
        expect(JSON.parse(record).fills).not.toHaveLength(0);
        expect(await run(await Promise.all(read.map(shared)))).toBe(record);
        const { signal } = new AbortController();
        const trial = { settings: {}, span };
        const outcome = await runTrial(trial, { spec, loaded, tapes: read });
        expect(outcome).toMatchObject({ kind: 'done' });
        expect(await pool.evaluate(trial, signal)).toEqual(outcome);
      } finally {
        await pool.close();
        await rm(folder, { recursive: true });
      }
    },
    STARTS_A_THREAD_MS,
  );
});
