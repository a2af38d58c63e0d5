import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { systemClock, systemTimers } from './clock.ts';
import { loadConfig, parseConfig } from './config/load.ts';
import { sharedConfigSchema } from './config/shared-schema.ts';
import { describeProblem, exitCodeOf } from './exit-codes.ts';
import { type Closable, type HostOptions, openHost } from './host.ts';
import { openKillSwitch, pullOnSignal } from './kill-switch.ts';
import type { RunningService, ServiceModule } from './service.ts';

/** How one service is run in a process of its own. */
export interface RunServiceOptions<Config, Ports extends Closable, Running extends RunningService>
  extends Pick<HostOptions<Ports>, 'openPorts' | 'openRpc'> {
  readonly module: ServiceModule<Config, NoInfer<Ports>, Running>;
}

/**
 * Runs one service until SIGINT or SIGTERM, then drains it: what each module's `main.ts` calls.
 * SIGUSR2 pulls the kill switch.
 * Takes `--config FILE` and `--set key=value`; logs JSON lines to stdout. Exit codes as the
 * command line's: 0 drained, 1 failed, 2 bad input.
 */
export async function runService<Config, Ports extends Closable, Running extends RunningService>(
  options: RunServiceOptions<Config, Ports, Running>,
): Promise<void> {
  let host: Awaited<ReturnType<typeof openHost<Ports>>> | undefined;
  try {
    const { values } = parseArgs({
      options: {
        config: { type: 'string', short: 'c' },
        set: { type: 'string', short: 's', multiple: true, default: [] },
      },
    });
    const loaded = loadConfig({
      folder: fileURLToPath(new URL('../../../config', import.meta.url)),
      ...(values.config === undefined ? {} : { file: values.config }),
      environment: process.env,
      assignments: values.set,
    });
    host = await openHost({
      loaded,
      clock: systemClock,
      timers: systemTimers,
      logDestination: process.stdout,
      openPorts: options.openPorts,
      openRpc: options.openRpc,
    });
    const stopped = new Promise<void>((resolve) => {
      process.once('SIGINT', () => resolve());
      process.once('SIGTERM', () => resolve());
    });
    const { logger } = host;
    const killSwitch = openKillSwitch(parseConfig(loaded, sharedConfigSchema).killSwitchFile);
    pullOnSignal(killSwitch, logger);
    const { failed } = await host.start(options.module);
    const failure = await Promise.race([stopped, failed ?? stopped]);
    // As a crash: it may not touch anything any more, and its supervisor starts it anew.
    if (failure !== undefined) endWith(failure);
    await host.stop();
  } catch (problem) {
    // What had been opened keeps a process alive that serves nothing, and no supervisor sees it.
    await host?.stop().catch(() => undefined);
    endWith(problem);
  }
}

function endWith(problem: unknown): never {
  process.stderr.write(`${describeProblem(problem)}\n`);
  process.exit(exitCodeOf(problem));
}
