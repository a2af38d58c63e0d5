import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, resolve } from 'node:path';
import { gatewayConfigSchema } from '@ats/order-gateway';
import { parseConfig, rpcAddresses, type SharedConfig } from '@ats/runtime';
import { dashboardConfigSchema } from '@ats/ui-dashboard';
import type { Configuration } from '../app/configuration.ts';
import { type Check, type Finding, ok, problem, warning } from './findings.ts';

const NODE_MAJOR_MIN = 24;
const GIB = 1024 ** 3;
/** Below the first nothing durable can be kept for long; below the second somebody should look. */
const DISK_FREE_MIN = 0.2 * GIB;
const DISK_FREE_WANTED = 5 * GIB;

export const nodeCheck: Check = {
  name: 'node',
  run() {
    const major = Number(process.versions.node.split('.')[0]);
    if (major >= NODE_MAJOR_MIN) return [ok('node', process.version)];
    const detail = `${process.version} runs this, ${NODE_MAJOR_MIN} or newer is needed`;
    const remedy = 'Run "npm ci" and use "npm run ats -- ...": it brings its own Node.';
    return [problem('node', detail, remedy)];
  },
};

/** Folders that are written to: each can be, and has room. */
export function folderChecks({ shared }: Configuration): readonly Check[] {
  const folders = new Map(foldersOf(shared).map(([field, path]) => [resolve(path), field]));
  return [...folders].map(([path, field]) => ({
    name: 'disk',
    run: () => [folderFinding(path, field)],
  }));
}

function foldersOf(shared: SharedConfig): readonly (readonly [field: string, path: string])[] {
  const urls = {
    ...{ 'tickStore.url': shared.tickStore.url, 'eventLog.url': shared.eventLog.url },
    ...{ 'stateStore.url': shared.stateStore.url, 'archive.url': shared.archive.url },
  };
  const local = Object.entries(urls).flatMap(([field, url]) => {
    const path = /^(?:parquet|lmdb|file):(.+)$/.exec(url)?.[1];
    return path === undefined ? [] : [[field, path] as const];
  });
  return [...local, ['security.folder', shared.security.folder]];
}

function folderFinding(path: string, field: string): Finding {
  const there = nearestFolder(path);
  try {
    accessSync(there, constants.W_OK);
  } catch {
    const detail = `${field}: ${there} cannot be written to`;
    return problem(
      'disk',
      detail,
      `Run as a user who may, or choose another with --set ${field}=...`,
    );
  }
  const { bavail, bsize } = statfsSync(there);
  const free = bavail * bsize;
  const detail = `${field}: ${path}, ${(free / GIB).toFixed(1)} GiB free`;
  const remedy = 'Free some space, or choose another folder: nothing durable fits when it is full.';
  if (free < DISK_FREE_MIN) return problem('disk', detail, remedy);
  return free < DISK_FREE_WANTED ? warning('disk', detail, remedy) : ok('disk', detail);
}

/** The folder itself, or the one that it will be made in. */
const nearestFolder = (path: string): string =>
  existsSync(path) || dirname(path) === path ? path : nearestFolder(dirname(path));

/** Every port that is to be listened on. */
export function portChecks({ shared, loaded }: Configuration): readonly Check[] {
  const { host } = shared.admin;
  const admin = Object.entries(shared.admin.ports).map(([service, port]) => {
    return { field: `admin.ports.${service}`, addresses: [{ host, port }] };
  });
  const rpc = new Map(Object.values(rpcAddresses(shared.rpc)).map((at) => [at.field, at.address]));
  const grpc = [...rpc].map(([field, list]) => ({ field, addresses: addressesIn(list) }));
  const { gateway } = parseConfig(loaded, gatewayConfigSchema);
  const { dashboard } = parseConfig(loaded, dashboardConfigSchema);
  const rest = [
    { field: 'gateway.port', addresses: [{ host: gateway.host, port: gateway.port }] },
    { field: 'dashboard.port', addresses: [{ host: dashboard.host, port: dashboard.port }] },
  ];
  const places = [...admin, ...grpc, ...rest].filter(({ addresses }) =>
    addresses.every(({ port }) => port !== 0),
  );
  return [{ name: 'ports', run: () => portFindings(places) }];
}

interface Address {
  readonly host: string;
  readonly port: number;
}

/** Where one service listens: at the first of its addresses that it can have. */
interface Place {
  readonly field: string;
  readonly addresses: readonly Address[];
}

const addressesIn = (list: string): readonly Address[] =>
  list.split(',').map((address) => {
    const [host = '', port] = address.split(':');
    return { host, port: Number(port) };
  });

async function portFindings(places: readonly Place[]): Promise<readonly Finding[]> {
  const failures = await Promise.all(
    places.map(({ addresses }) => Promise.all(addresses.map(portFailure))),
  );
  const taken = places.flatMap(({ field, addresses }, index) => {
    const codes = failures[index] ?? [];
    if (codes.some((code) => code === undefined)) return [];
    const all = addresses.map(({ host, port }, at) => `${host}:${port} (${codes[at]})`);
    const detail = `${field}: cannot be used: ${all.join(', ')}`;
    const remedy = `Stop what listens there, or choose another with --set ${field}=...`;
    return [problem(`port ${addresses.map(({ port }) => port).join(', ')}`, detail, remedy)];
  });
  return taken.length > 0 ? taken : [ok('ports', `all ${places.length} are free`)];
}

function portFailure({ host, port }: Address): Promise<string | undefined> {
  return new Promise((done) => {
    const server = createServer();
    server.once('error', ({ code = 'failed' }: NodeJS.ErrnoException) => done(code));
    server.listen(port, host, () => server.close(() => done(undefined)));
  });
}
