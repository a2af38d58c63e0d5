import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { acceptsConnections } from '@ats/engines';
import { describeWithEngine, until } from '@ats/testkit';

const ENGINES = import.meta.resolve('@ats/engines');

/** Starts a server, and a process that holds its lifeline; says its port and that process's id. */
const PROGRAM = `
import { spawn } from 'node:child_process';
import { startRedis } from ${JSON.stringify(ENGINES)};
const { port, lifeline } = await startRedis();
const stdio = ['ignore', 'ignore', 'ignore', lifeline];
const held = process.argv[2] === 'held' && spawn('sleep', ['600'], { stdio, detached: true });
process.stdout.write(port + ' ' + (held ? held.pid : 0) + '\\n');
setInterval(() => undefined, 1000);
`;

const folder = mkdtempSync(join(tmpdir(), 'ats-lifeline-'));
const file = join(folder, 'owner.ts');
writeFileSync(file, PROGRAM);

/** A process that owns a server and is killed at once. */
async function killedOwner(...args: string[]) {
  const owner = spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await new Promise<[string]>((done) => {
    createInterface({ input: owner.stdout }).once('line', (text) => done([text]));
  });
  const [port = 0, holder = 0] = line.split(' ').map(Number);
  const answers = () => acceptsConnections({ host: '127.0.0.1', port });
  expect(await answers()).toBe(true);
  const ended = new Promise((done) => owner.once('close', done));
  owner.kill('SIGKILL');
  await ended;
  return { answers, holder };
}

describeWithEngine('redis', 'a server whose owner is killed', () => {
  it('ends', async () => {
    const { answers } = await killedOwner();
    await until(async () => !(await answers()));
  });

  it('goes on for whoever else holds its lifeline, and ends after them', async () => {
    const { answers, holder } = await killedOwner('held');
    expect(await answers()).toBe(true);
    process.kill(holder, 'SIGKILL');
    await until(async () => !(await answers()));
  });
});
