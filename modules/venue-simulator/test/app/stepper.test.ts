import { manualClock, manualTimers, memoryMetrics } from '@ats/testkit';
import { simulatorMetrics } from '../../src/app/simulator-metrics.ts';
import { startStepper } from '../../src/app/stepper.ts';
import { openModel, START_US } from '../domain/model/open-model.ts';

const STEP_US = 5000;

function start(catchUpStepsMax: number) {
  const clock = manualClock(START_US);
  const timers = manualTimers(clock);
  const metrics = memoryMetrics();
  const model = openModel(1);
  const stepper = startStepper({
    model,
    clock,
    timers,
    metrics: simulatorMetrics(metrics),
    stepUs: STEP_US,
    catchUpStepsMax,
  });
  const steps = () => metrics.value('ats_venue_simulator_steps_total');
  const skipped = () => metrics.value('ats_venue_simulator_steps_skipped_total');
  return { clock, timers, model, stepper, steps, skipped };
}

describe('the stepper', () => {
  test('takes one step of the market for each step of the clock', () => {
    const { clock, timers, model, steps, skipped } = start(20);
    timers.advance(1000);
    expect(steps()).toBe(200);
    expect(skipped()).toBe(0);
    expect(model.nowUs).toBe(clock.nowUs());
  });

  test('makes up for a short delay, and skips the time of a long one', () => {
    const { clock, timers, model, steps, skipped } = start(20);
    clock.setUs(START_US + 10 * STEP_US);
    timers.advance(5);
    expect([steps(), skipped()]).toEqual([11, 0]);
    clock.setUs(clock.nowUs() + 100 * STEP_US);
    timers.advance(5);
    expect(skipped()).toBeGreaterThan(70);
    expect(clock.nowUs() - model.nowUs).toBeLessThan(STEP_US);
  });

  test('stands still when canceled', () => {
    const { timers, stepper, steps } = start(20);
    stepper.cancel();
    timers.advance(100);
    expect(steps()).toBe(0);
  });
});
