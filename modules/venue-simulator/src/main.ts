import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { AtsError } from '@ats/domain';
import {
  configFromParent,
  hasParentPipe,
  type LoadedConfig,
  loadConfig,
  onStopSignal,
  openLogger,
  openMetrics,
  parseConfig,
  seededRandom,
  systemClock,
  systemTimers,
} from '@ats/runtime';
import { startSimulator } from './app/start-simulator.ts';
import { simulatorConfigSchema } from './config.ts';

const SERVICE = 'venue-simulator';
/** Exit code for what the person who started it can correct. */
const USAGE = 2;

/**
 * `--config-json JSON` gives the whole merged configuration, `-` reads it as one line from
 * standard input; without it the project's own files are read, with `--set key=value` over them.
 */
async function loadFromArguments(): Promise<LoadedConfig> {
  const { values } = parseArgs({
    options: {
      'config-json': { type: 'string' },
      set: { type: 'string', multiple: true, default: [] },
    },
  });
  const json = values['config-json'];
  if (json === undefined) {
    const folder = fileURLToPath(new URL('../../../config', import.meta.url));
    return loadConfig({ folder, environment: process.env, assignments: values.set });
  }
  return configFromParent(json);
}

function failed(problem: unknown): never {
  const error = problem instanceof AtsError ? problem : undefined;
  const message = problem instanceof Error ? problem.message : String(problem);
  const { code = 'SERVICE_START_FAILED', remedy, context } = error ?? {};
  const { field, value } = context ?? {};
  const line = { event: 'simulator.failed', code, message, field, value, remedy };
  process.stdout.write(`${JSON.stringify(line)}\n`);
  const correctable = code === 'PORT_IN_USE' || code.startsWith('CONFIG_');
  process.exit(correctable ? USAGE : 1);
}

async function main(): Promise<void> {
  const config = parseConfig(await loadFromArguments(), simulatorConfigSchema);
  const logger = openLogger({
    service: SERVICE,
    level: config.log.level,
    destination: process.stderr,
  });
  const simulator = await startSimulator({
    config,
    clock: systemClock,
    timers: systemTimers,
    random: seededRandom(config.seed),
    logger,
    metrics: openMetrics({ service: SERVICE, processMetrics: true }),
  });
  const { venues, adminUrl } = simulator;
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    simulator.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  // Before the line that a parent waits for: it may send a signal as soon as it has read it.
  onStopSignal(stop, { parent: hasParentPipe() });
  process.stdout.write(`${JSON.stringify({ event: 'simulator.ready', venues, adminUrl })}\n`);
}

main().catch(failed);
