import type { RandomStream } from '@ats/runtime';
import type { FeedDialect, FeedMarket, FeedSession } from '../domain/feed.ts';
import { frameTimeUs, pathOf, type RecordedFrame } from '../domain/recording.ts';
import { bookProblem, type FuzzMarket, FuzzSink, fingerprint } from './fuzz-sink.ts';
import { mutate } from './mutate.ts';

export interface FuzzOptions {
  readonly dialect: FeedDialect;
  /** Clean frames of one connection, in order, and the REST answers that belong to it. */
  readonly frames: readonly RecordedFrame[];
  /** Mutated frames to feed. */
  readonly count: number;
  readonly random: RandomStream;
}

export interface FuzzFailure {
  readonly frame: number;
  readonly mutation: string;
  readonly problem: string;
  /** The frame's first characters. */
  readonly text: string;
}

export interface FuzzReport {
  readonly mutated: number;
  readonly malformed: number;
  readonly booksChanged: number;
  readonly booksDropped: number;
  /** Times that clean frames brought every book back as it should be. */
  readonly recoveries: number;
  /** At most ten; the run ends then. */
  readonly failures: readonly FuzzFailure[];
}

const FAILURES_MAX = 10;
/** Longer frames (snapshots) are mutated more seldom: one takes the time of hundreds. */
const LONG_CHARS = 8192;
const LONG_ONE_IN = 200;
/** Clean characters read per mutated frame when books are made whole again. */
const CHARS_PER_FRAME = 1000;
const RECOVERY_EVERY = 10;
const LEAD_FRAMES_MAX = 40;
const FULL_CHECK_EVERY = 64;

/**
 * Feeds changed frames to a dialect in the way the live core would, and checks after each:
 *
 * 1. nothing is thrown, and every frame is accounted for by a call;
 * 2. a live book is sound: sorted, prices and sizes above zero and finite, texts as numbers;
 * 3. a book that the frame did not say it changed or dropped is as it was;
 * 4. only sound trades and tickers are passed on.
 *
 * Now and then clean frames follow, after a reconnect if the session asks for one, and every book
 * must end as if nothing had happened. A changed digit in a well-formed frame of a venue without
 * checksums is a different frame, not a corrupt one: nobody could tell.
 */
export function fuzzDialect(options: FuzzOptions): FuzzReport {
  return new Fuzzer(options).run();
}

class Fuzzer {
  private readonly options: FuzzOptions;
  private readonly sink: FuzzSink;
  private session: FeedSession;
  private readonly expected: ReadonlyMap<string, number>;
  /** Index after the frame that made the last book whole. */
  private readonly wholeAt: number;
  private readonly prefixChars: number;
  private readonly failures: FuzzFailure[] = [];
  private readonly short: readonly RecordedFrame[];
  private readonly received: readonly RecordedFrame[];
  private mutated = 0;
  private recoveries = 0;
  private restarts = 0;

  constructor(options: FuzzOptions) {
    this.options = options;
    this.received = options.frames.filter(({ k }) => k === 'in' || k === 'rest');
    this.short = this.received.filter(({ m = '' }) => m.length <= LONG_CHARS);
    const clean = new FuzzSink(options.dialect);
    const session = this.open(clean);
    let wholeAt = 0;
    let liveMost = 0;
    for (const [index, frame] of options.frames.entries()) {
      this.feed(session, frame);
      if (clean.live <= liveMost) continue;
      liveMost = clean.live;
      wholeAt = index + 1;
    }
    if (liveMost === 0) throw new Error('the clean frames make no book live: nothing to test');
    this.wholeAt = wholeAt;
    this.prefixChars = options.frames
      .slice(0, wholeAt)
      .reduce((sum, { m = '' }) => sum + m.length, 0);
    this.expected = fingerprints(clean);
    this.sink = new FuzzSink(options.dialect);
    this.session = this.open(this.sink);
  }

  run(): FuzzReport {
    const { count } = this.options;
    while (this.mutated < count && this.failures.length < FAILURES_MAX) {
      this.restart();
      const fewest = Math.ceil(this.prefixChars / CHARS_PER_FRAME);
      for (let fed = 0; this.mutated < count && this.failures.length < FAILURES_MAX; fed += 1) {
        if (fed >= fewest && (this.sink.live === 0 || fed >= 10 * fewest)) break;
        this.feedMutated();
        if (this.sink.reconnectWanted && fed >= fewest) break;
      }
      if (this.restarts % RECOVERY_EVERY === 0) this.recover();
    }
    this.recover();
    const { malformed, changed, dropped } = this.sink.counts;
    const { mutated, recoveries, failures } = this;
    return {
      mutated,
      malformed,
      booksChanged: changed,
      booksDropped: dropped,
      recoveries,
      failures,
    };
  }

  private open(sink: FuzzSink): FeedSession {
    const { dialect } = this.options;
    return dialect.open({ sink, symbols: [], depth: 1000, channels: ['book', 'trade', 'ticker'] });
  }

  private feed(session: FeedSession, frame: RecordedFrame): void {
    const { k, m = '' } = frame;
    if (k === 'out') session.onSent(m);
    else if (k === 'in') session.onText(m, frameTimeUs(frame));
    else if (k === 'rest') session.onRest(pathOf(frame.u ?? ''), m, frameTimeUs(frame));
  }

  private reconnect(): void {
    this.sink.disconnect();
    this.session = this.open(this.sink);
  }

  /** A new connection whose books are whole, and a little further. */
  private restart(): void {
    this.restarts += 1;
    this.reconnect();
    const lead = this.options.random.integer(LEAD_FRAMES_MAX);
    for (const frame of this.options.frames.slice(0, this.wholeAt + lead)) {
      this.feed(this.session, frame);
    }
  }

  private feedMutated(): void {
    const { random } = this.options;
    const pool = random.integer(LONG_ONE_IN) === 0 ? this.received : this.short;
    const frame = pool[random.integer(pool.length)] as RecordedFrame;
    const other = this.short[random.integer(this.short.length)]?.m ?? '';
    const { text, mutation } = mutate({ text: frame.m ?? '', other, random });
    this.mutated += 1;
    const before = fingerprints(this.sink);
    const calls = this.sink.counts.calls;
    this.sink.touched.clear();
    const fail = (problem: string): void => {
      this.failures.push({ frame: this.mutated, mutation, problem, text: text.slice(0, 400) });
    };
    try {
      this.feed(this.session, { ...frame, m: text });
      // A REST answer that nobody waits for any more is no news.
      if (frame.k === 'in' && this.sink.counts.calls === calls) fail('the frame was passed over');
      this.resync();
    } catch (error) {
      fail(`thrown: ${String((error as Error).stack).slice(0, 300)}`);
    }
    for (const [symbol, market] of this.sink.markets) {
      const known = before.get(symbol);
      const touched = this.sink.touched.has(market);
      if (known !== undefined && !touched && known !== fingerprint(market)) {
        fail(`${symbol} was changed without a word`);
      }
      const deep = this.mutated % FULL_CHECK_EVERY === 0;
      const problem = touched || deep ? bookProblem(market, deep ? Infinity : 20) : undefined;
      if (problem !== undefined) fail(`${symbol}: ${problem}`);
    }
  }

  private resync(): void {
    const markets: FeedMarket[] = [...this.sink.toResync];
    this.sink.toResync.clear();
    for (const market of markets) this.session.resync(market);
  }

  /**
   * Clean frames from their beginning, to the session as it is; a session that asks for it, or
   * whose books have not all come back, is opened anew, as the live core does.
   */
  private recover(): void {
    this.playClean();
    let problem = this.recoveryProblem();
    if (problem !== undefined) {
      this.reconnect();
      this.playClean();
      problem = this.recoveryProblem();
    }
    if (problem === undefined) this.recoveries += 1;
    else this.failures.push({ frame: this.mutated, mutation: 'recovery', problem, text: '' });
  }

  private playClean(): void {
    this.sink.reconnectWanted = false;
    const { frames } = this.options;
    let reconnects = 0;
    for (let index = 0; index < frames.length; index += 1) {
      this.feed(this.session, frames[index] as RecordedFrame);
      this.resync();
      if (!this.sink.reconnectWanted || reconnects > 0) continue;
      reconnects += 1;
      this.reconnect();
      index = -1;
    }
  }

  private recoveryProblem(): string | undefined {
    for (const [symbol, wanted] of this.expected) {
      const market = this.sink.markets.get(symbol);
      if (market === undefined || !market.live) return `${symbol} did not come back`;
      if (fingerprint(market) !== wanted) return `${symbol} came back different`;
    }
    return undefined;
  }
}

/** By symbol, of live books only. */
function fingerprints(sink: FuzzSink): Map<string, number> {
  const all = new Map<string, number>();
  for (const [symbol, market] of sink.markets as ReadonlyMap<string, FuzzMarket>) {
    if (market.live) all.set(symbol, fingerprint(market));
  }
  return all;
}
