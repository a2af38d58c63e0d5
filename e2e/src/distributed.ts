import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  findEngine,
  startDynamoDb,
  startInflux,
  startKafka,
  startRedis,
  startS3,
  startVictoriaMetrics,
} from '@ats/engines';
import type { EngineUrls } from './ats.ts';

/** What runs on the distributed profile. */
const FILES = ['distributed', 'up', 'orders', 'risk', 'flatten', 'dashboard'];

/** What does not, and why. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  backtest: 'it runs no services: "ats backtest" is one process in any profile',
  browser: "the pages talk to the dashboard's server alone, which dashboard.test holds",
  'browser-pages': 'the same',
  containers: 'it looks at images and compose files, not at a running system',
  feeds: "feeds are the collector's own; half of its cases look into the same process",
  monitoring: 'its queries and the page of metrics are about one process that has all services',
  parity: 'a session is recorded within one process, and --record-session says so',
  record: '"ats record" is the collector alone, in one process, and says so',
  recovery: 'backups are of embedded data; the servers of this profile have their own',
  replay: 'it runs no services',
};

const BUCKET = 'ats-audit';

async function startEngines() {
  const [redis, kafka, dynamo, s3, ticks] = await Promise.all([
    startRedis(),
    startKafka(),
    startDynamoDb(),
    startS3({ bucket: BUCKET }),
    findEngine('influxdb') === undefined ? startVictoriaMetrics() : startInflux(),
  ]);
  const token = 'token' in ticks ? `?token=${ticks.token}` : '';
  const urls: EngineUrls = {
    bus: redis.url,
    eventLog: `${kafka.url}?replicas=1&prefix={run}-`,
    stateStore: `${dynamo.url}?prefix={run}-`,
    tickStore: `influxdb://${ticks.host}:${ticks.port}/ats/ticks${token}`,
    archive: `s3://${BUCKET}/{run}?endpoint=${s3.endpoint}&region=${s3.region}`,
  };
  const { accessKeyId, secretAccessKey } = s3;
  const account = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
  return { urls, account, servers: [redis, kafka, dynamo, s3, ticks] };
}

/** @returns the files to run. Who adds a file says here where it belongs. */
function chosen(): readonly string[] {
  const there = readdirSync(join(import.meta.dirname, '../test')).map(
    (file) => file.split('.')[0] ?? '',
  );
  const unsaid = there.filter((name) => !FILES.includes(name) && LEFT_OUT[name] === undefined);
  if (unsaid.length > 0)
    throw new Error(`e2e/src/distributed.ts does not name ${unsaid.join(', ')}`);
  for (const name of there) {
    const reason = LEFT_OUT[name];
    if (reason !== undefined) process.stdout.write(`*** LEFT OUT: ${name}: ${reason}\n`);
  }
  return FILES.map((name) => `/${name}\\.test`);
}

function runJest(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  const root = join(import.meta.dirname, '../..');
  const jest = join(root, 'node_modules/jest/bin/jest.js');
  const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  const config = ['--config', join(root, 'e2e/jest.config.js')];
  const child = spawn(process.execPath, [...flags, jest, ...config, ...args], {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: 'inherit',
  });
  return new Promise((resolve) => child.once('close', (code) => resolve(code ?? 1)));
}

// The suites from outside, on one process per service: npm run e2e:distributed -- [JEST ARGUMENTS]
const args = process.argv.slice(2);
const own = args.some((one) => !one.startsWith('-') || one.startsWith('--testPathPatterns'));
const files = chosen();
const { urls, account, servers } = await startEngines();
try {
  process.exitCode = await runJest(own ? args : ['--testPathPatterns', files.join('|'), ...args], {
    ...account,
    ATS_E2E_PROFILE: 'distributed',
    ATS_E2E_ENGINES: JSON.stringify(urls),
  });
} finally {
  await Promise.all(servers.map((server) => server.close()));
}
