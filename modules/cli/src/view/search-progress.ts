import type { SearchProgress } from '@ats/backtest';
import { Presets, SingleBar } from 'cli-progress';
import { span } from './format.ts';

/** Shows how far a search has come, on a terminal only. */
export function searchProgress() {
  const bar = process.stderr.isTTY
    ? new SingleBar(
        {
          stream: process.stderr,
          format: '{bar} {value} of {total} trials, {known} known  {rest}',
          hideCursor: true,
          clearOnComplete: true,
        },
        Presets.shades_classic,
      )
    : undefined;
  let running = false;
  return {
    update({ done, total, known, restMs }: SearchProgress): void {
      const rest = restMs === undefined ? '' : `${span(restMs * 1000)} left`;
      if (!running) bar?.start(total, done, { known, rest });
      running = true;
      bar?.update(done, { known, rest });
    },
    stop(): void {
      if (running) bar?.stop();
    },
  };
}
