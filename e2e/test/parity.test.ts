import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { ats, FREE_PORTS, type Outcome, ownData } from '../src/ats.ts';

const folder = mkdtempSync(join(tmpdir(), 'ats-e2e-parity-'));
const session = join(folder, 'session');
const TIMEOUT_MS = 120_000;

interface Report {
  readonly counts: Readonly<Record<string, number>>;
  readonly fills: readonly { readonly kind: string; readonly cause?: string }[];
  readonly first?: {
    readonly kind: string;
    readonly cause: string;
    readonly clientOrderId: string;
  };
  readonly profit: {
    readonly difference: string;
    readonly assets: readonly { readonly difference: string }[];
  };
  readonly latency: readonly { readonly venue: string; readonly count: number }[];
}

let recorded: Outcome;

beforeAll(async () => {
  const args = [
    '--duration',
    '20s',
    '--seed',
    '7',
    '--summary',
    'json',
    ...FREE_PORTS,
    ...ownData(),
  ];
  recorded = await ats(['up', '--record-session', session, ...args]);
}, TIMEOUT_MS);

async function parity(path: string): Promise<{ readonly code: number | null; report: Report }> {
  const { code, stdout, stderr } = await ats(['parity', '--session', path, '--strict', '--json']);
  expect(stderr).toBe('');
  return { code, report: JSON.parse(stdout) };
}

type Row = Record<string, unknown>;

/** A copy of the session in which some rows of a file are others. */
function changed(name: string, file: string, change: (rows: Row[]) => void): string {
  const copy = join(folder, name);
  cpSync(session, copy, { recursive: true });
  const path = join(copy, file);
  const bytes = readFileSync(path);
  const isPacked = file.endsWith('.gz');
  const lines = (isPacked ? gunzipSync(bytes) : bytes).toString().trimEnd().split('\n');
  const rows = lines.map((line) => JSON.parse(line) as Row);
  change(rows);
  const text = `${rows.map((row) => JSON.stringify(row)).join('\n')}\n`;
  writeFileSync(path, isPacked ? gzipSync(text) : text);
  return copy;
}

const rowsOf = (file: string): Row[] =>
  readFileSync(join(session, file), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('ats parity', () => {
  it(
    'finds the fills of a simulated session identical and the profit the same',
    async () => {
      expect(recorded.code).toBe(0);
      const { code, report } = await parity(session);
      expect(report.first).toBeUndefined();
      expect(report.counts['equal']).toBe(report.fills.length);
      expect(report.fills.length).toBeGreaterThan(10);
      expect(report.profit.difference).toBe('0');
      expect(report.profit.assets.map(({ difference }) => difference)).toEqual(
        report.profit.assets.map(() => '0'),
      );
      expect(code).toBe(0);
    },
    TIMEOUT_MS,
  );

  it(
    'keeps the measured latencies as the latency model reads them',
    async () => {
      const { report } = await parity(session);
      for (const { venue, count } of report.latency) {
        const text = readFileSync(join(session, `latency-${venue}.txt`), 'utf8');
        const samples = text
          .trimEnd()
          .split('\n')
          .filter((line) => !line.startsWith('#'));
        expect(samples).toHaveLength(count);
        expect(samples.every((sample) => Number(sample) >= 0)).toBe(true);
      }
    },
    TIMEOUT_MS,
  );

  it(
    'names another fee',
    async () => {
      const other = changed('fee', 'inputs.jsonl.gz', (rows) => {
        const fill = rows.find(({ kind }) => kind === 'fill') as Row;
        fill['fee'] = '9999';
      });
      const { code, report } = await parity(other);
      expect(report.first).toMatchObject({ kind: 'other-fee', cause: 'fees' });
      expect(report.profit.difference).not.toBe('0');
      expect(code).toBe(1);
    },
    TIMEOUT_MS,
  );

  it(
    'names another latency',
    async () => {
      // Only venues that keep our id of an order: which one it was is not guessed by its time.
      const place = rowsOf('venue-orders.jsonl').findIndex(
        ({ clientOrderId, orders }) =>
          String(clientOrderId).length > 30 && (orders as unknown[]).length > 0,
      );
      const other = changed('latency', 'venue-orders.jsonl', (rows) => {
        const met = rows[place] as Row;
        met['atUs'] = Number(met['atUs']) + 3_000_000;
      });
      const { code, report } = await parity(other);
      const causes = report.fills.map(({ kind, cause }) => `${kind} ${cause}`);
      expect(causes).toContain('other-time arrival');
      expect(code).toBe(1);
    },
    TIMEOUT_MS,
  );

  it(
    'names another book',
    async () => {
      const other = changed('book', 'venue-orders.jsonl', (rows) => {
        const met = rows.find(({ orders }) => (orders as unknown[]).length > 0) as Row;
        met['orders'] = [];
      });
      const { code, report } = await parity(other);
      expect(report.first).toMatchObject({ kind: 'only-live', cause: 'book' });
      expect(code).toBe(1);
    },
    TIMEOUT_MS,
  );

  it('refuses what is no session, and to record over one', async () => {
    const none = await ats(['parity', '--session', folder]);
    expect(none).toMatchObject({ code: 2 });
    expect(none.stderr).toContain('SESSION_UNREADABLE');
    const again = await ats(['up', '--record-session', session, ...FREE_PORTS, ...ownData()]);
    expect(again).toMatchObject({ code: 2 });
    expect(again.stderr).toContain('SESSION_EXISTS');
  });
});
