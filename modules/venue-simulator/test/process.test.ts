import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '@ats/runtime';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const FOLDER = fileURLToPath(new URL('../../../config', import.meta.url));
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function configJson(...assignments: string[]): string {
  const all = ['admin.ports.venue-simulator=0', 'log.level=silent', ...assignments];
  return JSON.stringify(loadConfig({ folder: FOLDER, environment: {}, assignments: all }).values);
}

interface Process {
  readonly child: ChildProcess;
  readonly stdin: NodeJS.WritableStream;
  /** The first line of standard output, parsed. */
  readonly line: Promise<Record<string, unknown>>;
  readonly exitCode: Promise<number | null>;
}

function run(...args: string[]): Process {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['pipe', 'pipe', 'ignore'] });
  children.push(child);
  const exitCode = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => resolve(code));
  });
  const line = new Promise<Record<string, unknown>>((resolve) => {
    createInterface({ input: child.stdout }).once('line', (text) => resolve(JSON.parse(text)));
  });
  return { child, stdin: child.stdin, line, exitCode };
}

describe('the simulator as a process', () => {
  test('says where it listens in one line, and ends when its parent is gone', async () => {
    const { stdin, line, exitCode } = run('--config-json', '-');
    stdin.write(`${configJson()}\n`);
    const ready = await line;
    expect(ready).toMatchObject({ event: 'simulator.ready' });
    const venues = ready['venues'] as Record<string, { ws: string; rest: string }>;
    expect(Object.keys(venues)).toEqual(['binance', 'kraken', 'coinbase', 'upbit', 'bitfinex']);
    const ping = await fetch(`${venues['binance']?.rest}/api/v3/ping`);
    expect(ping.status).toBe(200);
    const health = await fetch(`${ready['adminUrl']}/healthz`);
    expect(await health.json()).toEqual({ status: 'ok', service: 'venue-simulator' });
    stdin.end();
    expect(await exitCode).toBe(0);
  });

  test('takes the configuration as an argument and ends on SIGTERM', async () => {
    const { child, line, exitCode } = run('--config-json', configJson());
    expect(await line).toMatchObject({ event: 'simulator.ready' });
    child.kill('SIGTERM');
    expect(await exitCode).toBe(0);
  });

  test('ends with code 2 and the setting to change when a port is in use', async () => {
    const occupant = createServer();
    await new Promise<void>((resolve) => occupant.listen(0, '127.0.0.1', resolve));
    const address = occupant.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const { line, exitCode } = run('--config-json', configJson(`simulator.ports.upbit=${port}`));
    const failed = await line;
    occupant.close();
    expect(failed).toMatchObject({
      event: 'simulator.failed',
      code: 'PORT_IN_USE',
      field: 'simulator.ports.upbit',
      value: port,
    });
    expect(failed['remedy']).toContain('simulator.ports.upbit');
    expect(await exitCode).toBe(2);
  });

  test('ends with code 2 when the configuration is wrong, naming every mistake', async () => {
    const wrong = configJson('simulator.rate=-1', 'simulator.speed=3');
    const { line, exitCode } = run('--config-json', wrong);
    const failed = await line;
    expect(failed).toMatchObject({ event: 'simulator.failed', code: 'CONFIG_INVALID' });
    expect(failed['message']).toContain('simulator.rate');
    expect(failed['message']).toContain('simulator.speed');
    expect(await exitCode).toBe(2);
  });
});
