import type { Clock, TimerHandle, Timers } from '@ats/runtime';
import type { MarketModel } from '../domain/model/market-model.ts';
import type { SimulatorMetrics } from './simulator-metrics.ts';

export interface StepperOptions {
  readonly model: MarketModel;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly metrics: SimulatorMetrics;
  readonly stepUs: number;
  /** Most steps made up for at once. */
  readonly catchUpStepsMax: number;
}

/** Maps real time onto steps of the model: one a timer's turn, a few more after a delay. */
export function startStepper(options: StepperOptions): TimerHandle {
  const { model, clock, metrics, stepUs, catchUpStepsMax } = options;
  return options.timers.every(stepUs / 1000, () => {
    const beganUs = clock.nowUs();
    const due = Math.floor((beganUs - model.nowUs) / stepUs);
    const skipped = Math.max(0, due - catchUpStepsMax);
    if (skipped > 0) {
      model.skip(skipped * stepUs);
      metrics.stepsSkipped.add({}, skipped);
    }
    for (let step = skipped; step < due; step += 1) model.step();
    if (due <= 0) return;
    metrics.steps.add({}, due - skipped);
    metrics.busySeconds.add({}, (clock.nowUs() - beganUs) / 1e6);
  });
}
