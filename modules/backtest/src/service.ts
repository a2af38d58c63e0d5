import { BACKTEST_SERVICE } from '@ats/contracts';
import type { LoadedConfig, RunningService, ServiceContext, ServiceModule } from '@ats/runtime';
import type { Ports } from '@ats/storage';
import { backtestHandlers } from './adapters/backtest-rpc.ts';
import { JobStore } from './adapters/job-store.ts';
import { ResultStore } from './adapters/result-store.ts';
import { recordResult } from './adapters/result-ticks.ts';
import { openTapeStore } from './adapters/tapes/tape-store.ts';
import { startWorker } from './adapters/worker-runner.ts';
import { RunQueue } from './app/run-queue.ts';
import { type BacktestServiceConfig, backtestServiceConfigSchema } from './config.ts';
import type { RunJob } from './domain/run-job.ts';

export type BacktestPorts = Pick<Ports, 'tickStore'>;

export interface RunningBacktest extends RunningService {
  /** `host:port` of the gRPC server; empty when only this process calls. */
  readonly address: string;
}

/** Runs strategies over tapes for whoever asks, one after the other, on a thread of their own. */
export const backtest: ServiceModule<BacktestServiceConfig, BacktestPorts, RunningBacktest> = {
  name: 'backtest',
  configSchema: backtestServiceConfigSchema,
  start,
};

async function start(
  context: ServiceContext<BacktestServiceConfig, BacktestPorts>,
): Promise<RunningBacktest> {
  const { clock, logger, rpc, ports, config } = context;
  const { dataFolder, resultFolder, queueMax, toTickStore } = config.backtest;
  const { values } = config;
  const loaded: LoadedConfig = { values, layers: [{ source: 'the configuration', values }] };
  const results = new ResultStore({ folder: resultFolder, clock });
  const store = new JobStore(resultFolder);
  const { jobs, unreadable } = await store.load();
  for (const path of unreadable) {
    logger.error('backtest.job_unreadable', 'a run that was asked for cannot be read', { path });
  }
  const queue = new RunQueue({
    ...{ clock, logger, queueMax },
    startWorker: (spec, onProgress) => startWorker({ spec, loaded, onProgress }),
    put: (job) => store.put(job),
    remove: (job) => store.remove(job),
    async onDone({ resultId }: RunJob) {
      if (!toTickStore) return;
      const record = await results.record(await results.find(resultId));
      const refused = await recordResult(await ports.tickStore(), { runId: resultId, record });
      if (refused > 0) {
        logger.warn('backtest.ticks_refused', 'the tick store did not take all', { refused });
      }
    },
  });
  const { strategy = '' } = values['engine'] as { strategy?: string };
  const tapes = openTapeStore({ folder: dataFolder, clock });
  const handlers = backtestHandlers({ queue, results, tapes, strategy });
  const serving = await rpc.serve(BACKTEST_SERVICE, handlers);
  await queue.start(jobs);
  const told = { address: serving.address, folder: resultFolder };
  logger.info('backtest.serving', 'backtests are run for whoever asks', told);
  return {
    address: serving.address,
    readiness: () => ({ ready: true, reasons: [] }),
    async drain() {
      serving.setServing(false);
      await serving.stop();
      await queue.stop();
    },
  };
}
