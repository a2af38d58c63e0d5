import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';
import type { BookTop } from '@ats/domain';
import type { TimerHandle, Timers } from '@ats/runtime';
import { AT, HEAD, type SessionHead, type SessionRow } from '../../domain/parity/session-rows.ts';

const CHUNK_DOUBLES = 65_536;
const FLUSH_MS = 250;
/** Bytes that may wait for the disk; beyond it rows are dropped and counted. */
const WAITING_BYTES_MAX = 64 * 1024 * 1024;
const ROWS_MAX = 200_000;

/**
 * Writes a session behind its back: whoever notes a row copies it into memory and goes on. What
 * the disk cannot keep up with is dropped and counted, and a replay says so.
 */
export class SessionWriter {
  dropped = 0;
  private readonly folder: string;
  private readonly market = createGzip({ level: constants.Z_BEST_SPEED });
  private readonly inputs = createGzip({ level: constants.Z_BEST_SPEED });
  private readonly written: Promise<unknown>;
  private readonly timer: TimerHandle;
  private chunk = new Float64Array(CHUNK_DOUBLES);
  private used = 0;
  private booksInChunk = 0;
  private hasFailed = false;
  private rows: SessionRow[] = [];
  private readonly markets = new Map<string, Map<string, number>>();
  private marketCount = 0;

  constructor(options: { readonly folder: string; readonly timers: Timers }) {
    const { folder, timers } = options;
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
    this.written = Promise.all([
      pipeline(this.market, createWriteStream(join(folder, 'market.f64.gz'))),
      pipeline(this.inputs, createWriteStream(join(folder, 'inputs.jsonl.gz'))),
    ]);
    // A disk that fails must not end the session: the end of the recording tells of it.
    this.written.catch(() => {
      this.hasFailed = true;
    });
    this.timer = timers.every(FLUSH_MS, () => this.flush());
  }

  describe(about: SessionHead): void {
    writeFileSync(join(this.folder, 'session.json'), `${JSON.stringify(about, null, 2)}\n`);
  }

  row(row: SessionRow): void {
    if (this.rows.length < ROWS_MAX) this.rows.push(row);
    else this.dropped += 1;
  }

  /** @param times the engine's clock readings while it handled the book, the first at its start */
  book(top: BookTop, order: number, times: readonly number[]): void {
    const { bidCount, askCount } = top;
    const length = HEAD + 1 + times.length + 2 * (bidCount + askCount);
    if (this.used + length > this.chunk.length) this.flushMarket();
    const { chunk, used } = this;
    chunk[used + AT.length] = length;
    chunk[used + AT.order] = order;
    chunk[used + AT.market] = this.marketOf(top.venue, top.instrument);
    chunk[used + AT.handledAtUs] = times[0] ?? top.bookAtUs;
    chunk[used + AT.receivedAtUs] = top.receivedAtUs;
    chunk[used + AT.exchangeTimeUs] = top.exchangeTimeUs;
    chunk[used + AT.bookAtUs] = top.bookAtUs;
    chunk[used + AT.sequence] = top.sequence;
    chunk[used + AT.bids] = bidCount;
    chunk[used + AT.asks] = askCount;
    chunk[used + HEAD] = times.length;
    let at = used + HEAD + 1;
    for (let index = 0; index < times.length; index += 1)
      chunk[at + index] = times[index] as number;
    at += times.length;
    for (const side of ['bid', 'ask'] as const) {
      const count = side === 'bid' ? bidCount : askCount;
      const prices = side === 'bid' ? top.bidPrices : top.askPrices;
      const sizes = side === 'bid' ? top.bidSizes : top.askSizes;
      for (let level = 0; level < count; level += 1) {
        chunk[at + level] = prices[level] as number;
        chunk[at + count + level] = sizes[level] as number;
      }
      at += 2 * count;
    }
    this.used += length;
    this.booksInChunk += 1;
  }

  /** Ends the files. @throws what the disk throws */
  async close(): Promise<void> {
    this.timer.cancel();
    this.flush();
    if (!this.hasFailed) {
      this.market.end();
      this.inputs.end();
    }
    await this.written;
  }

  private marketOf(venue: string, instrument: string): number {
    let ofVenue = this.markets.get(venue);
    if (ofVenue === undefined) {
      ofVenue = new Map();
      this.markets.set(venue, ofVenue);
    }
    let index = ofVenue.get(instrument);
    if (index === undefined) {
      index = this.marketCount;
      this.marketCount += 1;
      ofVenue.set(instrument, index);
      this.rows.push({ kind: 'market', venue, instrument });
    }
    return index;
  }

  private flush(): void {
    this.flushMarket();
    const { rows } = this;
    if (rows.length === 0) return;
    this.rows = [];
    if (this.hasFailed || this.inputs.writableLength > WAITING_BYTES_MAX)
      this.dropped += rows.length;
    else this.inputs.write(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  }

  private flushMarket(): void {
    const { chunk, used } = this;
    if (used === 0) return;
    if (this.hasFailed || this.market.writableLength > WAITING_BYTES_MAX) {
      this.dropped += this.booksInChunk;
      this.booksInChunk = 0;
      this.used = 0;
      return;
    }
    this.market.write(Buffer.from(chunk.buffer, 0, used * 8));
    this.chunk = new Float64Array(CHUNK_DOUBLES);
    this.used = 0;
    this.booksInChunk = 0;
  }
}
