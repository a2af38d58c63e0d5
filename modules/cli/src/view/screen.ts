import type { OpportunityRecord } from '@ats/domain';
import { systemClock, systemTimers } from '@ats/runtime';
import { createLogUpdate } from 'log-update';
import type { LogTarget, Session } from '../app/session-parts.ts';
import type { View } from '../commands/up.ts';
import { renderView } from './live-view.ts';
import { Observer } from './observer.ts';

const FRAME_PERIOD_MS = 250;

/** Redraws the live view in place until it is closed; the last picture stays on the screen. */
export function liveView(parts: {
  readonly session: Session;
  readonly startedAtUs: number;
  readonly logTarget: LogTarget;
  readonly setUpLink: string | undefined;
}): View {
  const output = process.stdout;
  const update = createLogUpdate(output);
  const observer = new Observer(parts);
  const draw = (): void => {
    const screen = { columns: output.columns ?? 100, rows: output.rows ?? 40 };
    update(renderView(observer.look(systemClock.nowUs()), screen));
  };
  const redraw = systemTimers.every(FRAME_PERIOD_MS, draw);
  draw();
  return {
    record: (record: OpportunityRecord) => observer.record(record),
    trade: () => undefined,
    close() {
      redraw.cancel();
      observer.close();
      draw();
      update.done();
    },
  };
}
