import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NOTIFICATION_SERVICE } from '@ats/contracts';
import { makeAlert } from '@ats/domain';
import { notification, notificationConfigSchema } from '@ats/notification';
import { alertRecord } from '@ats/orders';
import { loadConfig, parseConfig, seededRandom, systemClock, systemTimers } from '@ats/runtime';
import { openPorts, type PortsConfig } from '@ats/storage';
import { freePort, memoryMetrics, silentLogger, until } from '@ats/testkit';
import { ats } from '../ats.ts';
import { openGuardedRpc } from '../guarded-rpc.ts';

const CONFIG_FOLDER = fileURLToPath(new URL('../../../../config', import.meta.url));
const deadlineMs = 20_000;

/** The notification service as it runs, with a webhook where nobody listens. */
async function startSystem() {
  const folder = await mkdtemp(join(tmpdir(), 'ats-notify-'));
  const nobody = `http://127.0.0.1:${await freePort()}/`;
  const assignments = [
    `eventLog.url=lmdb:${folder}/log`,
    `stateStore.url=lmdb:${folder}/state`,
    `archive.url=file:${folder}/audit`,
    `tickStore.url=parquet:${folder}/ticks`,
    'notification.channels.hook.kind=webhook',
    'notification.channels.hook.secret=a-secret-of-some-length',
    'notification.retry.attemptsMax=1',
    'notification.foldMs=0',
  ];
  const loaded = loadConfig({ folder: CONFIG_FOLDER, environment: {}, assignments });
  const parts = {
    clock: systemClock,
    timers: systemTimers,
    random: seededRandom(1),
    logger: silentLogger(),
    metrics: memoryMetrics(),
  };
  const own = { address: '127.0.0.1:0', field: 'rpc.notificationAddress' };
  const addresses = { [NOTIFICATION_SERVICE.fullName]: own };
  const opened = await openGuardedRpc({ ...parts, addresses }, join(folder, 'security'), {
    as: 'operator',
  });
  const { rpc } = opened;
  const ports = openPorts({ ...parts, config: loaded.values as unknown as PortsConfig });
  const config = parseConfig(loaded, notificationConfigSchema);
  const running = await notification.start({ ...parts, rpc, ports, config });
  const client = rpc.client(NOTIFICATION_SERVICE);
  return {
    nobody,
    where: [...opened.where, '--set', `rpc.notificationAddress=${running.address}`],
    client,
    /** Tells a person of everything on the webhook. */
    tell: async (personId: string) => {
      const person = { personId, name: personId, locale: 'en', zone: 'UTC', digestAt: '08:00' };
      const addresses = { hook: nobody };
      await client.PutPerson({ person: { ...person, addresses, quietHours: [] } }, { deadlineMs });
      const rule = { ruleId: '', personId, channel: 'hook', venue: '', instrument: '' };
      const all = { severityMin: 'SEVERITY_INFO', area: 'ALERT_AREA_UNSPECIFIED' } as const;
      const soon = {
        frequency: 'FREQUENCY_IMMEDIATE',
        escalateTo: [],
        acknowledgeWithinS: 0,
      } as const;
      await client.PutRule({ rule: { ...rule, ...all, ...soon, escalateTo: [] } }, { deadlineMs });
    },
    raise: async (key: string) => {
      const said = {
        key,
        severity: 'critical',
        area: 'system',
        summary: `${key} is down`,
      } as const;
      const alert = makeAlert({ ...said, raisedAtUs: systemClock.nowUs() });
      await (await ports.eventLog()).append(alertRecord(alert, 'raised'));
    },
    async stop() {
      await running.drain();
      await rpc.close();
      await ports.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

describe('ats notify', () => {
  let system: Awaited<ReturnType<typeof startSystem>>;
  beforeAll(async () => {
    system = await startSystem();
  });
  afterAll(() => system.stop());

  const run = (...args: string[]) => ats('notify', ...args, ...system.where);
  const json = async (...args: string[]) => {
    const { stdout, stderr } = await run(...args, '--json');
    expect(stderr).toBe('');
    return JSON.parse(stdout);
  };

  it('keeps people and their rules', async () => {
    const address = `hook=${system.nobody}`;
    const flags = ['--name', 'Ann', '--zone', 'Asia/Seoul', '--quiet', '22:00-07:00@6,7'];
    const { person } = await json('people', 'put', 'ann', ...flags, '--address', address);
    expect(person).toMatchObject({
      ...{ personId: 'ann', zone: 'Asia/Seoul', addresses: { hook: system.nobody } },
      quietHours: [{ from: '22:00', to: '07:00', weekdays: [6, 7] }],
    });
    const rule = ['rules', 'put', '--person', 'ann', '--channel', 'hook', '--severity', 'warning'];
    await json(...rule);
    const table = await run('rules');
    expect(table).toMatchObject({ code: 0, stderr: '' });
    expect(table.stdout).toMatch(/ann .*hook .*warning .*all .*immediate/);
    expect((await run('rules', 'remove', 'no-such-rule')).code).toBe(1);
    expect((await json('people', 'remove', 'ann')).removed).toBe(true);
  }, 120_000);

  it('shows conditions and bells, and takes acknowledgements, mutes and snoozes', async () => {
    await system.raise('venue.down:kraken');
    const list = () => system.client.ListBell({ personId: '', limit: 0 }, { deadlineMs });
    await until(async () => (await list()).entries.length === 1, { timeoutMs: 40_000 });
    expect((await run('bell')).stdout).toContain('venue.down:kraken is down');
    const { condition } = await json('ack', 'venue.down:kraken', '--actor', 'ann');
    expect(condition.acknowledgedBy).toBe('ann');
    expect((await run('conditions')).stdout).toContain('ann has it');
    const key = ['--key', 'venue.down:kraken', '--actor', 'ann'];
    const { mute } = await json('snooze', ...key, '--for', '2h');
    expect((await run('mutes')).stdout).toContain('venue.down:kraken');
    expect((await json('unmute', mute.muteId)).removed).toBe(true);
  }, 120_000);

  it('says what a channel answered, and lists what could not be delivered', async () => {
    const tried = await run('test', 'hook', '--address', system.nobody);
    expect(tried.code).toBe(1);
    expect(tried.stdout).toContain('the webhook did not answer: ECONNREFUSED');
    await system.tell('ben');
    await system.raise('venue.down:upbit');
    const wanted = { outcome: 'MESSAGE_OUTCOME_DEAD', personId: '', limit: 0 } as const;
    const dead = async () => (await system.client.ListMessages(wanted, { deadlineMs })).messages;
    await until(async () => (await dead()).length === 1, { timeoutMs: 40_000 });
    expect((await run('dead-letters')).stdout).toMatch(
      /ben .*hook .*dead .*venue.down:upbit is down/,
    );
    const history = ['history', '--person', 'ben', '--since', '1h', '--outcome', 'dead'];
    const { deliveries } = await until(
      async () => {
        const answer = await json(...history);
        return answer.deliveries.length > 0 ? answer : undefined;
      },
      { timeoutMs: 60_000, what: 'the dead letter in the history' },
    );
    expect(deliveries).toHaveLength(1);
    expect((await run(...history)).stdout).toMatch(/ben .*hook .*dead .*critical .*NOTIFICATION_C/);
    expect((await run('statistics')).stdout).toContain('hook');
    expect((await json('statistics', '--since', '1d')).channels[0]).toMatchObject({ dead: 1 });
  }, 120_000);

  it.each([
    [
      'quiet hours',
      ['people', 'put', 'ann', '--name', 'Ann', '--quiet', '9-5'],
      '--quiet is "9-5"',
    ],
    ['a channel', ['rules', 'put', '--person', 'ann', '--channel', 'fax'], 'channel is "fax"'],
    ['a condition', ['ack', 'no.such', '--actor', 'ann'], 'no condition "no.such"'],
  ])(
    'names %s that cannot be so',
    async (_what, args, said) => {
      const { code, stdout, stderr } = await run(...args);
      expect(stderr).toContain(said);
      expect([stdout, code]).toEqual(['', 2]);
    },
    60_000,
  );
});
