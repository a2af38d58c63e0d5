import { existsSync, mkdtempSync, readdirSync, readlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWhen, until } from '@ats/testkit';
import { z } from 'zod';
import { ats, FREE_PORTS, ownData, PROFILE, startAts } from '../src/ats.ts';

const SLOW = { timeoutMs: 120_000, periodMs: 100 };
const UP = ['up', '--seed', '5', ...FREE_PORTS];

const summaryBody = z.looseObject({
  restarts: z.record(z.string(), z.int()),
  ledger: z.looseObject({ entries: z.int(), balanced: z.boolean() }),
  invariants: z.looseObject({ ok: z.boolean(), violations: z.array(z.string()) }),
});
const summaryIn = (stdout: string) =>
  summaryBody.parse(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? ''));

/** Kills a system that serves, its supervisor alone. @returns what still runs in its folder */
async function killed(folder: string, args: readonly string[]): Promise<() => readonly string[]> {
  const running = startAts([...args, '--plain', '--with-engines', join(folder, 'engines')]);
  await until(() => running.stdout().includes('"event":"status"'), SLOW);
  const pids = [...running.stdout().matchAll(/"event":"process.started".*?"pid":(\d+)/g)];
  const services = pids.map(([, pid]) => `${pid}`);
  const inFolder = (): readonly string[] =>
    readdirSync('/proc').filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/cwd`).startsWith(folder);
      } catch {
        return false;
      }
    });
  expect(inFolder().length).toBeGreaterThanOrEqual(5);
  // The whole group: npm, and the supervisor that it started.
  running.signal('SIGKILL');
  await running.outcome;
  return () => [...inFolder(), ...services.filter((pid) => existsSync(`/proc/${pid}`))];
}

const need = {
  available: PROFILE === 'distributed',
  reason: 'it needs servers. Run `npm run e2e:distributed`.',
};

describeWhen(need, 'one process for each service', () => {
  test('one that dies is started again; one that does not drain is told', async () => {
    const running = startAts([...UP, '--plain', ...ownData()]);
    const lines = () => running.stdout().split('\n');
    const saying = (event: string, name: string) =>
      lines().filter((line) => line.includes(`"${event}"`) && line.includes(`"${name}"`));
    const pidOf = (name: string) =>
      Number(/"pid":(\d+)/.exec(saying('process.started', name).at(-1) ?? '')?.[1]);
    await until(() => running.stdout().includes('"event":"status"'), SLOW);
    // On a busy machine one may have been started again before: its server was late.
    const counts = () => [
      saying('process.ended', 'oms-core'),
      saying('service.started', 'oms-core'),
    ];
    const [ended = 0, started = 0] = counts().map(({ length }) => length);
    process.kill(pidOf('oms-core'), 'SIGKILL');
    await until(() => counts()[0]?.length === ended + 1, SLOW);
    await until(() => counts()[1]?.length === started + 1, SLOW);
    process.kill(pidOf('notification'), 'SIGSTOP');
    running.signal('SIGINT');
    const { code, stdout } = await running.outcome;
    const { restarts, ledger, invariants } = summaryIn(stdout);
    // Ended by the signal itself, npm has no code to hand on.
    expect(code).not.toBe(0);
    expect(restarts['oms-core']).toBe(ended + 1);
    expect({ balanced: ledger.balanced, invariants }).toEqual({
      balanced: true,
      invariants: { ok: false, violations: ['notification did not drain'] },
    });
  }, 300_000);

  test('starts servers, leaves none when it is killed, and finds their data', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ats-e2e-engines-'));
    const here = [
      ...['bus.url=redis://127.0.0.1:0', 'eventLog.url=kafka://127.0.0.1:0?replicas=1'],
      ...[
        'stateStore.url=dynamodb+http://127.0.0.1:0',
        'tickStore.url=influxdb://127.0.0.1:0/ats/ticks',
      ],
      'archive.url=s3://ats-own/events?endpoint=http://127.0.0.1:0',
    ].flatMap((assignment) => ['--set', assignment]);
    const once = async () => {
      const ending = ['--duration', '3s', '--summary', 'json'];
      const engines = ['--with-engines', join(folder, 'engines')];
      const { code, stdout, stderr } = await ats([
        ...UP,
        ...ownData(folder),
        ...here,
        ...engines,
        ...ending,
      ]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: expect.any(String) });
      return summaryIn(stdout).ledger;
    };
    const first = await once();
    const left = await killed(folder, [...UP, ...ownData(folder), ...here]);
    await until(() => left().length === 0, SLOW);
    const second = await once();
    expect(first).toMatchObject({ balanced: true });
    expect(second).toMatchObject({ balanced: true });
    expect(second.entries).toBeGreaterThanOrEqual(first.entries);
    expect(first.entries).toBeGreaterThan(0);
  }, 400_000);

  const refused: [string, string[], number, RegExp][] = [
    [
      'a server that is down, with its URL and the remedy',
      ['up', '--set', 'eventLog.url=kafka://127.0.0.1:1'],
      1,
      /nothing answers at eventLog\.url kafka:\/\/127\.0\.0\.1:1 .*\n.*--with-engines/,
    ],
    [
      'to record a session',
      ['up', '--record-session', '/tmp/x'],
      2,
      /--record-session.*\n.*embedded/,
    ],
    ['to record', ['record', '--out', '/tmp/x.gz'], 2, /ats record.*\n.*--profile embedded/],
  ];
  test.each(refused)('refuses %s', async (_name, [command = '', ...args], exit, expected) => {
    const all = [command, ...FREE_PORTS, ...ownData(), '--duration', '1s', ...args];
    const { code, stderr } = await ats(all);
    expect(stderr).toMatch(expected);
    expect(code).toBe(exit);
  });
});
