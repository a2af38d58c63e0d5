import { fstatSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { AtsError } from '@ats/domain';
import {
  type LoadedConfig,
  loadConfig,
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
  return loadedFrom(json === '-' ? await firstLineOfStdin() : json);
}

function loadedFrom(text: string): LoadedConfig {
  try {
    const values = JSON.parse(text);
    return { values, layers: [{ source: '--config-json', values }] };
  } catch (cause) {
    throw new AtsError({
      code: 'CONFIG_UNREADABLE',
      message: '--config-json is not JSON',
      remedy: 'Give the merged configuration as one line of JSON.',
      context: { field: '--config-json', value: text.slice(0, 80) },
      cause,
    });
  }
}

async function firstLineOfStdin(): Promise<string> {
  let text = '';
  process.stdin.setEncoding('utf8');
  for await (const chunk of process.stdin.iterator({ destroyOnReturn: false })) {
    text += chunk;
    const end = text.indexOf('\n');
    if (end >= 0) return text.slice(0, end);
  }
  return text;
}

/**
 * A parent's pipe that closes means that the parent is gone. While there is a parent, Ctrl-C is
 * its to handle: the terminal sends it to both, and the exchanges must not go first.
 */
function stopOnSignals(stop: () => void): void {
  process.once('SIGTERM', stop);
  const stdin = fstatSync(0);
  const hasParent = stdin.isFIFO() || stdin.isSocket();
  process.on('SIGINT', hasParent ? () => undefined : stop);
  if (hasParent) process.stdin.once('end', stop).once('close', stop).once('error', stop).resume();
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
  stopOnSignals(stop);
  process.stdout.write(`${JSON.stringify({ event: 'simulator.ready', venues, adminUrl })}\n`);
}

main().catch(failed);
