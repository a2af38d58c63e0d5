import { accessSync, constants, mkdirSync, statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import { AtsError } from '@ats/domain';
import { gatewayConfigSchema } from '@ats/order-gateway';
import { EXIT, parseConfig, rpcAddresses } from '@ats/runtime';
import pc from 'picocolors';
import { type ConfigFlags, type Configuration, loadConfiguration } from '../app/configuration.ts';
import { enginePlaces, silentEngines } from '../app/distributed/engine-places.ts';

export interface DoctorOptions extends ConfigFlags {
  readonly summary?: 'json';
}

/** One thing looked at. `warning` does not stop a run, `problem` does. */
interface Finding {
  readonly check: string;
  readonly state: 'ok' | 'warning' | 'problem';
  readonly detail: string;
  readonly remedy?: string;
}

const NODE_MAJOR_MIN = 24;
const DISK_FREE_MIN = 1024 ** 3;

/** Checks what a run needs of this machine. @returns 0, or 1 when something would stop a run */
export async function doctor(options: DoctorOptions): Promise<number> {
  const findings: Finding[] = [nodeVersion()];
  const configuration = readConfiguration(options, findings);
  if (configuration !== undefined) {
    findings.push(dataFolder(), ...(await ports(configuration)), ...(await engines(configuration)));
  }
  const failed = findings.some(({ state }) => state === 'problem');
  if (options.summary === 'json') {
    process.stdout.write(`${JSON.stringify({ ok: !failed, findings })}\n`);
  } else {
    process.stdout.write(`${findings.map(line).join('\n')}\n`);
  }
  return failed ? EXIT.failed : EXIT.ok;
}

function line(finding: Finding): string {
  const mark = {
    ok: pc.green('ok     '),
    warning: pc.yellow('warning'),
    problem: pc.red('problem'),
  };
  const remedy = finding.remedy === undefined ? '' : `\n          ${finding.remedy}`;
  return `${mark[finding.state]}  ${finding.check}: ${finding.detail}${remedy}`;
}

function nodeVersion(): Finding {
  const major = Number(process.versions.node.split('.')[0]);
  if (major >= NODE_MAJOR_MIN) return { check: 'node', state: 'ok', detail: process.version };
  return {
    check: 'node',
    state: 'problem',
    detail: `${process.version} runs this, ${NODE_MAJOR_MIN} or newer is needed`,
    remedy: 'Run "npm ci" and use "npm run ats -- ...": it brings its own Node.',
  };
}

function readConfiguration(options: DoctorOptions, findings: Finding[]): Configuration | undefined {
  try {
    const configuration = loadConfiguration(options);
    const { shared } = configuration;
    const venues = Object.values(shared.venues).filter(({ enabled }) => enabled).length;
    const detail = `profile ${shared.profile}, mode ${shared.mode}, ${venues} venues`;
    findings.push({ check: 'config', state: 'ok', detail });
    return configuration;
  } catch (problem) {
    if (!(problem instanceof AtsError)) throw problem;
    const remedy = problem.remedy === undefined ? {} : { remedy: problem.remedy };
    findings.push({ check: 'config', state: 'problem', detail: problem.message, ...remedy });
    return undefined;
  }
}

function dataFolder(): Finding {
  const folder = resolve('data');
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (cause) {
    return {
      check: 'data folder',
      state: 'problem',
      detail: `${folder} cannot be written to (${String(cause)})`,
      remedy: 'Run from a folder that you may write to.',
    };
  }
  const { bavail, bsize } = statfsSync(folder);
  const free = `${((bavail * bsize) / 1024 ** 3).toFixed(1)} GiB free`;
  return bavail * bsize >= DISK_FREE_MIN
    ? { check: 'data folder', state: 'ok', detail: `${folder}, ${free}` }
    : {
        check: 'data folder',
        state: 'warning',
        detail: `${folder}, only ${free}`,
        remedy: 'Free some space: market history is written there.',
      };
}

async function ports({ shared, loaded }: Configuration): Promise<Finding[]> {
  const admin = Object.entries(shared.admin.ports).map(([service, port]) => ({
    field: `admin.ports.${service}`,
    host: shared.admin.host,
    port,
  }));
  const rpc = Object.values(rpcAddresses(shared.rpc)).map(({ address, field }) => {
    const [host = '', port] = address.split(':');
    return { field, host, port: Number(port) };
  });
  const { gateway } = parseConfig(loaded, gatewayConfigSchema);
  const rest = { field: 'gateway.port', host: gateway.host, port: gateway.port };
  return Promise.all([...admin, ...rpc, rest].filter(({ port }) => port !== 0).map(portFree));
}

async function portFree(place: { field: string; host: string; port: number }): Promise<Finding> {
  const check = `port ${place.port}`;
  const failure = await new Promise<NodeJS.ErrnoException | undefined>((done) => {
    const server = createServer();
    server.once('error', done);
    server.listen(place.port, place.host, () => server.close(() => done(undefined)));
  });
  if (failure === undefined) return { check, state: 'ok', detail: `free for ${place.field}` };
  return {
    check,
    state: 'problem',
    detail: `${place.field}: ${place.host}:${place.port} cannot be used (${failure.code})`,
    remedy: `Stop what listens there, or choose another with --set ${place.field}=...`,
  };
}

async function engines({ shared }: Configuration): Promise<Finding[]> {
  const silent = await silentEngines(shared);
  return enginePlaces(shared).map((place): Finding => {
    const check = place.field;
    const where = `${place.host}:${place.port}`;
    return silent.some(({ field }) => field === check)
      ? {
          check,
          state: 'problem',
          detail: `nothing answers at ${where}`,
          remedy:
            `Start it, choose another with --set ${check}=..., or let "ats up --with-engines" ` +
            'start those of this machine.',
        }
      : { check, state: 'ok', detail: `${where} answers` };
  });
}
