import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type WireMessages, wireCodec } from '@ats/contracts';
import type { LogTopic } from '@ats/storage';
import {
  type AuditDatabase,
  copySegments,
  hasSegments,
  openAuditDatabase,
} from '../../src/index.ts';
import { Stage } from '../stage.ts';

const AT_US = 1_780_000_000_000_000;

describe('SQL over the archive', () => {
  let stage: Stage;
  let database: AuditDatabase | undefined;
  beforeEach(async () => {
    stage = await Stage.open();
  });
  afterEach(async () => {
    database?.close();
    database = undefined;
    await stage.close();
  });

  async function append<Name extends keyof WireMessages & string>(
    topic: LogTopic,
    schema: Name,
    message: WireMessages[Name],
  ): Promise<void> {
    const headers = { schema, eventId: 'event', correlationId: 'cause' };
    const payload = wireCodec(schema).encode(message);
    await stage.log.append({ topic, key: 'account', headers, payload });
  }

  /** Archives what was appended and asks. */
  async function ask(sql: string) {
    const exporter = await stage.export();
    await exporter.drain();
    const empty = !(await hasSegments(stage.archive));
    database = await openAuditDatabase({ folder: stage.archiveFolder, empty });
    const { rows } = await database.query(sql, { rowsMax: 100 });
    return rows;
  }

  const report = (
    executionId: string,
    price: string,
  ): WireMessages['ats.execution.v1.ExecutionReport'] => ({
    executionId,
    orderId: 'o-1',
    venueOrderId: 'v-1',
    venue: 'kraken',
    instrument: 'BTC/USD',
    type: 'EXECUTION_TYPE_FILL',
    side: 'ORDER_SIDE_BUY',
    lastQuantity: '0.00000001',
    lastPrice: price,
    fee: '0.000000000000000001',
    feeAsset: 'USD',
    exchangeTimeUs: AT_US,
    receivedAtUs: AT_US + 1,
    detail: '',
    requestId: '',
    cumulativeQuantity: '',
    orderQuantity: '',
    limitPrice: '',
    tooLate: false,
  });

  it('counts a fill that was reported twice once, and adds exactly', async () => {
    const name = 'ats.execution.v1.ExecutionReport';
    for (const id of ['e-1', 'e-1', 'e-2']) await append('exec.reports', name, report(id, '0.1'));
    await append('exec.reports', name, { ...report('e-3', ''), type: 'EXECUTION_TYPE_ACCEPTED' });
    const sql = `SELECT venue, side, count(*) AS fills, sum(last_price) AS price, sum(fee) AS fee,
      max(received_at) AS received FROM fills GROUP BY ALL`;
    expect(await ask(sql)).toEqual([
      {
        venue: 'kraken',
        side: 'BUY',
        fills: '2',
        price: '0.200000000000000000',
        fee: '0.000000000000000002',
        received: '2026-05-28 20:26:40.000001',
      },
    ]);
  });

  it('takes entries apart into postings that sum to zero', async () => {
    const posting = { accountId: 'a', venue: 'kraken', asset: 'USD' } as const;
    const entry: WireMessages['ats.ledger.v1.LedgerEntry'] = {
      entryId: 'l-1',
      causeId: 'e-1',
      kind: 'fill',
      postings: [
        { ...posting, bucket: 'BUCKET_AVAILABLE', amount: '-97000.12' },
        { ...posting, bucket: 'BUCKET_COUNTER', amount: '97000.12' },
      ],
      postedAtUs: AT_US,
      detail: '',
    };
    // The log may carry an entry twice.
    for (let times = 0; times < 2; times += 1) {
      await append('ledger.entries', 'ats.ledger.v1.LedgerEntry', entry);
    }
    const sql = `SELECT asset, sum(amount) AS sum, count(*) AS postings, min(bucket) AS first
      FROM postings GROUP BY asset`;
    const sum = '0.000000000000000000';
    expect(await ask(sql)).toEqual([{ asset: 'USD', sum, postings: '2', first: 'AVAILABLE' }]);
  });

  it('reads every view of an archive that has nothing, or not that topic', async () => {
    const views = `SELECT view_name FROM duckdb_views() WHERE NOT internal ORDER BY ALL`;
    const names = (await ask(views)).map((row) => String(row['view_name']));
    expect(names).toEqual(
      expect.arrayContaining(['events', 'fills', 'ledger_entries', 'orders', 'postings', 'trades']),
    );
    for (const empty of [true, false]) {
      if (!empty) await stage.append(2);
      for (const name of names) {
        const rows = await ask(`SELECT count(*) AS rows FROM ${name}`);
        const some = !empty && (name === 'events' || name === 'alerts');
        expect({ name, rows }).toEqual({ name, rows: [{ rows: some ? '2' : '0' }] });
        database?.close();
      }
    }
    database = undefined;
  });

  it('shows what was parked, and where it came from', async () => {
    await stage.append(1);
    const [record] = await stage.log.read({ topic: 'alerts', partition: 0, from: 0 });
    if (record === undefined) throw new Error('nothing was logged');
    const origin = { topic: 'alerts' as const, partition: 0, offset: 0, group: 'g' };
    const headers = { ...record.headers, deadLetter: { ...origin, reason: 'unreadable' } };
    await stage.log.append({ ...record, topic: 'alerts.dead', headers });
    const sql = 'SELECT from_topic, from_offset, "group", reason, "offset" FROM dead_letters';
    expect(await ask(sql)).toEqual([
      { from_topic: 'alerts', from_offset: '0', group: 'g', reason: 'unreadable', offset: '0' },
    ]);
  });

  it('says what is wrong with a query', async () => {
    await stage.append(1);
    const error = { code: 'CONFIG_INVALID', message: expect.stringContaining('nonsense') };
    await expect(ask('SELECT nonsense FROM alerts')).rejects.toMatchObject(error);
  });

  it('gives as many rows as were asked for, and says that there are more', async () => {
    await stage.append(5);
    await ask('SELECT 1 AS one');
    const sql = 'SELECT "offset" FROM alerts ORDER BY "offset"';
    const answer = await database?.query(sql, { rowsMax: 2 });
    expect(answer).toEqual({
      columns: ['offset'],
      rows: [{ offset: '0' }, { offset: '1' }],
      more: true,
    });
    expect(await database?.query(sql, { rowsMax: 5 })).toMatchObject({ more: false });
  });

  it('reads a copy of an archive, and fetches only what is new', async () => {
    await stage.append(3);
    await ask('SELECT 1 AS one');
    const folder = join(stage.folder, 'copy');
    expect(await copySegments({ archive: stage.archive, folder })).toEqual({
      segments: 1,
      fetched: 1,
    });
    await stage.append(3, { from: 3 });
    await ask('SELECT 1 AS one');
    expect(await copySegments({ archive: stage.archive, folder })).toEqual({
      segments: 2,
      fetched: 1,
    });
    await rm(stage.archiveFolder, { recursive: true });
    const copy = await openAuditDatabase({ folder, empty: false });
    const { rows } = await copy.query('SELECT count(*) AS alerts FROM alerts', { rowsMax: 1 });
    copy.close();
    expect(rows).toEqual([{ alerts: '6' }]);
  });
});
