import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { AtsError } from '@ats/domain';
import { systemClock, systemTimers } from './clock.ts';
import { type LoadedConfig, loadConfig } from './config/load.ts';
import { parseConfig } from './config/parse.ts';
import type { OpenSealed } from './config/sealed.ts';
import { sharedConfigSchema } from './config/shared-schema.ts';
import { describeProblem, exitCodeOf } from './exit-codes.ts';
import { type Closable, type HostOptions, openHost } from './host.ts';
import { openKillSwitch, pullOnSignal } from './kill-switch.ts';
import { configFromParent, onStopSignal } from './parent-process.ts';
import { reloadOnTriggers } from './reload-triggers.ts';
import type { RunningService, ServiceModule } from './service.ts';
import type { ServiceMessage } from './supervised-process.ts';

/** How one service is run in a process of its own. */
export interface RunServiceOptions<Config, Ports extends Closable, Running extends RunningService>
  extends Pick<HostOptions<Ports>, 'openPorts' | 'openRpc' | 'openAudit'> {
  readonly module: ServiceModule<Config, NoInfer<Ports>, Running>;
  /** Opens encrypted values of the configuration; that of `@ats/security`. */
  readonly openSealed?: OpenSealed;
}

/**
 * Runs one service until SIGINT or SIGTERM, then drains it: what each module's `main.ts` calls.
 * SIGUSR2 pulls the kill switch, SIGHUP has the settings read again where no parent tells them.
 * Takes `--config FILE` and `--set key=value`, or from a parent the whole configuration by
 * `--config-json -`; logs JSON lines to stdout. Exit codes as the command line's: 0 drained,
 * 1 failed, 2 bad input. A parent with a channel is told once it serves, or why it cannot.
 */
export async function runService<Config, Ports extends Closable, Running extends RunningService>(
  options: RunServiceOptions<Config, Ports, Running>,
): Promise<void> {
  let host: Awaited<ReturnType<typeof openHost<Ports>>> | undefined;
  try {
    const { loaded, reread } = await loadFromArguments(options.openSealed);
    const parent = reread === undefined;
    host = await openHost({
      name: options.module.name,
      loaded,
      ...(reread === undefined ? {} : { reread }),
      clock: systemClock,
      timers: systemTimers,
      logDestination: process.stdout,
      openPorts: options.openPorts,
      openRpc: options.openRpc,
      ...(options.openAudit === undefined ? {} : { openAudit: options.openAudit }),
    });
    const stopped = new Promise<undefined>((resolve) => {
      // A signal is no failure, though it would be its name that this resolves with.
      onStopSignal(() => resolve(undefined), { parent });
    });
    const { logger } = host;
    const killSwitch = openKillSwitch(parseConfig(loaded, sharedConfigSchema).killSwitchFile);
    pullOnSignal(killSwitch, logger);
    for (const { notice } of loaded.layers) {
      if (notice !== undefined) logger.warn('config.migrated', notice);
    }
    const { failed } = await host.start(options.module);
    const endReloads = parent ? undefined : reloadOnTriggers(host);
    await tellSupervisor({ event: 'service.started' });
    const failure = await Promise.race([stopped, failed ?? stopped]);
    // As a crash: it may not touch anything any more, and its supervisor starts it anew.
    if (failure !== undefined) endWith(failure);
    endReloads?.();
    await host.stop();
    // What a parent may still say keeps nobody alive.
    if (parent) process.stdin.destroy();
  } catch (problem) {
    // What had been opened keeps a process alive that serves nothing, and no supervisor sees it.
    await host?.stop().catch(() => undefined);
    await tellSupervisor(failureOf(problem));
    endWith(problem);
  }
}

function endWith(problem: unknown): never {
  process.stderr.write(`${describeProblem(problem)}\n`);
  process.exit(exitCodeOf(problem));
}

/** @returns with a way to read the settings again, unless a parent told them */
async function loadFromArguments(openSealed: OpenSealed | undefined): Promise<{
  readonly loaded: LoadedConfig;
  readonly reread?: () => LoadedConfig;
}> {
  const { values } = parseArgs({
    options: {
      config: { type: 'string', short: 'c' },
      'config-json': { type: 'string' },
      set: { type: 'string', short: 's', multiple: true, default: [] },
    },
  });
  const json = values['config-json'];
  if (json !== undefined) return { loaded: await configFromParent(json) };
  const reread = () =>
    loadConfig({
      folder: fileURLToPath(new URL('../../../config', import.meta.url)),
      ...(values.config === undefined ? {} : { file: values.config }),
      environment: process.env,
      assignments: values.set,
      ...(openSealed === undefined ? {} : { openSealed }),
    });
  return { loaded: reread(), reread };
}

/** Nothing where nobody supervises it, or where they are gone. */
function tellSupervisor(message: ServiceMessage): Promise<void> {
  if (process.send === undefined || !process.connected) return Promise.resolve();
  return new Promise((told) => process.send?.(message, () => told()));
}

function failureOf(problem: unknown): ServiceMessage {
  const { code = 'SERVICE_START_FAILED', remedy } = problem instanceof AtsError ? problem : {};
  const message = problem instanceof Error ? problem.message : String(problem);
  return { event: 'service.failed', code, message, ...(remedy === undefined ? {} : { remedy }) };
}
