import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listingsOf, parseConfig, seededRandom } from '@ats/runtime';
import { FEATURE_COUNT, FEATURES, openOnnxPredictor } from '@ats/trading-engine';
import { writeModel } from '../../src/adapters/predict/model-files.ts';
import { scoreModel } from '../../src/app/predict/evaluate.ts';
import { fitRidge, saidBy } from '../../src/app/predict/ridge.ts';
import { type Samples, samplesOf } from '../../src/app/predict/samples.ts';
import { scoresOf } from '../../src/app/predict/scores.ts';
import { simulatedTape } from '../../src/app/predict/simulated-tape.ts';
import { SAMPLE_MS, train } from '../../src/app/predict/train.ts';
import { backtestConfigSchema } from '../../src/config.ts';
import { configWith } from '../stage.ts';

const loaded = configWith(
  ['kraken', 'coinbase', 'upbit'].map((venue) => `venues.${venue}.enabled=false`),
);
const listings = listingsOf(parseConfig(loaded, backtestConfigSchema));
const SECONDS = 18;
const notes = { name: 'test', version: '1', horizonMs: 100, trainedOn: 'a test' };
const market = (seed: number, seconds = SECONDS) => simulatedTape({ loaded, seed, seconds });

describe('training', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ats-train-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('gives the same bytes again, and others of other markets', async () => {
    const bytesOf = async (seed: number): Promise<string> => {
      const trained = await train({ tapes: [market(seed)], listings, horizonMs: 100 });
      const file = join(folder, `${seed}.onnx`);
      await writeModel(file, trained, notes);
      const [model, card] = await Promise.all([
        readFile(file),
        readFile(file.replace('onnx', 'json')),
      ]);
      return `${model.toString('hex')} ${card}`;
    };
    const first = await bytesOf(1);
    expect(await bytesOf(1)).toBe(first);
    expect(await bytesOf(2)).not.toBe(first);
  });

  it('writes a file that says the same as the doubles that it was made of', async () => {
    const trained = await train({ tapes: [market(1)], listings, horizonMs: 100 });
    const file = join(folder, 'same.onnx');
    await writeModel(file, trained, notes);
    const predictor = await openOnnxPredictor(file);
    const { unseen, model } = trained;
    const said = await predictor.predict(unseen.rows, unseen.count);
    const expected = saidBy(model, unseen);
    expect(said.length).toBe(unseen.count);
    expect(unseen.count).toBeGreaterThan(300);
    for (const [at, one] of said.entries()) expect(one).toBeCloseTo(expected[at] as number, 3);
    const [all, ...venues] = await scoreModel({ tapes: [market(3)], listings, predictor });
    await predictor.close();
    expect(all?.of).toBe('all');
    const samples = venues.reduce((sum, { scores }) => sum + scores.samples, 0);
    expect(samples).toBe(all?.scores.samples);
  });

  it('finds the weights that the changes were made of', () => {
    const count = 4000;
    const random = seededRandom(1).stream('rows');
    const rows = Float32Array.from({ length: count * FEATURE_COUNT }, () => random.normal());
    const changes = Float64Array.from({ length: count }, (_, row) => {
      const at = row * FEATURE_COUNT;
      return 3 * (rows[at] as number) - 2 * (rows[at + 5] as number) + 1;
    });
    const samples = { count, rows, changes } as unknown as Samples;
    const model = fitRidge(samples, 1e-9);
    const scores = scoresOf(saidBy(model, samples), changes);
    expect(scores.r2).toBeGreaterThan(0.9999);
    expect(scores.hitRate).toBeGreaterThan(0.99);
    const [first = 0, , , , , sixth = 0, other = 0] = model.weights;
    expect(first).toBeCloseTo(3 * (model.deviations[0] as number), 3);
    expect(sixth).toBeCloseTo(-2 * (model.deviations[5] as number), 3);
    expect(other).toBeCloseTo(0, 3);
  });
});

describe('samples of a tape', () => {
  it('are the same before a moment whether the tape goes on or not', async () => {
    const options = { listings, horizonMs: 100, everyMs: SAMPLE_MS };
    const whole = await samplesOf({ ...options, tapes: [market(1, 20)] });
    const part = await samplesOf({ ...options, tapes: [market(1, 14)] });
    expect(part.count).toBeGreaterThan(500);
    expect(whole.count).toBeGreaterThan(part.count);
    expect([...whole.rows.subarray(0, part.rows.length)]).toEqual([...part.rows]);
    expect([...whole.changes.subarray(0, part.count)]).toEqual([...part.changes]);
  });

  it('have the change that came after the row', async () => {
    const options = { tapes: [market(1, 14)], listings, everyMs: SAMPLE_MS };
    const near = await samplesOf({ ...options, horizonMs: SAMPLE_MS });
    const { rows, changes, markets } = await samplesOf({ ...options, horizonMs: 2 * SAMPLE_MS });
    // What a row expects to come is what the row two steps later has as its return, to the slot.
    const own = [...markets.keys()].filter((at) => markets[at] === 0);
    const past = FEATURES.indexOf('return100msBps');
    let agreeing = 0;
    for (const [at, sample] of own.entries()) {
      const later = own[at + 2];
      if (later === undefined) continue;
      const seen = rows[later * FEATURE_COUNT + past] as number;
      if (Math.abs(seen - (changes[sample] as number)) < 1e-3) agreeing += 1;
    }
    expect(agreeing / own.length).toBeGreaterThan(0.9);
    expect(near.count).toBeGreaterThan(0);
  });
});

describe('scores', () => {
  it('are those of the formulas', () => {
    const scores = scoresOf([1, -1, 2, 0], [1, 1, 4, 0]);
    expect(scores).toEqual({
      samples: 4,
      r2: 1 - (0 + 4 + 4 + 0) / 18,
      hitRate: 2 / 3,
      errorBps: Math.sqrt(8 / 4),
      changeBps: Math.sqrt(18 / 4),
    });
  });
});

describe('a simulated tape', () => {
  it('is the same for the same seed, in order of time, with quotes and trades', async () => {
    const read = async (seed: number): Promise<string[]> => {
      const said: string[] = [];
      for await (const batch of market(seed, 2).batches()) {
        for (let row = 0; row < batch.count; row += 1) {
          said.push(`${batch.receivedAtUs[row]} ${batch.kind} ${batch.market[row]}`);
        }
      }
      return said;
    };
    const rows = await read(1);
    expect(await read(1)).toEqual(rows);
    expect(await read(2)).not.toEqual(rows);
    const times = rows.map((row) => Number(row.split(' ')[0]));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(rows.some((row) => row.includes('quote'))).toBe(true);
    expect(rows.some((row) => row.includes('trade'))).toBe(true);
  });
});
