import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ats } from '../ats.ts';

/** Two venues are enough, and quicker. */
const FEW = ['kraken', 'coinbase', 'upbit'].flatMap((venue) => [
  '--set',
  `venues.${venue}.enabled=false`,
]);

describe('ats predict', () => {
  let folder = '';
  const file = (): string => join(folder, 'mine.onnx');
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ats-predict-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('trains a model, writes it with its card, and evaluates it without and with', async () => {
    const trained = await ats('predict', 'train', '--out', file(), '--duration', '20s', ...FEW);
    expect(trained.stderr).toBe('');
    expect(trained.code).toBe(0);
    expect(trained.stdout).toContain('predicts 100 ms ahead');
    const card = JSON.parse(await readFile(file().replace('.onnx', '.json'), 'utf8'));
    expect(card).toMatchObject({ name: 'mine', horizonMs: 100, target: 'mid-change-bps' });
    const judged = await ats(
      ...['predict', 'evaluate', '--model', file(), '--duration', '15s', ...FEW],
    );
    expect(judged.code).toBe(0);
    expect(judged.stdout).toMatch(/VENUE +SAMPLES +R2/);
    expect(judged.stdout).toMatch(/BACKTEST +WITHOUT +WITH/);
    expect(judged.stdout).toMatch(/Profit of trading/);
  }, 120_000);

  it.each([
    [['train', '--out', 'mine.model'], /--out mine\.model cannot be used/],
    [['train', '--out', 'a.onnx', '--horizon', '70ms'], /--horizon 70ms cannot be used/],
    [['train', '--out', 'a.onnx', '--duration', '1s', ...FEW], /0 samples to fit a model to/],
    [['evaluate', '--model', './nowhere.onnx'], /nowhere\.json the card of the model, cannot be/],
  ])(
    'ends with 2 and what is wrong: %s',
    async (args, message) => {
      const { code, stderr } = await ats('predict', ...args);
      expect(code).toBe(2);
      expect(stderr).toMatch(message);
    },
    60_000,
  );
});
