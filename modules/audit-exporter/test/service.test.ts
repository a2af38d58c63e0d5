import { AUDIT_SERVICE } from '@ats/contracts';
import {
  loadConfig,
  openRpcDirectory,
  parseConfig,
  type RpcDirectory,
  seededRandom,
  systemClock,
  systemTimers,
  UNGUARDED,
} from '@ats/runtime';
import { memoryMetrics, until } from '@ats/testkit';
import { auditConfigSchema, auditExporter } from '../src/index.ts';
import { Stage } from './stage.ts';

const deadlineMs = 20_000;
const ANY = {
  ...{ correlationId: '', key: '', topic: '', fromUs: 0, toUs: 0, limit: 0, latest: false },
};
const CONFIG_FOLDER = new URL('../../../config', import.meta.url).pathname;

describe.each(['direct', 'grpc'])('the audit service, called %s', (binding) => {
  let stage: Stage;
  const closing: (() => Promise<void>)[] = [];
  beforeEach(async () => {
    stage = await Stage.open();
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
    await stage.close();
  });

  async function start(...assignments: string[]) {
    const parts = {
      clock: systemClock,
      timers: systemTimers,
      random: seededRandom(1),
      logger: stage.logger,
    };
    const open = (address: string): RpcDirectory => {
      const addresses = { [AUDIT_SERVICE.fullName]: { address, field: 'rpc.auditAddress' } };
      const rpc = openRpcDirectory({
        guard: UNGUARDED,
        ...parts,
        metrics: memoryMetrics(),
        addresses,
      });
      closing.push(() => rpc.close());
      return rpc;
    };
    const loaded = loadConfig({ folder: CONFIG_FOLDER, environment: {}, assignments });
    const rpc = open('127.0.0.1:0');
    const { log, archive, metrics } = stage;
    const running = await auditExporter.start({
      ...parts,
      config: parseConfig(loaded, auditConfigSchema),
      metrics,
      rpc,
      ports: { eventLog: () => Promise.resolve(log), archive: () => Promise.resolve(archive) },
    });
    const caller = binding === 'direct' ? rpc : open(running.address);
    return { running, client: caller.client(AUDIT_SERVICE) };
  }

  it('finds records by what caused them, by key and by time, in log order', async () => {
    const { client } = await start('audit.segmentRecordsMax=2');
    await stage.append(6);
    await stage.append(6, { topic: 'trades.dead', from: 6 });
    await until(async () => (await stage.names('events/')).length === 6);
    const any = ANY;
    const ask = async (filter: Partial<typeof any>): Promise<string[]> => {
      const { records } = await client.QueryRecords({ ...any, ...filter }, { deadlineMs });
      return records.map(({ eventId }) => eventId);
    };
    const all = Array.from({ length: 12 }, (_, number) => `event-${number}`);
    expect((await ask({})).sort()).toEqual(all.sort());
    expect(await ask({ correlationId: 'correlation-1', limit: 2 })).toEqual(['event-1', 'event-4']);
    expect(await ask({ key: 'other' })).toEqual([]);
    expect(await ask({ topic: 'trades.dead', limit: 2 })).toEqual(['event-6', 'event-7']);
    expect(await ask({ topic: 'trades.dead', limit: 2, latest: true })).toEqual([
      'event-10',
      'event-11',
    ]);
    const [first, second] = await stage.log.read({ topic: 'alerts', partition: 0, from: 2 });
    const { loggedAtUs: fromUs = 0, payload } = first ?? {};
    const later = await ask({ fromUs, toUs: (second?.loggedAtUs ?? 0) + 1 });
    expect(later).toEqual(expect.arrayContaining(['event-2', 'event-3']));
    expect(later).not.toContain('event-6');
    const { records } = await client.QueryRecords({ ...any, fromUs, limit: 1 }, { deadlineMs });
    expect(records).toMatchObject([
      { topic: 'alerts', partition: 0, loggedAtUs: fromUs, schema: 'ats.alert.v1.Alert' },
    ]);
    expect(JSON.parse(records[0]?.payloadJson ?? '')).toHaveProperty('summary');
    expect(Buffer.from(records[0]?.payload ?? []).equals(payload ?? Buffer.of(0))).toBe(true);
  });

  it('verifies the archive while it is written', async () => {
    const { client, running } = await start(
      'audit.segmentRecordsMax=3',
      'audit.headIntervalMs=100',
    );
    const appended = stage.append(200);
    const whole = { problems: [] };
    expect(await client.VerifyArchive({ topic: '' }, { deadlineMs })).toMatchObject(whole);
    await appended;
    expect(running.readiness()).toEqual({ ready: true, reasons: [] });
    await running.drain();
    expect(await stage.verify()).toMatchObject({ records: 200, problems: [] });
  });

  it('names what is wrong with a request', async () => {
    const { client } = await start();
    const any = ANY;
    const code = 'RPC_INVALID_ARGUMENT';
    for (const wrong of [{ limit: 1001 }, { limit: -1 }, { fromUs: -1 }, { toUs: -1 }]) {
      const call = client.QueryRecords({ ...any, ...wrong }, { deadlineMs });
      await expect(call).rejects.toMatchObject({ code });
    }
    const call = client.VerifyArchive({ topic: 'gossip' }, { deadlineMs });
    await expect(call).rejects.toMatchObject({ code, message: expect.stringContaining('gossip') });
    const farAway = { ...any, toUs: Number.MAX_SAFE_INTEGER };
    expect(await client.QueryRecords(farAway, { deadlineMs })).toEqual({ records: [] });
  });

  it('leaves nothing unarchived when it is drained', async () => {
    const { running, client } = await start();
    for (const topic of ['alerts', 'orders.events', 'ledger.entries'] as const) {
      await stage.append(300, { topic });
    }
    await running.drain();
    expect(await stage.verify()).toMatchObject({ records: 900, heads: 1, problems: [] });
    const gone = client.VerifyArchive({ topic: '' }, { deadlineMs: 300 });
    await expect(gone).rejects.toMatchObject({ code: expect.stringMatching(/^RPC_/) });
  });
});
