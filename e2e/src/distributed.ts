import { spawn } from 'node:child_process';
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
import { DISTRIBUTED, LEFT_OUT } from './distributed-files.ts';

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

/** @returns the files to run, once it has said which do not, and why */
function chosen(): readonly string[] {
  for (const [name, reason] of Object.entries(LEFT_OUT)) {
    process.stdout.write(`*** LEFT OUT: ${name}: ${reason}\n`);
  }
  return DISTRIBUTED.map((name) => `/${name}\\.test`);
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
