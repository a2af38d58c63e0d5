import { AtsError } from '@ats/domain';
import { EXIT } from '@ats/runtime';
import { setUpInflux } from '@ats/storage';
import { type ConfigFlags, loadConfiguration } from '../app/configuration.ts';

export interface TicksSetUpOptions extends ConfigFlags {
  /** Milliseconds; 0 for ever. */
  readonly keep: number;
  readonly keepBars: number;
  readonly json?: true;
}

/** Makes what InfluxDB keeps ticks in. @returns the exit code */
export async function ticksSetUp(options: TicksSetUpOptions): Promise<number> {
  const { url } = loadConfiguration(options).shared.tickStore;
  if (!/^influxdbs?:/.test(url)) {
    throw new AtsError({
      code: 'CONFIG_INVALID',
      message: `tickStore.url is "${url}", which needs no set-up`,
      remedy:
        'Say where InfluxDB 2 is with --set tickStore.url=influxdb://host:8086/org/bucket?token=...',
      context: { field: 'tickStore.url', value: url },
    });
  }
  const done = await setUpInflux({ url, ticksMs: options.keep, barsMs: options.keepBars });
  if (options.json) process.stdout.write(`${JSON.stringify(done)}\n`);
  else {
    const kept = (ms: number): string => (ms === 0 ? 'for ever' : `for ${ms / 86_400_000} days`);
    process.stdout.write(
      `${done.bucket}: ticks, kept ${kept(options.keep)}\n` +
        `${done.barsBucket}: bars of a minute, kept ${kept(options.keepBars)}\n` +
        `tasks: ${done.tasks.join(', ')}\n` +
        `made now: ${done.made.join(', ') || 'nothing, all was there'}\n`,
    );
  }
  return EXIT.ok;
}
