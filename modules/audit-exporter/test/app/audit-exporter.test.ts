import { gunzipSync } from 'node:zlib';
import { until } from '@ats/testkit';
import { Stage } from '../stage.ts';

describe('the audit exporter', () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await Stage.open();
  });
  afterEach(() => stage.close());

  const lines = async (name: string): Promise<Record<string, unknown>[]> => {
    const bytes = await stage.archive.get(name);
    const text = gunzipSync(bytes ?? Buffer.alloc(0)).toString();
    return text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  };

  it('archives each record as one readable line with its bytes, and commits', async () => {
    const exporter = await stage.export();
    await stage.append(3);
    await exporter.drain();
    const [name = '', ...others] = await stage.names('events/');
    expect(others).toEqual([]);
    expect(name).toMatch(/^events\/dt=\d{4}-\d\d-\d\d\/topic=alerts\/p=0\/offset=0-2\.jsonl\.gz$/);
    const [first, second] = await lines(name);
    expect(first?.['segment']).toEqual({ firstOffset: 0, lastOffset: 2, previousDigest: '' });
    const [record] = await stage.log.read({ topic: 'alerts', partition: 0, from: 1, limit: 1 });
    expect(second).toEqual({
      topic: 'alerts',
      partition: 0,
      offset: 1,
      eventId: 'event-1',
      schema: 'ats.alert.v1.Alert',
      key: 'feed.down:kraken',
      correlationId: 'correlation-1',
      traceparent: null,
      loggedAtUs: record?.loggedAtUs,
      deadLetter: null,
      payload: expect.objectContaining({
        severity: 'SEVERITY_WARNING',
        summary: 'number 1',
        facts: { number: '1' },
        raisedAtUs: '1780000000000001',
      }),
      problem: null,
      bytes: Buffer.from(record?.payload ?? []).toString('base64'),
    });
    const group = { group: 'audit-exporter', topics: ['alerts' as const] };
    expect(await stage.log.lag(group)).toMatchObject([{ committed: 3, lag: 0 }]);
    expect(await stage.verify()).toMatchObject({ segments: 1, records: 3, heads: 1, problems: [] });
  });

  it('archives every topic and every dead-letter topic', async () => {
    const exporter = await stage.export();
    const topics = ['orders.events', 'ledger.entries', 'trades.dead', 'alerts.dead'] as const;
    for (const topic of topics) await stage.append(2, { topic });
    await exporter.drain();
    const archived = (await stage.names('events/')).map((name) => name.split('/')[2]);
    expect(archived.sort()).toEqual([...topics].map((topic) => `topic=${topic}`).sort());
    expect(await stage.verify()).toMatchObject({ records: 8, problems: [] });
  });

  it('keeps a record whose payload nobody can read, with its bytes and why', async () => {
    const exporter = await stage.export();
    const payload = new Uint8Array([7, 255, 255]);
    const headers = { schema: 'ats.alert.v1.Alert', eventId: 'e', correlationId: 'c' };
    await stage.log.append({ topic: 'alerts', key: 'k', headers, payload });
    const unknown = { ...headers, schema: 'no.such.Message' };
    await stage.log.append({ topic: 'alerts', key: 'k', headers: unknown, payload });
    await exporter.drain();
    const [name = ''] = await stage.names('events/');
    const bytes = Buffer.from(payload).toString('base64');
    const problem = expect.stringContaining('ats.alert.v1.Alert');
    expect(await lines(name)).toMatchObject([
      { payload: null, bytes, problem },
      { payload: null, bytes, problem: expect.stringContaining('no.such.Message') },
    ]);
    expect(stage.metrics.value('ats_audit_undecodable_total')).toBe(2);
    expect(await stage.verify()).toMatchObject({ records: 2, problems: [] });
  });

  it.each([
    ['count', { segmentRecordsMax: 10 }, 10],
    ['bytes', { segmentBytesMax: 1024 }, 5],
  ])('cuts a segment by %s', async (_what, limits, segmentsMin) => {
    const exporter = await stage.export({ limits });
    await stage.append(100);
    await until(async () => (await stage.names('events/')).length >= segmentsMin);
    await exporter.drain();
    expect(await stage.verify()).toMatchObject({ records: 100, problems: [] });
  });

  it('cuts a segment by age, and writes heads on its way', async () => {
    const exporter = await stage.export({ limits: { segmentAgeMs: 10, headIntervalMs: 100 } });
    await stage.append(1);
    await until(async () => (await stage.names('heads/')).length === 1);
    await stage.append(1, { from: 1 });
    await until(async () => (await stage.names('heads/')).length === 2);
    expect(await stage.verify()).toMatchObject({ segments: 2, heads: 2, problems: [] });
    await exporter.drain();
    expect(await stage.names('heads/')).toHaveLength(2);
  });

  it('writes the largest partition when all together hold too much', async () => {
    const exporter = await stage.export({ limits: { bufferBytesMax: 5000 } });
    for (const topic of ['alerts', 'alerts.dead', 'trades.dead'] as const) {
      await stage.append(20, { topic });
    }
    await until(() => stage.metrics.value('ats_audit_buffer_full_total') > 0);
    await exporter.drain();
    expect(await stage.verify()).toMatchObject({ records: 60, problems: [] });
  });

  it('says how much waits and how long', async () => {
    const exporter = await stage.export();
    await stage.append(5);
    await until(() => {
      exporter.collect();
      return stage.metrics.value('ats_audit_waiting_records', { topic: 'alerts' }) === 5;
    });
    expect(stage.metrics.value('ats_audit_waiting_bytes')).toBeGreaterThan(0);
    expect(stage.metrics.value('ats_audit_lag_seconds')).toBeGreaterThan(0);
    await exporter.drain();
    exporter.collect();
    expect(stage.metrics.value('ats_audit_waiting_records')).toBe(0);
    expect(stage.metrics.value('ats_audit_lag_seconds')).toBe(0);
  });
});
