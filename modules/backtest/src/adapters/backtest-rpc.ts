import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { arbitrageTradeToWire, type WireMessages, type WireServices } from '@ats/contracts';
import { AtsError } from '@ats/domain';
import type { RpcHandlers, ServerStream } from '@ats/runtime';
import { verdictOf } from '../app/report/verdict.ts';
import type { RunQueue } from '../app/run-queue.ts';
import {
  cellToWire,
  comparisonToWire,
  jobToWire,
  pointToWire,
  resultToWire,
  specFromWire,
  storedToWire,
} from '../app/wire.ts';
import { compareRuns } from '../domain/comparison.ts';
import { figuresOf } from '../domain/figures.ts';
import { metricsOf, tradingCurve } from '../domain/metrics/run-metrics.ts';
import { thinnedWorths, type Worth } from '../domain/metrics/sampling.ts';
import { hasEnded, type RunJob } from '../domain/run-job.ts';
import { isRunSetting } from './execute-run.ts';
import { reportHtml } from './html/reports.ts';
import type { ResultStore, StoredRun } from './result-store.ts';
import type { TapeManifest } from './tapes/manifest.ts';
import type { TapeStore } from './tapes/tape-store.ts';

type Service = WireServices['ats.backtest.v1.BacktestService'];
type Handlers = RpcHandlers<Service>;
type Watched = Service['WatchBacktest']['response'];
type Report = Service['GetBacktestReport'];

const LIST_LIMIT = 100;
const POINTS_MAX = 1000;
const COMPARED_MAX = 20;
const TRADES_MAX = 1000;

interface Parts {
  readonly queue: RunQueue;
  readonly results: ResultStore;
  readonly tapes: Pick<TapeStore, 'list'>;
  /** The strategy where a request names none. */
  readonly strategy: string;
}

/** The backtest service's contract. */
export function backtestHandlers(parts: Parts): Handlers {
  const { queue, results, tapes } = parts;
  return {
    async StartBacktest(request) {
      if (request.requestId === '') throw invalid('request_id', 'is empty');
      const spec = specFromWire(request.spec ?? missing('spec'));
      if (spec.tapes.length === 0) throw invalid('spec.tapes', 'names no tape');
      const foreign = Object.keys(spec.settings).find((path) => !isRunSetting(path));
      if (foreign !== undefined) throw invalid('spec.parameters', `${foreign} is no part of a run`);
      const strategy = spec.strategy || parts.strategy;
      return { run: jobToWire(await queue.enqueue(request.requestId, { ...spec, strategy })) };
    },
    async GetBacktest({ runId }) {
      const job = queue.get(runId);
      if (job !== undefined) return { run: await withResult(parts, job) };
      const head = await results.find(runId);
      return { run: storedToWire(head, figuresOf(metricsOf(await results.record(head)))) };
    },
    WatchBacktest({ runId }, stream) {
      return watch(parts, runId, stream);
    },
    async CancelBacktest({ runId }) {
      const job = await queue.cancel(runId);
      if (job === undefined) throw unknown(runId);
      return { run: jobToWire(job) };
    },
    async ListBacktests({ limit }) {
      const { runs, damaged } = await results.list();
      const jobs = queue.list().filter(({ state }) => state !== 'done');
      const all = [...jobs.map((job) => jobToWire(job)), ...runs.map((run) => storedToWire(run))];
      all.sort((a, b) => (b.endedAtUs || b.queuedAtUs) - (a.endedAtUs || a.queuedAtUs));
      return {
        runs: all.slice(0, limit > 0 ? limit : LIST_LIMIT),
        damaged: damaged.map(({ id, why }) => ({ runId: id, reason: why })),
      };
    },
    async ListTapes() {
      return { tapes: (await tapes.list()).map(tapeToWire) };
    },
    GetBacktestReport: (request) => report(parts, request),
    async ExportBacktest({ runId }) {
      const head = await resultOf(parts, runId);
      const record = await results.record(head);
      const html = await reportHtml({ id: head.id, record, metrics: metricsOf(record) });
      return { htmlGzip: await promisify(gzip)(html) };
    },
    async CompareBacktests({ runIds }) {
      if (runIds.length < 2 || runIds.length > COMPARED_MAX) {
        throw invalid('run_ids', `names ${runIds.length} runs: expected 2 to ${COMPARED_MAX}`);
      }
      const heads = await Promise.all(runIds.map((runId) => resultOf(parts, runId)));
      const runs = await Promise.all(
        heads.map(async (head) => {
          const { id, spec, inputs, numeraire } = head;
          const figures = figuresOf(metricsOf(await results.record(head)));
          return { id, spec, inputs, numeraire, figures };
        }),
      );
      return comparisonToWire(compareRuns(runs), heads);
    },
  };
}

function tapeToWire({ name, markets }: TapeManifest): WireMessages['ats.backtest.v1.Tape'] {
  return {
    name,
    markets: markets.map(({ venue, instrument }) => `${venue} ${instrument}`),
    fromUs: Math.min(...markets.map(({ fromUs }) => fromUs)),
    untilUs: Math.max(...markets.map(({ untilUs }) => untilUs)),
    rows: markets.reduce((sum, { rows }) => sum + rows, 0),
  };
}

async function withResult({ results }: Parts, job: RunJob) {
  if (job.state !== 'done') return jobToWire(job);
  const head = await results.find(job.resultId);
  return jobToWire(job, resultToWire(head, figuresOf(metricsOf(await results.record(head)))));
}

/** The result of a run, by the run's id or its own. */
async function resultOf({ queue, results }: Parts, runId: string): Promise<StoredRun> {
  const job = queue.get(runId);
  if (job !== undefined && job.state !== 'done') {
    throw new AtsError({
      code: 'BACKTEST_RESULT_UNKNOWN',
      message: `run "${runId}" has no result: it is ${job.state}`,
      remedy: 'Watch it until it is done.',
      context: { field: 'run_id', value: runId },
    });
  }
  return results.find(job?.resultId ?? runId);
}

function watch({ queue }: Parts, runId: string, stream: ServerStream<Watched>): () => void {
  const now = queue.get(runId);
  if (now === undefined) throw unknown(runId);
  let latest: RunJob | undefined;
  const send = (job: RunJob): void => {
    // A slow reader is told of the latest only.
    latest = stream.send({ run: jobToWire(job) }) ? undefined : job;
    if (latest === undefined && hasEnded(job)) stream.end();
  };
  stream.onDrain(() => {
    if (latest !== undefined) send(latest);
  });
  const end = queue.watch(runId, send);
  send(now);
  return end;
}

async function report(parts: Parts, request: Report['request']): Promise<Report['response']> {
  const { runId, pointsMax, tradesFrom, tradesLimit } = request;
  const head = await resultOf(parts, runId);
  const record = await parts.results.record(head);
  const metrics = metricsOf(record);
  const { headline, why } = verdictOf(metrics, record.numeraire);
  const points = (worths: readonly Worth[]) =>
    thinnedWorths(worths, pointsMax > 0 ? pointsMax : POINTS_MAX).map(pointToWire);
  const limit = Math.min(tradesLimit, TRADES_MAX);
  const { quoted, staleness, fees, slippage, unwind, realised } = metrics.waterfall;
  return {
    run: storedToWire(head, figuresOf(metrics)),
    headline,
    why: [...why],
    warnings: [...record.warnings],
    ledgerBalanced: record.ledger.balanced,
    equity: points(record.equity.map(({ timeUs, equity: worth }) => ({ timeUs, worth }))),
    trading: points(tradingCurve(record)),
    waterfall: {
      ...{ quoted: quoted.toString(), staleness: staleness.toString(), fees: fees.toString() },
      ...{ slippage: slippage.toString(), unwind: unwind.toString() },
      realised: realised.toString(),
    },
    opportunities: record.opportunities.map(cellToWire),
    trades: record.trades.slice(tradesFrom, tradesFrom + limit).map(arbitrageTradeToWire),
    tradesTotal: record.trades.length,
  };
}

function missing(field: string): never {
  throw invalid(field, 'is missing');
}

function invalid(field: string, why: string): AtsError {
  return new AtsError({
    code: 'RPC_INVALID_ARGUMENT',
    message: `${field} ${why}`,
    context: { field },
  });
}

function unknown(runId: string): AtsError {
  return new AtsError({
    code: 'BACKTEST_RESULT_UNKNOWN',
    message: `there is no run "${runId}" that waits or runs`,
    remedy: 'ListBacktests names those that there are.',
    context: { field: 'run_id', value: runId },
  });
}
