import type { Listing } from '@ats/domain';
import type { Clock, Logger, Metrics, Timers } from '@ats/runtime';
import type { MarketBus } from '@ats/storage';
import type { Predictor } from '../domain/prediction/predictor.ts';
import { PredictionBoard } from './prediction-board.ts';

export interface RunningPredictions {
  readonly board: PredictionBoard;
  /** Listens from here on: after the engine, which decides first. */
  listen(bus: MarketBus): Promise<void>;
  close(): Promise<void>;
}

/** Predictions beside the market data, refreshed by a timer. */
export function startPredictions(options: {
  readonly listings: readonly Listing[];
  readonly predictor: Predictor;
  readonly settings: { readonly refreshMs: number; readonly ageMsMax: number };
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly metrics: Metrics;
}): RunningPredictions {
  const { settings, timers, metrics, predictor } = options;
  const board = new PredictionBoard({ ...options, ageMsMax: settings.ageMsMax });
  register(metrics, board);
  let end = async (): Promise<void> => undefined;
  return {
    board,
    async listen(bus) {
      const filter = { kinds: ['book', 'trade', 'status'] as const };
      const subscription = await bus.subscribe(filter, board.onMarket);
      const timer = timers.every(settings.refreshMs, () => void board.refresh());
      end = () => {
        timer.cancel();
        return subscription.close();
      };
    },
    async close() {
      await end();
      await predictor.close();
    },
  };
}

function register(metrics: Metrics, board: PredictionBoard): void {
  const counter = metrics.counter({
    name: 'ats_engine_predictions_total',
    help: 'Times that all markets were asked about, by what came of it.',
    labels: ['result'],
  });
  const before = { made: 0, failed: 0, skipped: 0 };
  metrics.beforeCollect(() => {
    for (const result of ['made', 'failed', 'skipped'] as const) {
      counter.add({ result }, board[result] - before[result]);
      before[result] = board[result];
    }
  });
}
