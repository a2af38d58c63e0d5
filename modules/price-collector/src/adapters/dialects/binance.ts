import type {
  FeedDialect,
  FeedMarket,
  FeedSession,
  FeedSink,
  FeedTrade,
  SessionOptions,
} from '../../domain/feed.ts';
import { LevelBuffer } from '../../domain/level-buffer.ts';
import {
  binanceInstrument,
  countField,
  type Fields,
  fieldsOf,
  readLevels,
  readTicker,
  readTrade,
  textField,
  timeUs,
} from './binance-mapping.ts';
import { BinanceScanner } from './binance-scan.ts';

/** Diffs kept per market while its snapshot is on the way: ten minutes of them. */
const PENDING_MAX = 6000;
/** Diffs that a snapshot may be ahead of: ten seconds of them. */
const CONTAINED_MAX = 100;
/** Streams named in one SUBSCRIBE message. */
const STREAMS_PER_MESSAGE = 100;
const SNAPSHOT_PATH = '/api/v3/depth?';

interface PendingDiff {
  readonly firstId: number;
  readonly lastId: number;
  readonly text: string;
}

/** One market's book against the stream of its update ids. */
interface DepthState {
  readonly market: FeedMarket;
  /** The last update id in the book; meaningless while the book is not live. */
  lastId: number;
  /** The update id that the last snapshot ended at. */
  snapshotId: number;
  /** Diffs that the snapshot contained, since it was applied. */
  contained: number;
  /** Diffs seen on this connection; 0 when another one carries this market's book. */
  diffs: number;
  pending: PendingDiff[];
  /** A snapshot was asked for and has not come. */
  asked: boolean;
  /** The first kind of trade event seen: a user subscribed to both must not see trades twice. */
  tradeEvent: string;
}

/**
 * Binance spot: diffs joined to a REST snapshot by update id. The snapshot is fetched once the
 * first diff is here; diffs it already contains are dropped; from then on each diff must begin
 * at or before the id after the last, or the book is dropped and fetched anew.
 *
 * @see https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams
 */
class BinanceSession implements FeedSession {
  private readonly sink: FeedSink;
  private readonly options: SessionOptions;
  private readonly states = new Map<string, DepthState>();
  private readonly scanner = new BinanceScanner();
  private readonly levels = new LevelBuffer();
  private requestId = 0;

  constructor(options: SessionOptions) {
    this.options = options;
    this.sink = options.sink;
  }

  start(): void {
    const streams = this.options.symbols.flatMap((symbol) => {
      const name = symbol.toLowerCase();
      return this.options.channels.map((channel) => `${name}@${STREAM_OF[channel]}`);
    });
    for (let from = 0; from < streams.length; from += STREAMS_PER_MESSAGE) {
      this.requestId += 1;
      const params = streams.slice(from, from + STREAMS_PER_MESSAGE);
      this.sink.send(JSON.stringify({ method: 'SUBSCRIBE', params, id: this.requestId }));
    }
  }

  onSent(): void {
    // Nothing of what a client says changes how the answers read.
  }

  onText(text: string): void {
    if (this.scanner.scan(text, this.levels)) {
      const { symbol, firstId, lastId, eventTimeMs } = this.scanner.head;
      const state = this.stateOf(symbol);
      if (state === undefined) return this.sink.ignored();
      const atUs = eventTimeMs > 1e14 ? eventTimeMs : eventTimeMs * 1000;
      return this.onDiff(state, { firstId, lastId, text, timeUs: atUs });
    }
    if (this.scanner.scanTicker(text)) return this.onScannedTicker();
    const trade = this.scanner.scanTrade(text);
    if (trade !== undefined) return this.onTrade(this.scanner.head.symbol, 'trade', trade);
    this.onUnusualText(text);
  }

  private onScannedTicker(): void {
    const { symbol, bid, bidSize, ask, askSize } = this.scanner.ticker;
    const state = this.stateOf(symbol);
    if (state === undefined) return this.sink.ignored();
    const day = { last: 0, volume24h: 0, exchangeTimeUs: 0 };
    this.sink.ticker(state.market, { bid, bidSize, ask, askSize, ...day });
  }

  onRest(path: string, body: string): void {
    if (!path.startsWith(SNAPSHOT_PATH)) return;
    const symbol = new URLSearchParams(path.slice(SNAPSHOT_PATH.length)).get('symbol');
    const state = symbol === null ? undefined : this.stateOf(symbol);
    if (state === undefined) return;
    state.asked = false;
    const fields = fieldsOf(parsed(body));
    const lastId = fields === undefined ? undefined : countField(fields, 'lastUpdateId');
    if (fields === undefined || lastId === undefined) return this.onRestProblem(path, fields);
    if (!readLevels(this.levels, { bids: fields.bids, asks: fields.asks })) {
      return this.sink.malformed(`the snapshot of ${symbol} has a level that is no level`);
    }
    this.onSnapshot(state, lastId);
  }

  resync(market: FeedMarket): void {
    const state = this.stateOf(market.symbol);
    if (state === undefined) return;
    state.asked = false;
    this.askSnapshot(state);
  }

  private stateOf(symbol: string): DepthState | undefined {
    const known = this.states.get(symbol);
    if (known !== undefined) return known;
    const market = this.sink.market(symbol);
    if (market === undefined) return undefined;
    const ids = { lastId: 0, snapshotId: 0, contained: 0, diffs: 0 };
    const state: DepthState = { market, ...ids, pending: [], asked: false, tradeEvent: '' };
    this.states.set(symbol, state);
    return state;
  }

  private askSnapshot(state: DepthState): void {
    if (state.asked) return;
    state.asked = true;
    const { depth } = this.options;
    const limit = depth <= 100 ? 100 : depth <= 500 ? 500 : depth <= 1000 ? 1000 : 5000;
    this.sink.fetch(`${SNAPSHOT_PATH}symbol=${state.market.symbol}&limit=${limit}`);
  }

  /** A diff whose levels stand in `levels`. */
  private onDiff(
    state: DepthState,
    diff: { firstId: number; lastId: number; text: string; timeUs: number },
  ): void {
    const { market } = state;
    state.diffs += 1;
    if (diff.lastId < diff.firstId) {
      return this.drop(market, `update ids run backwards: ${diff.firstId} to ${diff.lastId}`);
    }
    if (!market.live) {
      this.keep(state, diff);
      return this.sink.bookPending(market);
    }
    if (diff.lastId <= state.lastId && this.isKnown(state, diff)) {
      return this.sink.bookPending(market);
    }
    if (diff.lastId <= state.lastId || diff.firstId > state.lastId + 1) {
      const detail = `${market.symbol}: ${state.lastId} is followed by ${diff.firstId}`;
      this.sink.sequenceGap(detail);
      this.sink.bookDropped(market, 'SEQUENCE_GAP', detail);
      this.keep(state, diff);
      return;
    }
    state.lastId = diff.lastId;
    this.levels.applyTo(market.book);
    this.sink.bookChanged(market, diff.timeUs);
  }

  /**
   * Whether an old diff is harmless: the last one again, or one that the snapshot contains. A
   * diff that goes back otherwise, or a snapshot that contains diffs for ever, means that an id
   * read before was wrong, and a book that waits for such an id would stand still unnoticed.
   */
  private isKnown(state: DepthState, diff: { lastId: number }): boolean {
    if (diff.lastId > state.snapshotId) return diff.lastId === state.lastId;
    state.contained += 1;
    return state.contained <= CONTAINED_MAX;
  }

  private keep(state: DepthState, diff: PendingDiff): void {
    const last = state.pending.at(-1);
    if (last !== undefined && diff.lastId === last.lastId && diff.firstId === last.firstId) return;
    // A stream has no holes: after one, what was kept can no longer lead anywhere.
    if (last !== undefined && diff.firstId !== last.lastId + 1) state.pending = [];
    if (state.pending.length === PENDING_MAX) state.pending.shift();
    state.pending.push({ firstId: diff.firstId, lastId: diff.lastId, text: diff.text });
    if (state.pending.length === 1) this.askSnapshot(state);
  }

  /**
   * The levels of a snapshot stand in `levels`. The published procedure refuses a snapshot older
   * than the first diff; one that ends right before it is taken too, as nothing is between them.
   */
  private onSnapshot(state: DepthState, lastId: number): void {
    const { market } = state;
    if (market.live && state.diffs === 0) state.lastId = Math.max(state.lastId, lastId);
    if (market.live && lastId <= state.lastId) return;
    const pending = state.pending.filter((diff) => diff.lastId > lastId);
    const first = pending[0];
    if (first !== undefined && first.firstId > lastId + 1) {
      state.pending = pending;
      this.askSnapshot(state);
      return;
    }
    state.pending = [];
    state.lastId = lastId;
    state.snapshotId = lastId;
    state.contained = 0;
    market.book.clear();
    this.levels.applyTo(market.book);
    let time = 0;
    for (const [index, diff] of pending.entries()) {
      if (diff.firstId > state.lastId + 1) {
        this.sink.sequenceGap(`${market.symbol}: ${state.lastId} is followed by ${diff.firstId}`);
        this.sink.bookDropped(market, 'SEQUENCE_GAP', `${market.symbol}: a diff is missing`);
        state.pending = pending.slice(index);
        return;
      }
      const data = this.reread(diff.text);
      if (data === undefined) continue;
      time = timeUs(data, 'E');
      state.lastId = diff.lastId;
      this.levels.applyTo(market.book);
    }
    this.sink.bookChanged(market, time);
  }

  /** A kept diff was valid when it was kept, so it still is: its levels end up in `levels`. */
  private reread(text: string): Fields | undefined {
    const data = dataOf(fieldsOf(parsed(text)));
    if (data === undefined || !readLevels(this.levels, { bids: data.b, asks: data.a })) {
      return undefined;
    }
    return data;
  }

  private onUnusualText(text: string): void {
    const fields = fieldsOf(parsed(text));
    if (fields === undefined) return this.onBroken(text, 'not a JSON object');
    const data = dataOf(fields);
    if (data === undefined) return this.onBroken(text, 'data is not an object');
    const event = data.e;
    if (event === undefined && 'result' in data) {
      return this.sink.status(`answer to request ${String(data.id)}`);
    }
    const problem = fieldsOf(data.error);
    if (problem !== undefined) {
      return this.sink.venueError({ detail: String(problem.msg), fatal: problem.code === 2 });
    }
    if (event === 'serverShutdown') {
      this.sink.status('the server shuts down');
      return this.sink.reconnect('MAINTENANCE', 'the server announced its shutdown');
    }
    if (event === 'depthUpdate') return this.onDepthObject(data, text);
    if (event === 'trade' || event === 'aggTrade') {
      return this.onTrade(textField(data, 's') ?? '', event, readTrade(data));
    }
    if (event === '24hrTicker' || isBookTicker(data, fields)) return this.onTicker(data);
    if (typeof event === 'string' || 'stream' in fields) return this.sink.ignored();
    this.sink.malformed('neither an event nor an answer');
  }

  private onDepthObject(data: Fields, text: string): void {
    const firstId = countField(data, 'U');
    const lastId = countField(data, 'u');
    const symbol = textField(data, 's');
    if (firstId === undefined || lastId === undefined || symbol === undefined) {
      return this.onBroken(text, 'a depth update without symbol or update ids');
    }
    const state = this.stateOf(symbol);
    if (state === undefined) return this.sink.ignored();
    if (!readLevels(this.levels, { bids: data.b, asks: data.a })) {
      return this.drop(state.market, 'a depth update has a level that is no level');
    }
    this.onDiff(state, { firstId, lastId, text, timeUs: timeUs(data, 'E') });
  }

  private onTrade(symbol: string, event: string, trade: FeedTrade | undefined): void {
    const state = this.stateOf(symbol);
    if (state === undefined) return this.sink.ignored();
    if (trade === undefined) return this.sink.malformed('a trade without id, price or size');
    if (state.tradeEvent === '') state.tradeEvent = event;
    if (state.tradeEvent !== event) return this.sink.ignored();
    this.sink.trade(state.market, trade);
  }

  private onTicker(data: Fields): void {
    const state = this.stateOf(textField(data, 's') ?? '');
    if (state === undefined) return this.sink.ignored();
    const ticker = readTicker(data);
    if (ticker === undefined) return this.sink.malformed('a ticker without its four numbers');
    this.sink.ticker(state.market, ticker);
  }

  /**
   * A text that cannot be read may have been any market's diff. Nothing is dropped for it: if it
   * was, the next diff of that market does not follow on, and its book goes then.
   */
  private onBroken(text: string, what: string): void {
    this.sink.malformed(`${what}: ${text.slice(0, 80)}`);
  }

  private drop(market: FeedMarket, detail: string): void {
    this.sink.malformed(detail);
    if (market.live) this.sink.bookDropped(market, 'MALFORMED_FRAME', detail);
    const state = this.states.get(market.symbol);
    if (state !== undefined) state.pending = [];
  }

  private onRestProblem(path: string, fields: Fields | undefined): void {
    const detail = `${path}: ${String(fields?.msg ?? 'not a depth snapshot')}`;
    // -1121 is an unknown symbol: asking again gives the same answer.
    if (fields?.code !== undefined) {
      return this.sink.venueError({ detail, fatal: fields.code === -1121 });
    }
    this.sink.malformed(detail);
  }
}

const STREAM_OF = { book: 'depth@100ms', trade: 'trade', ticker: 'bookTicker' } as const;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Combined streams wrap each event in `{stream, data}`, raw ones do not. */
function dataOf(fields: Fields | undefined): Fields | undefined {
  return fields !== undefined && 'stream' in fields ? fieldsOf(fields.data) : fields;
}

function isBookTicker(data: Fields, frame: Fields): boolean {
  if (data.e === 'bookTicker') return true;
  if (data.e !== undefined) return false;
  const stream = frame.stream;
  if (typeof stream === 'string') return stream.endsWith('@bookTicker');
  return 'B' in data && 'A' in data && 's' in data;
}

export const binanceDialect: FeedDialect = {
  name: 'binance',
  feed: 'binance',
  speaks: (url) => /^wss?:\/\/[^/]*binance\.(com|us)(:\d+)?\//.test(url) || BINANCE_PATH.test(url),
  instrumentOf: binanceInstrument,
  // The venue pings every 20 seconds, and a ping is a sign of life.
  silenceLimitMs: 60_000,
  sendsPerSecondMax: 4,
  // 1,024 streams a connection, three a symbol.
  symbolsPerConnectionMax: 300,
  open: (options) => new BinanceSession(options),
};

/** Combined and raw stream paths, at a simulator or a relay. */
const BINANCE_PATH = /^wss?:\/\/[^/]+\/(stream(\?streams=.*)?|ws\/[a-z0-9]+@.*)$/;
