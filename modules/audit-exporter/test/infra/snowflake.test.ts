import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { LOG_TOPICS, type LogRecord } from '@ats/storage';
import { AUDIT_VIEWS } from '../../src/adapters/audit-views.ts';
import { segmentName } from '../../src/domain/archive-names.ts';
import { parseRecordLine, recordLine } from '../../src/domain/record-line.ts';

const FOLDER = fileURLToPath(new URL('../../../../infra/snowflake', import.meta.url));
const read = (name: string): string => readFileSync(`${FOLDER}/${name}`, 'utf8');

describe('the SQL of Snowflake', () => {
  const ingest = read('01_ingest.sql');
  const views = read('02_views.sql');

  const record: LogRecord = {
    topic: 'trades.dead',
    partition: 3,
    offset: 7,
    key: 'k',
    loggedAtUs: 1_780_000_000_000_000,
    headers: { schema: 's', eventId: 'e', correlationId: 'c' },
    payload: new Uint8Array(),
  };

  it('loads the segments that the exporter writes, and nothing else', () => {
    const pattern = new RegExp(`^${/PATTERN = '(.+)'/.exec(ingest)?.[1]}$`);
    const { topic, partition } = record;
    for (const offset of [0, 12_345_678]) {
      const range = { firstOffset: offset, lastOffset: offset + 9 };
      const name = segmentName({ date: '2026-05-28', topic, partition, ...range });
      expect(name).toMatch(pattern);
      expect(/dt=([0-9]{4}-[0-9]{2}-[0-9]{2})/.exec(name)?.[1]).toBe('2026-05-28');
    }
    expect('heads/head=000000000001.json').not.toMatch(pattern);
    expect('links/topic=trades/p=0/from=0000000000000000.json').not.toMatch(pattern);
  });

  it('takes every field of a line', () => {
    const line = parseRecordLine(recordLine(record, { kind: 'decoded', value: {} }));
    const taken = [...ingest.matchAll(/\$1:(\w+)/g)].map(([, field]) => field);
    expect([...new Set(taken)].sort()).toEqual(Object.keys(line ?? {}).sort());
  });

  it('fills as many columns as the table has', () => {
    const table = /CREATE TABLE IF NOT EXISTS events \(([\s\S]+?)\n\)/.exec(ingest)?.[1] ?? '';
    const select = /FROM \(\s+SELECT([\s\S]+?)\n {2}FROM @archive/.exec(ingest)?.[1] ?? '';
    const columns = table.trim().split('\n').length;
    const expressions = select.trim().split('\n').length;
    expect(columns).toBe(16);
    expect(expressions).toBe(columns);
  });

  it('has views of topics that the log has, named as those of the command line', () => {
    const topics = [...views.matchAll(/topic = '([^']+)'/g)].map(([, topic]) => topic);
    expect(topics.length).toBeGreaterThan(5);
    expect(topics.filter((topic) => !Object.hasOwn(LOG_TOPICS, topic ?? ''))).toEqual([]);
    const here = AUDIT_VIEWS.map((sql) => /CREATE VIEW (\w+)/.exec(sql)?.[1]);
    const there = [...views.matchAll(/CREATE OR REPLACE VIEW (\w+)/g)].map(([, name]) => name);
    expect(there.filter((name) => name !== 'missing_offsets' && !here.includes(name))).toEqual([]);
  });
});
