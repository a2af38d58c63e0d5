import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { systemClock, systemTimers } from '@ats/runtime';
import { manualTimers } from '@ats/testkit';
import { Pacer } from '../../src/app/pacer.ts';
import { replayFrames } from '../../src/index.ts';

const runtime = { clock: systemClock, timers: systemTimers };

async function fileOf(content: string | Buffer): Promise<string> {
  const file = join(await mkdtemp(join(tmpdir(), 'ats-frames-')), 'frames.jsonl');
  await writeFile(file, content);
  return file;
}

const line = (k: string, fields: Record<string, unknown> = {}) =>
  JSON.stringify({ t: '1700000000000000000', v: 'binance', c: 0, k, ...fields });
const open = line('open', { u: 'wss://stream.binance.com:9443/stream' });
const inLine = (data: unknown) => line('in', { m: JSON.stringify({ stream: 'x', data }) });
const diff = (U: number, u: number, b: unknown = [], a: unknown = []) =>
  inLine({ e: 'depthUpdate', E: 1_700_000_000_000, s: 'BTCUSDT', U, u, b, a });
const snapshot = (lastUpdateId: number) =>
  line('rest', {
    c: 1,
    u: 'https://api.binance.com/api/v3/depth?symbol=BTCUSDT&limit=1000',
    m: JSON.stringify({ lastUpdateId, bids: [['10.0', '1.50']], asks: [['11.0', '2.00']] }),
  });
const trade = (e: string, id: number, q: string) =>
  inLine({ e, s: 'BTCUSDT', t: id, a: id, p: '10.5', q, T: 1, m: false });

describe('a replay of frames', () => {
  it('reads plain and gzip files alike, with or without a last line feed', async () => {
    const text = [open, diff(1, 5), snapshot(5), diff(6, 6, [['10.5', '3.000']])].join('\n');
    const plain = await replayFrames({ file: await fileOf(text), ...runtime });
    const gzip = await replayFrames({ file: await fileOf(gzipSync(`${text}\n`)), ...runtime });
    expect(gzip).toEqual(plain);
    expect(plain).toEqual({
      venue: 'binance',
      frames: 2,
      messages: {
        book: 2,
        trade: 0,
        ticker: 0,
        heartbeat: 0,
        status: 0,
        ignored: 0,
        malformed: 0,
      },
      checksums: { verified: 0, failed: 0 },
      sequenceGaps: 0,
      crossedBooks: 0,
      trades: {},
      books: {
        'BTC/USDT': {
          bids: [
            ['10.5', '3.000'],
            ['10.0', '1.50'],
          ],
          asks: [['11.0', '2.00']],
        },
      },
    });
  });

  it('brings a book back from the next snapshot after a gap', async () => {
    const gap = [open, diff(1, 5), snapshot(5), diff(9, 10)];
    const absent = await replayFrames({ file: await fileOf(gap.join('\n')), ...runtime });
    expect(absent).toMatchObject({
      sequenceGaps: 1,
      books: { 'BTC/USDT': { bids: [], asks: [] } },
    });
    const healed = [...gap, diff(11, 12, [['9.0', '1']]), snapshot(10)];
    const back = await replayFrames({ file: await fileOf(healed.join('\n')), ...runtime });
    expect(back.books['BTC/USDT']?.bids).toEqual([
      ['10.0', '1.50'],
      ['9.0', '1'],
    ]);
  });

  it('counts each time a book becomes crossed, and keeps it', async () => {
    const cross = diff(6, 6, [['12.0', '1']]);
    const uncross = diff(7, 7, [['12.0', '0']]);
    const again = diff(8, 8, [['11.0', '1']]);
    const lines = [open, snapshot(5), cross, uncross, again];
    const summary = await replayFrames({ file: await fileOf(lines.join('\n')), ...runtime });
    expect(summary.crossedBooks).toBe(2);
    expect(summary.books['BTC/USDT']?.bids[0]).toEqual(['11.0', '1']);
  });

  it('adds volumes exactly, and counts no trade twice where both streams came', async () => {
    const lines = [open, trade('aggTrade', 1, '0.1'), trade('trade', 7, '0.1')];
    lines.push(trade('aggTrade', 2, '0.2'));
    const summary = await replayFrames({ file: await fileOf(lines.join('\n')), ...runtime });
    expect(summary.trades).toEqual({ 'BTC/USDT': { count: 2, volume: '0.3' } });
  });

  it('ends the books of a connection that is opened again', async () => {
    const lines = [open, snapshot(5), diff(6, 6), open];
    const summary = await replayFrames({ file: await fileOf(lines.join('\n')), ...runtime });
    expect(summary.books['BTC/USDT']).toEqual({ bids: [], asks: [] });
  });

  it.each([
    ['a line that is not JSON', `${open}\n{oops`, 2],
    ['a line without its text', `${open}\n\n${line('in')}`, 3],
    ['a time that is a number', open.replace('"1700000000000000000"', '17'), 1],
    ['an unknown kind', line('what'), 1],
  ])('refuses %s, naming file, line and remedy', async (_what, text, at) => {
    const file = await fileOf(text);
    await expect(replayFrames({ file, ...runtime })).rejects.toMatchObject({
      code: 'TAPE_INVALID',
      message: expect.stringContaining(`${file}, line ${at}:`),
      remedy: expect.any(String),
    });
  });

  it('refuses a gzip file that is cut off', async () => {
    const whole = gzipSync(`${open}\n`.repeat(2000));
    const file = await fileOf(whole.subarray(0, whole.length - 20));
    await expect(replayFrames({ file, ...runtime })).rejects.toMatchObject({
      code: 'TAPE_INVALID',
    });
  });

  it('refuses a file that is not there, and a venue that nobody speaks', async () => {
    await expect(replayFrames({ file: '/no/such/file', ...runtime })).rejects.toMatchObject({
      code: 'TAPE_UNREADABLE',
      message: expect.stringContaining('/no/such/file'),
    });
    const unheard = { v: 'unheard', u: 'wss://unheard.of/feed' };
    const file = await fileOf(line('open', unheard));
    await expect(replayFrames({ file, ...runtime })).rejects.toMatchObject({
      code: 'TAPE_INVALID',
    });
  });
});

describe('the pace of a replay', () => {
  it('holds each frame until its time, at the speed asked for', async () => {
    const timers = manualTimers();
    const pacer = new Pacer({ speed: 10, clock: timers.clock, timers });
    expect(pacer.wait(1_000_000)).toBeUndefined();
    let released = false;
    const wait = pacer.wait(3_000_000)?.then(() => {
      released = true;
    });
    await timers.advanceAsync(199);
    expect(released).toBe(false);
    await timers.advanceAsync(1);
    await wait;
    expect(released).toBe(true);
    expect(pacer.wait(3_000_500)).toBeUndefined();
    expect(pacer.wait(2_000_000)).toBeUndefined();
  });

  it('waits for nothing at full speed', () => {
    const timers = manualTimers();
    const pacer = new Pacer({ speed: 'max', clock: timers.clock, timers });
    expect([0, 1e12].map((timeUs) => pacer.wait(timeUs))).toEqual([undefined, undefined]);
  });
});
