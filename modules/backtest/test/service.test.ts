import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BACKTEST_SERVICE, type WireMessages, type WireServices } from '@ats/contracts';
import {
  openRpcDirectory,
  parseConfig,
  type RpcClient,
  type RpcDirectory,
  seededRandom,
  systemClock,
  systemTimers,
  UNGUARDED,
} from '@ats/runtime';
import { openParquetTickStore, type TickStore } from '@ats/storage';
import { memoryMetrics, silentLogger, until } from '@ats/testkit';
import {
  backtest,
  backtestServiceConfigSchema,
  openTapeStore,
  type RunningBacktest,
} from '../src/index.ts';
import { configWith, LOW_FEES, wavingTapes } from './stage.ts';

type Client = RpcClient<WireServices['ats.backtest.v1.BacktestService']>;
type Run = WireMessages['ats.backtest.v1.BacktestRun'];

const CALL = { deadlineMs: 30_000 };
const WAIT = { timeoutMs: 120_000 };
const TIMEOUT_MS = 180_000;
/** Long enough to be cancelled in its middle. */
const LONG = 10_000;

const tools = { clock: systemClock, timers: systemTimers };

/** The service on a folder of its own, called over gRPC. */
class Stage {
  readonly folder: string;
  readonly ticks: TickStore;
  private running: RunningBacktest | undefined;
  private readonly open: RpcDirectory[] = [];
  private caller: RpcDirectory | undefined;

  private constructor(folder: string, ticks: TickStore) {
    this.folder = folder;
    this.ticks = ticks;
  }

  static async create(): Promise<Stage> {
    const folder = await mkdtemp(join(tmpdir(), 'backtest-service-'));
    const ticks = await openParquetTickStore({
      ...{ ...tools, folder: join(folder, 'ticks'), logger: silentLogger() },
      ...{ metrics: memoryMetrics(), flushIntervalMs: 20 },
    });
    const stage = new Stage(folder, ticks);
    for (const [name, rows] of Object.entries({ short: 200, long: LONG })) {
      for (const [at, tape] of wavingTapes(rows).entries()) {
        const source = { reference: name, format: 'test', sha256: name, bytes: 0 };
        await stage.tapes.write(tape, { name: `${name}-${at}`, source: async () => source });
      }
    }
    return stage;
  }

  private get tapes() {
    return openTapeStore({ folder: join(this.folder, 'tapes'), clock: systemClock });
  }

  async start(set: readonly string[] = []): Promise<Client> {
    const logger = silentLogger();
    const directory = (address: string): RpcDirectory => {
      const addresses = { [BACKTEST_SERVICE.fullName]: { address, field: 'rpc.backtestAddress' } };
      const random = seededRandom(1);
      const rpc = openRpcDirectory({
        ...{ ...tools, random, logger, metrics: memoryMetrics(), addresses, guard: UNGUARDED },
      });
      this.open.push(rpc);
      return rpc;
    };
    const loaded = configWith([
      `backtest.resultFolder=${join(this.folder, 'results')}`,
      `backtest.dataFolder=${join(this.folder, 'tapes')}`,
      ...set,
    ]);
    this.running = await backtest.start({
      ...{ ...tools, logger, random: seededRandom(1), metrics: memoryMetrics() },
      config: parseConfig(loaded, backtestServiceConfigSchema),
      rpc: directory('127.0.0.1:0'),
      ports: { tickStore: () => Promise.resolve(this.ticks) },
    });
    this.caller = directory(this.running.address);
    return this.caller.client(BACKTEST_SERVICE);
  }

  /** Every state that the run is told to be in, until its stream ends. */
  follow(runId: string): { readonly seen: Run[]; readonly ended: Promise<void> } {
    const seen: Run[] = [];
    const ended = Promise.withResolvers<void>();
    this.caller?.subscribe(
      BACKTEST_SERVICE,
      'WatchBacktest',
      { runId },
      {
        ...CALL,
        onMessage: ({ run }) => void (run && seen.push(run)),
        onEnd: (error) => (error === undefined ? ended.resolve() : ended.reject(error)),
      },
    );
    // A stream that the service's stop ends is looked at by nobody.
    ended.promise.catch(() => undefined);
    return { seen, ended: ended.promise };
  }

  async stop(): Promise<void> {
    await this.running?.drain();
    this.running = undefined;
    for (const rpc of this.open.splice(0).reverse()) await rpc.close();
  }

  async close(): Promise<void> {
    await this.stop();
    await this.ticks.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

const specOf = (
  tape: 'short' | 'long',
  said: Partial<WireMessages['ats.backtest.v1.BacktestSpec']> = {},
): WireMessages['ats.backtest.v1.BacktestSpec'] => ({
  ...{ name: tape, tapes: [`${tape}-0`, `${tape}-1`], strategy: '', seed: 1, fromUs: 0, toUs: 0 },
  parameters: { ...LOW_FEES },
  ...said,
});

describe('the backtest service', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.create();
  }, TIMEOUT_MS);
  afterEach(() => stage.stop());
  afterAll(() => stage.close());

  const start = async (client: Client, requestId: string, spec = specOf('short')): Promise<Run> => {
    const { run } = await client.StartBacktest({ requestId, spec }, CALL);
    if (!run) throw new Error('no run was told of');
    return run;
  };

  it(
    'runs what it is asked for, once, tells of it and shows it',
    async () => {
      const client = await stage.start(['backtest.toTickStore=true']);
      const { runId } = await start(client, 'one');
      expect((await start(client, 'one')).runId).toBe(runId);
      const { seen, ended } = stage.follow(runId);
      await ended;
      expect(seen.at(-1)?.state).toBe('RUN_STATE_DONE');
      const { run } = await client.GetBacktest({ runId }, CALL);
      expect(run).toMatchObject({ state: 'RUN_STATE_DONE', progress: 1, error: '' });
      const figures = run?.result?.figures ?? [];
      expect(figures.find(({ name }) => name === 'profit')?.value).toBe(run?.result?.netProfit);
      const asked = { runId, pointsMax: 50, tradesFrom: 0, tradesLimit: 3 };
      const report = await client.GetBacktestReport(asked, CALL);
      expect(report.headline).toMatch(/^(Trading|Almost|Nothing)/);
      expect(report.equity.length).toBeGreaterThan(1);
      expect(report.trading.length).toBeLessThanOrEqual(52);
      expect(report.trades).toHaveLength(Math.min(3, report.tradesTotal));
      const list = await client.ListBacktests({ limit: 0 }, CALL);
      expect(list.runs.map((one) => one.runId)).toEqual([run?.resultId]);
      const ticks = await until(async () => {
        const found = [];
        for await (const batch of stage.ticks.scan({ kind: 'backtest' })) found.push(...batch);
        return found.length === 0 ? undefined : found;
      }, WAIT);
      expect(new Set(ticks.map((tick) => tick.runId))).toEqual(new Set([run?.resultId]));
      expect(ticks.filter(({ series }) => series === 'profit').map(({ value }) => value)).toEqual([
        Number(run?.result?.netProfit),
      ]);
    },
    TIMEOUT_MS,
  );

  it(
    'sets two runs side by side',
    async () => {
      const client = await stage.start();
      const runs = [];
      for (const seed of [1, 2]) {
        const { runId } = await start(client, `seed ${seed}`, specOf('short', { seed }));
        await stage.follow(runId).ended;
        runs.push(runId);
      }
      const compared = await client.CompareBacktests({ runIds: runs }, CALL);
      expect(compared.settings).toEqual([{ setting: 'seed', values: ['1', '2'] }]);
      const start0 = compared.figures.find(({ figure }) => figure?.name === 'equityStart');
      expect(Number(start0?.changes[1])).toBe(0);
      await expect(client.CompareBacktests({ runIds: ['x'] }, CALL)).rejects.toMatchObject({
        code: 'RPC_INVALID_ARGUMENT',
      });
    },
    TIMEOUT_MS,
  );

  it(
    'answers while a run goes on, keeps others waiting, and cancels both',
    async () => {
      const client = await stage.start(['backtest.queueMax=1']);
      const running = await start(client, 'long', specOf('long'));
      const { seen, ended } = stage.follow(running.runId);
      await until(() => seen.some(({ events }) => events > 0), WAIT);
      const waiting = await start(client, 'behind');
      expect(waiting.state).toBe('RUN_STATE_QUEUED');
      await expect(start(client, 'too many')).rejects.toMatchObject({
        code: 'BACKTEST_QUEUE_FULL',
      });
      for (const { runId } of [waiting, running]) {
        const { run } = await client.CancelBacktest({ runId }, CALL);
        expect(run?.state).toBe('RUN_STATE_CANCELED');
      }
      await ended;
      expect(seen.at(-1)?.state).toBe('RUN_STATE_CANCELED');
      expect(Math.max(...seen.map(({ progress }) => progress))).toBeLessThan(1);
    },
    TIMEOUT_MS,
  );

  it(
    'says of a run that ran when it ended that it failed, and goes on with what waited',
    async () => {
      const before = await stage.start();
      const running = await start(before, 'cut off', specOf('long'));
      const waiting = await start(before, 'waits for it');
      const { seen } = stage.follow(running.runId);
      await until(() => seen.some(({ state }) => state === 'RUN_STATE_RUNNING'), WAIT);
      await stage.stop();
      const jobs = join(stage.folder, 'results/.jobs');
      // As if the process had been killed instead: then nobody wrote down that it ended.
      for (const name of await readdir(jobs)) {
        const text = await readFile(join(jobs, name), 'utf8');
        if (!text.includes(running.runId)) continue;
        await writeFile(join(jobs, name), text.replace('"state": "failed"', '"state": "running"'));
      }
      const client = await stage.start();
      const { run } = await client.GetBacktest({ runId: running.runId }, CALL);
      expect(run?.state).toBe('RUN_STATE_FAILED');
      expect(run?.error).toContain('The service ended while it ran');
      await stage.follow(waiting.runId).ended;
      const after = await client.GetBacktest({ runId: waiting.runId }, CALL);
      expect(after.run?.state).toBe('RUN_STATE_DONE');
    },
    TIMEOUT_MS,
  );

  it(
    'says why a run failed, and refuses what is none',
    async () => {
      const client = await stage.start();
      const { runId } = await start(client, 'no tape', specOf('short', { tapes: ['nowhere'] }));
      await stage.follow(runId).ended;
      const { run } = await client.GetBacktest({ runId }, CALL);
      expect(run).toMatchObject({ state: 'RUN_STATE_FAILED', resultId: '' });
      expect(run?.error).toContain('nowhere');
      const refused = { code: 'RPC_INVALID_ARGUMENT' };
      await expect(start(client, '')).rejects.toMatchObject(refused);
      await expect(start(client, 'x', specOf('short', { tapes: [] }))).rejects.toMatchObject(
        refused,
      );
      const parameters = { 'eventLog.url': 'lmdb:/elsewhere' };
      await expect(start(client, 'y', specOf('short', { parameters }))).rejects.toMatchObject(
        refused,
      );
      await expect(start(client, 'no tape', specOf('short'))).rejects.toMatchObject({
        code: 'REQUEST_ID_REUSED',
      });
      for (const call of ['GetBacktest', 'CancelBacktest'] as const) {
        const none = client[call]({ runId: 'nobody' }, CALL);
        await expect(none).rejects.toMatchObject({ code: 'BACKTEST_RESULT_UNKNOWN' });
      }
    },
    TIMEOUT_MS,
  );
});
