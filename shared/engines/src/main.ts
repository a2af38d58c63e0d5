import { parseArgs } from 'node:util';
import { ENGINES, type Engine, engineVersion, findEngine } from './catalogue.ts';
import { buildInflux, installDebianPackages, ProvisionError } from './provision.ts';
import { installMavenEngine, missingJavaPackages } from './provision-maven.ts';
import { buildS3Gateway } from './provision-s3.ts';

const HELP = `Usage: npm run engines -- [--check] [--with influxdb]

Installs what tests run against for real: Redis, VictoriaMetrics, Prometheus with Alertmanager and
the browser Chromium from Debian; Kafka and DynamoDB Local by Maven (Java 17 comes from Debian where
there is none); the S3 server versitygw by Go. Tests start private processes of them on free ports;
no system service is used or started.

  --check           print what is there, with versions, and install nothing
  --with influxdb   also build InfluxDB 2 from its Go module (needs Go, Rust, a C compiler)
  --help            print this

Tests without their engine are skipped and say so; ATS_ENGINES=require makes that a failure
for the engines marked required. ATS_ENGINE_REDIS=/path and the like name an executable, CHROMIUM
that of the browser.
Exit codes: 0 done, 1 an engine could not be had, 2 wrong usage.
`;

function line(engine: Engine): string {
  const path = findEngine(engine.name);
  const version = path === undefined ? undefined : engineVersion(engine, path);
  const found = path === undefined ? 'missing' : `${version ?? 'does not run'}  ${path}`;
  const need = engine.required ? 'required' : 'optional';
  return `${engine.name.padEnd(17)} ${need}  ${found}\n${' '.repeat(18)}for ${engine.usedFor}\n`;
}

function report(): void {
  for (const engine of ENGINES) process.stdout.write(line(engine));
}

function parse() {
  return parseArgs({
    options: {
      check: { type: 'boolean', default: false },
      with: { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', default: false },
    },
  }).values;
}

async function provision(extras: readonly string[]): Promise<void> {
  const servers = ENGINES.filter((engine) => findEngine(engine.name) === undefined)
    .map((engine) => engine.debianPackage)
    .filter((name) => name !== undefined);
  const packages = [...new Set([...servers, ...missingJavaPackages()])];
  if (packages.length > 0) installDebianPackages(packages);
  for (const name of ['kafka', 'dynamodb'] as const) {
    if (findEngine(name) === undefined) await installMavenEngine(name);
  }
  if (findEngine('s3') === undefined) await buildS3Gateway();
  if (extras.includes('influxdb') && findEngine('influxdb') === undefined) await buildInflux();
}

async function main(): Promise<number> {
  let options: ReturnType<typeof parse>;
  try {
    options = parse();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${HELP}`);
    return 2;
  }
  const unknown = options.with.filter((name) => name !== 'influxdb');
  if (options.help || unknown.length > 0) {
    process.stdout.write(HELP);
    return unknown.length > 0 ? 2 : 0;
  }
  try {
    if (!options.check) await provision(options.with);
  } catch (error) {
    if (!(error instanceof ProvisionError)) throw error;
    process.stderr.write(`${error.message}\n\n`);
    report();
    return 1;
  }
  report();
  return 0;
}

process.exitCode = await main();
