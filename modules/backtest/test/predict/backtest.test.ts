import { createHash } from 'node:crypto';
import { jest } from '@jest/globals';
import { checkLookAhead } from '../../src/app/look-ahead.ts';
import { runBoth } from '../../src/app/predict/evaluate.ts';
import { runBacktest } from '../../src/app/run-backtest.ts';
import type { RunRecord } from '../../src/domain/run-record.ts';
import { configWith, LOW_FEES, specOf, wavingTapes } from '../stage.ts';

const loaded = configWith();
const tapes = wavingTapes(30);
const PREDICTING = { 'engine.predictor.enabled': 'true' };

const run = (settings: Readonly<Record<string, string>>, toUs = 0): Promise<RunRecord> =>
  runBacktest({
    ...{ tapes, loaded },
    spec: specOf(tapes, { settings: { ...LOW_FEES, ...settings }, toUs }),
  });

const hashOf = ({ spec: _, ...record }: RunRecord): string =>
  createHash('sha256').update(JSON.stringify(record)).digest('hex');

/** Several runs, on machines that do other things too. */
jest.setTimeout(120_000);

describe('a backtest with predictions', () => {
  let predicting: RunRecord;
  beforeAll(async () => {
    predicting = await run(PREDICTING);
  });

  it('is the same to the byte when it is run again', async () => {
    expect(hashOf(await run(PREDICTING))).toBe(hashOf(predicting));
    expect(predicting.ledger).toEqual({ balanced: true, differences: [] });
    expect(predicting.trades.length).toBeGreaterThan(5);
  });

  it('trades otherwise than without, which is what a run without settings is', async () => {
    const { without, with: enabled } = await runBoth({
      ...{ spec: specOf(tapes, { settings: LOW_FEES }), tapes, loaded },
      model: 'simulated',
    });
    expect(hashOf(enabled)).toBe(hashOf(predicting));
    expect(hashOf(without)).not.toBe(hashOf(predicting));
    expect(hashOf(without)).toBe(hashOf(await run({})));
  });

  it('is as without where predictions are too old to count when they are read', async () => {
    const late = { ...PREDICTING, 'engine.predictor.refreshMs': '3600000' };
    expect(hashOf(await run(late))).toBe(hashOf(await run({})));
  });

  it('knows nothing of the future', async () => {
    const { found, compared } = await checkLookAhead((toUs) => run(PREDICTING, toUs), [0.7]);
    expect(found).toBeUndefined();
    expect(compared).toBeGreaterThan(20);
  });

  it('is refused with what is wrong where there is no such model', async () => {
    const settings = { ...PREDICTING, 'engine.predictor.model': './nowhere.onnx' };
    await expect(run(settings)).rejects.toMatchObject({ code: 'PREDICTOR_INVALID' });
  });
});
