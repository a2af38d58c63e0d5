import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { modelFile, openOnnxPredictor } from '../../src/adapters/onnx-predictor.ts';
import { FEATURE_COUNT, FEATURES } from '../../src/domain/prediction/features.ts';

const rows = Float32Array.from({ length: 3 * FEATURE_COUNT }, (_, at) => Math.sin(at));

describe('the model that comes with the engine', () => {
  it('says one number a row, and the same again for the same rows', async () => {
    const predictor = await openOnnxPredictor('simulated');
    expect(predictor.card.features).toEqual(FEATURES);
    const said = await predictor.predict(rows, 3);
    expect(said).toHaveLength(3);
    expect([...said].every(Number.isFinite)).toBe(true);
    expect([...(await predictor.predict(rows, 3))]).toEqual([...said]);
    // Rows know nothing of each other.
    expect([...(await predictor.predict(rows.subarray(FEATURE_COUNT), 1))]).toEqual([said[1]]);
    await predictor.close();
  });

  it('is small', async () => {
    expect((await readFile(modelFile('simulated'))).length).toBeLessThan(100_000);
  });
});

describe('a model that does not fit', () => {
  let folder = '';
  const file = (): string => join(folder, 'mine.onnx');
  const card = (): string => join(folder, 'mine.json');

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ats-model-'));
    await cp(modelFile('simulated'), file());
    await cp(modelFile('simulated').replace('.onnx', '.json'), card());
  });
  afterEach(() => rm(folder, { recursive: true }));

  const changeCard = async (change: Record<string, unknown>): Promise<void> => {
    const read = JSON.parse(await readFile(card(), 'utf8'));
    await writeFile(card(), JSON.stringify({ ...read, ...change }));
  };
  const refusal = (message: RegExp) =>
    expect(openOnnxPredictor(file())).rejects.toMatchObject({
      code: 'PREDICTOR_INVALID',
      message: expect.stringMatching(message),
      remedy: expect.stringContaining('ats predict train'),
    });

  it('is opened by its path where nothing is wrong', async () => {
    await (await openOnnxPredictor(file())).close();
  });

  it('is refused where it is not there', async () => {
    await rm(file());
    await refusal(/cannot be read/);
  });

  it('is refused without a card', async () => {
    await rm(card());
    await refusal(/the card of the model, cannot be read/);
  });

  it('is refused where it is not the file that its card is about', async () => {
    await writeFile(file(), Buffer.concat([await readFile(file()), Buffer.from([0])]));
    await refusal(/is not the file of its card/);
  });

  it('is refused where it was made for other features, or for their other order', async () => {
    await changeCard({ features: FEATURES.toReversed() });
    await refusal(/has the features barVolume/);
  });

  it('is refused where it does not take what its card says', async () => {
    await changeCard({ input: 'prices' });
    await refusal(/has the input prices that is not there, expected float32\[rows,13\]/);
  });

  it('is refused where it gives something else than its card says', async () => {
    await changeCard({ output: 'direction' });
    await refusal(/has the output direction that is not there/);
  });

  it('is refused where it predicts something else', async () => {
    await changeCard({ target: 'direction' });
    await refusal(/mid-change-bps/);
  });

  it('is refused where it is no model', async () => {
    const text = Buffer.from('not a model');
    await writeFile(file(), text);
    const { createHash } = await import('node:crypto');
    await changeCard({ sha256: createHash('sha256').update(text).digest('hex') });
    await refusal(/is no model that can be run/);
  });
});
