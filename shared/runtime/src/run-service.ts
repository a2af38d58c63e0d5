import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { systemClock, systemTimers } from './clock.ts';
import { loadConfig } from './config/load.ts';
import { parseConfig } from './config/parse.ts';
import type { OpenSealed } from './config/sealed.ts';
import { sharedConfigSchema } from './config/shared-schema.ts';
import { describeProblem, exitCodeOf } from './exit-codes.ts';
import { type Closable, type HostOptions, openHost } from './host.ts';
import { openKillSwitch, pullOnSignal } from './kill-switch.ts';
import { reloadOnTriggers } from './reload-triggers.ts';
import type { RunningService, ServiceModule } from './service.ts';

/** How one service is run in a process of its own. */
export interface RunServiceOptions<Config, Ports extends Closable, Running extends RunningService>
  extends Pick<HostOptions<Ports>, 'openPorts' | 'openRpc' | 'openAudit'> {
  readonly module: ServiceModule<Config, NoInfer<Ports>, Running>;
  /** Opens encrypted values of the configuration; that of `@ats/security`. */
  readonly openSealed?: OpenSealed;
}

/**
 * Runs one service until SIGINT or SIGTERM, then drains it: what each module's `main.ts` calls.
 * SIGUSR2 pulls the kill switch, SIGHUP has the settings read again.
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
    const load = () =>
      loadConfig({
        folder: fileURLToPath(new URL('../../../config', import.meta.url)),
        ...(values.config === undefined ? {} : { file: values.config }),
        environment: process.env,
        assignments: values.set,
        ...(options.openSealed === undefined ? {} : { openSealed: options.openSealed }),
      });
    const loaded = load();
    host = await openHost({
      loaded,
      reread: load,
      clock: systemClock,
      timers: systemTimers,
      logDestination: process.stdout,
      openPorts: options.openPorts,
      openRpc: options.openRpc,
      ...(options.openAudit === undefined ? {} : { openAudit: options.openAudit }),
    });
    const stopped = new Promise<void>((resolve) => {
      process.once('SIGINT', () => resolve());
      process.once('SIGTERM', () => resolve());
    });
    const { logger } = host;
    const killSwitch = openKillSwitch(parseConfig(loaded, sharedConfigSchema).killSwitchFile);
    pullOnSignal(killSwitch, logger);
    for (const { notice } of loaded.layers) {
      if (notice !== undefined) logger.warn('config.migrated', notice);
    }
    await host.start(options.module);
    const endReloads = reloadOnTriggers(host);
    await stopped;
    endReloads();
    await host.stop();
  } catch (problem) {
    process.stderr.write(`${describeProblem(problem)}\n`);
    // What had been opened keeps a process alive that serves nothing, and no supervisor sees it.
    await host?.stop().catch(() => undefined);
    process.exit(exitCodeOf(problem));
  }
}
