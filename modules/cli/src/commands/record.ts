import { EXIT } from '@ats/runtime';
import {
  type ConfigFlags,
  loadConfiguration,
  onlyVenues,
  withLayer,
} from '../app/configuration.ts';
import { openSession } from '../app/session.ts';
import { recordsInOneProcess } from '../app/session-parts.ts';
import { stopRequested } from '../app/stop-signal.ts';
import { count } from '../view/format.ts';

export interface RecordOptions extends ConfigFlags {
  readonly out: string;
  readonly venue: readonly string[];
  readonly duration?: number;
}

/** Records every frame of the chosen venues until it is to stop. @returns the exit code */
export async function record(options: RecordOptions): Promise<number> {
  const chosen = onlyVenues(loadConfiguration(options), options.venue);
  const configuration = withLayer(chosen, {
    source: 'record',
    values: { collector: { record: options.out, ticks: false } },
  });
  if (configuration.shared.profile === 'distributed') throw recordsInOneProcess('ats record');
  const stop = stopRequested();
  const session = await openSession({
    configuration,
    logTarget: 'stderr',
    trading: false,
    simulator: true,
  });
  if (options.duration !== undefined) stop.after(options.duration);
  await stop.requested;
  stop.armForce();
  await session.stop();
  const { venues } = session.collector.stats();
  for (const [name, { frames }] of Object.entries(venues)) {
    process.stdout.write(`${name}: ${count(frames)} frames\n`);
  }
  process.stdout.write(`written to ${options.out}\n`);
  return EXIT.ok;
}
