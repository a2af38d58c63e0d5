import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BACKTEST_SERVICE, type WireServices } from '@ats/contracts';
import {
  loadConfig,
  seededRandom,
  sharedConfigSchema,
  systemClock,
  systemTimers,
} from '@ats/runtime';
import { openOperatorRpc } from '@ats/security';
import { memoryMetrics, silentLogger, until } from '@ats/testkit';
import { z } from 'zod';
import { ats, FREE_PORTS, ownData, type RunningAts, startAts } from '../src/ats.ts';

const TIMEOUT_MS = 120_000;
const CALL = { deadlineMs: 30_000 };
const folder = mkdtempSync(join(tmpdir(), 'ats-e2e-backtest-'));
const frames = join(folder, 'frames.jsonl.gz');
const configFolder = join(import.meta.dirname, '../../config');
const inFolder = [
  ...['--set', `backtest.dataFolder=${folder}/tapes`],
  ...['--set', `backtest.resultFolder=${folder}/results`],
];

const reportBody = z.looseObject({
  id: z.string(),
  events: z.int(),
  ledger: z.strictObject({ balanced: z.boolean(), differences: z.array(z.string()) }),
  trades: z.array(z.looseObject({ state: z.string() })),
});

/** Runs a command that must go well. @returns what it printed */
async function well(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await ats([...args, ...inFolder]);
  expect({ code, stderr: stderr.replaceAll(/written: .*\n/g, '') }).toEqual({
    code: 0,
    stderr: '',
  });
  return stdout;
}

const run = async (...more: string[]) =>
  reportBody.parse(
    JSON.parse(await well('backtest', 'run', '--tape', 'recorded', '--json', ...more)),
  );

/** The simulated exchanges are recorded once, and everything here is about that tape. */
beforeAll(async () => {
  const args = ['--duration', '10s', '--seed', '7', ...FREE_PORTS, ...ownData()];
  expect(await ats(['record', '--out', frames, ...args])).toMatchObject({ code: 0 });
  await well('data', 'import', frames, '--name', 'recorded');
}, TIMEOUT_MS);

describe('ats backtest', () => {
  test(
    'trades what was recorded: the same bytes each time, a ledger that equals the venues',
    async () => {
      const csv = join(folder, 'csv');
      const html = join(folder, 'report.html');
      const report = await run('--name', 'first', '--report', html, '--csv', csv);
      expect(report.ledger).toEqual({ balanced: true, differences: [] });
      expect(report.events).toBeGreaterThan(1000);
      expect(
        report.trades.filter(({ state }) => state.endsWith('COMPLETED')).length,
      ).toBeGreaterThan(0);
      expect(await run('--name', 'first')).toEqual(report);
      const other = await run('--name', 'other', '--set', 'engine.minEdgeBps=250');
      expect(other.trades).toEqual([]);
      const compared = await well('backtest', 'compare', 'first', 'other');
      expect(compared).toMatch(/engine\.minEdgeBps +- +250/);
      const list = await well('backtest', 'list');
      for (const name of ['first', 'other'])
        expect(list).toMatch(new RegExp(`${name}-[0-9a-f]{12}`));
    },
    TIMEOUT_MS,
  );

  test(
    'says what is wrong with a tape that is not there, with exit code 2',
    async () => {
      const { code, stdout, stderr } = await ats([
        'backtest',
        'run',
        '--tape',
        'lost',
        ...inFolder,
      ]);
      expect(stderr).toMatch(/lost[\s\S]*ats data list/);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    },
    TIMEOUT_MS,
  );
});

describe('the backtest service of ats up', () => {
  const settings = [...FREE_PORTS, ...ownData(), ...inFolder];
  let running: RunningAts;
  const said = (event: string, field: string): string | undefined =>
    new RegExp(`"${event}".*?"${field}":"([^"]+)"`).exec(running.stdout())?.[1];

  beforeAll(() => {
    running = startAts(['up', '--seed', '7', '--plain', ...settings]);
  });
  afterAll(async () => {
    running.signal('SIGINT');
    await running.outcome;
  }, TIMEOUT_MS);

  test(
    'runs what is asked for beside the live system, tells how far it is, and keeps the result',
    async () => {
      const address = await until(() => said('backtest.serving', 'address'), {
        timeoutMs: 60_000,
        what: 'the service',
      });
      const assignments = [...settings, `rpc.backtestAddress=${address}`].filter(
        (word) => word !== '--set',
      );
      const { values } = loadConfig({ folder: configFolder, environment: {}, assignments });
      const rpc = await openOperatorRpc({
        ...{ clock: systemClock, timers: systemTimers, random: seededRandom(1) },
        ...{ logger: silentLogger(), metrics: memoryMetrics() },
        config: sharedConfigSchema.parse(values),
      });
      const client = rpc.client<WireServices['ats.backtest.v1.BacktestService']>(BACKTEST_SERVICE);
      const spec = {
        ...{ name: 'asked', tapes: ['recorded'], strategy: '', seed: 1, fromUs: 0, toUs: 0 },
        parameters: { 'engine.minEdgeBps': '2' },
      };
      const { run: started } = await client.StartBacktest({ requestId: 'one', spec }, CALL);
      const runId = started?.runId ?? '';
      const states: string[] = [];
      const ended = Promise.withResolvers<void>();
      rpc.subscribe(
        BACKTEST_SERVICE,
        'WatchBacktest',
        { runId },
        {
          ...CALL,
          onMessage: ({ run }) => void states.push(run?.state ?? ''),
          onEnd: (error) => (error === undefined ? ended.resolve() : ended.reject(error)),
        },
      );
      await ended.promise;
      expect(states.at(-1)).toBe('RUN_STATE_DONE');
      const { run: done } = await client.GetBacktest({ runId }, CALL);
      const resultId = done?.resultId ?? '';
      // The command line finds what the service kept, and has the same figures itself.
      const shown = reportBody.parse(
        JSON.parse(await well('backtest', 'show', resultId, '--json')),
      );
      expect(await run('--name', 'asked', '--set', 'engine.minEdgeBps=2')).toEqual(shown);
      await rpc.close();
    },
    TIMEOUT_MS,
  );
});
