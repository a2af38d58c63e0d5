import { accessSync, constants, mkdirSync, statfsSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { resolve } from 'node:path';
import { AtsError } from '@ats/domain';
import { gatewayConfigSchema } from '@ats/order-gateway';
import { EXIT, parseConfig, rpcAddresses } from '@ats/runtime';
import pc from 'picocolors';
import { type ConfigFlags, type Configuration, loadConfiguration } from '../app/configuration.ts';

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
const CONNECT_LIMIT_MS = 1000;

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
  const urls = { 'bus.url': shared.bus.url, 'tickStore.url': shared.tickStore.url };
  const remote = Object.entries(urls).filter(([, url]) => /^(redis|influxdb)/.test(url));
  return Promise.all(
    remote.map(async ([field, text]): Promise<Finding> => {
      const url = new URL(text);
      const reached = await reaches({ host: url.hostname, port: Number(url.port || 6379) });
      const where = `${url.protocol}//${url.host}`;
      return reached
        ? { check: field, state: 'ok', detail: `${where} answers` }
        : {
            check: field,
            state: 'problem',
            detail: `${where} does not answer`,
            remedy: `Start it, or choose another with --set ${field}=...`,
          };
    }),
  );
}

function reaches(address: { host: string; port: number }): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect({ ...address, timeout: CONNECT_LIMIT_MS });
    const end = (reached: boolean) => {
      socket.destroy();
      done(reached);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}
