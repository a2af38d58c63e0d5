import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ats, FREE_PORTS, type Outcome, ownData, startAts } from '../src/ats.ts';

const VENUES = ['binance', 'bitfinex', 'coinbase', 'kraken', 'upbit'];
/** Connections of a recording are counted in the order of the configuration's venues. */
const CONNECTIONS = ['binance', 'kraken', 'coinbase', 'upbit', 'bitfinex'];

const folder = mkdtempSync(join(tmpdir(), 'ats-e2e-record-'));
const file = join(folder, 'all.jsonl.gz');
let recording: Outcome;

async function replayed(frames: string) {
  const { code, stdout, stderr } = await ats(['replay', '--frames', frames, '--summary', 'json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
}

/** `name: 1,234 frames`, as `ats record` ends. */
function framesOf(stdout: string): Record<string, number> {
  const lines = stdout.matchAll(/^(\w+): ([\d,]+) frames$/gm);
  return Object.fromEntries(
    [...lines].map(([, name = '', frames = '']) => [name, Number(frames.replaceAll(',', ''))]),
  );
}

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((one, two) => one + two, 0);

/** Plays the recording of all venues at ten times its speed; the URLs are printed first. */
async function serving() {
  const server = startAts(['replay', '--frames', file, '--serve', '0', '--speed', '10']);
  while (!server.stdout().includes('\n')) await new Promise((resolve) => setTimeout(resolve, 20));
  const { ws, rest } = JSON.parse(server.stdout()) as { ws: string; rest: string };
  return { server, ws, rest };
}

beforeAll(async () => {
  const args = ['--duration', '6s', '--seed', '5', ...FREE_PORTS, ...ownData()];
  recording = await ats(['record', '--out', file, ...args]);
}, 180_000);

describe('ats record', () => {
  test('writes all venues to one file, which replays whole: checksums, no gap', async () => {
    expect(recording.code).toBe(0);
    const recorded = framesOf(recording.stdout);
    expect(Object.keys(recorded).toSorted()).toEqual(VENUES);
    const summary = await replayed(file);
    expect(summary.frames).toBe(sum(Object.values(recorded)));
    expect(summary).toMatchObject({ checksums: { failed: 0 }, sequenceGaps: 0 });
    expect(summary.checksums.verified).toBeGreaterThan(0);
    expect(summary.messages.malformed).toBe(0);
    const books = Object.entries<{ bids: unknown[]; asks: unknown[] }>(summary.books);
    const venues = new Set(books.map(([key]) => key.slice(0, key.indexOf(':'))));
    expect([...venues].toSorted()).toEqual(VENUES);
    for (const [, { bids, asks }] of books) {
      expect(bids.length).toBeGreaterThan(0);
      expect(asks.length).toBeGreaterThan(0);
    }
  }, 40_000);

  test.each([
    ['a file that exists', ['--out', file], file],
    ['a venue that is none', ['--out', join(folder, 'x.gz'), '--venue', 'krakn'], 'krakn'],
  ])(
    'refuses %s with exit code 2',
    async (_name, args, named) => {
      const outcome = await ats([
        'record',
        '--duration',
        '1s',
        ...FREE_PORTS,
        ...ownData(),
        ...args,
      ]);
      expect(outcome.stderr).toContain(named);
      expect(outcome.stderr).not.toMatch(/\n\s+at /);
      expect(outcome.code).toBe(2);
    },
    40_000,
  );
});

describe('ats replay --serve', () => {
  test('gives a running collector the books that the recording ends with', async () => {
    const { server, ws, rest } = await serving();
    const again = join(folder, 'again.jsonl.gz');
    const endpoints = CONNECTIONS.flatMap((venue, connection) => [
      ...['--set', `venues.${venue}.ws=["${ws}/${connection}"]`],
      ...['--set', `venues.${venue}.rest=["${rest}"]`],
    ]);
    const { code, stdout } = await ats([
      ...[
        'up',
        '--mode',
        'paper',
        '--duration',
        '6s',
        '--summary',
        'json',
        ...FREE_PORTS,
        ...ownData(),
      ],
      ...endpoints,
      ...['--set', `collector.record=${again}`],
      // What is played is from the past, as the exchanges' clocks say.
      ...['--set', `collector.clockSkewMaxMs=${Number.MAX_SAFE_INTEGER}`],
    ]);
    server.signal('SIGINT');
    await server.outcome;
    const { venues } = JSON.parse(stdout);
    expect(code).toBe(0);
    const [first, second] = [await replayed(file), await replayed(again)];
    for (const venue of VENUES) {
      expect(venues[venue]).toMatchObject({ resyncs: 0, checksumFailures: 0 });
    }
    const live = sum(VENUES.map((venue) => venues[venue].frames));
    expect(live).toBe(first.frames);
    expect(second.books).toEqual(first.books);
    expect(second.trades).toEqual(first.trades);
    expect(second).toMatchObject({ checksums: first.checksums, sequenceGaps: 0 });
  }, 180_000);
});
