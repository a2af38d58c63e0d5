import { AtsError, Decimal, type InstrumentId, instrumentId } from '@ats/domain';
import type { FeedDialect, FeedSession } from '../domain/feed.ts';
import { frameTimeUs, pathOf, type RecordedFrame } from '../domain/recording.ts';
import type { DialectRegistry } from './registry.ts';
import {
  type MessageCounts,
  type ReplayMarket,
  ReplayMarkets,
  ReplaySink,
  ReplayTally,
  type ReplayWatcher,
} from './replay-sink.ts';

/** Best levels of each side in a summary. */
const SUMMARY_LEVELS = 10;
const CONNECTIONS_MAX = 10_000;
const MARKETS_MAX = 50_000;

export type SummaryLevel = readonly [price: string, size: string];

/** What a recording says when the production adapter reads it. Prices and sizes are decimals. */
export interface ReplaySummary {
  /** The venues of the recording, joined by `+` where there are several. */
  readonly venue: string;
  /** Texts received. */
  readonly frames: number;
  /** Received texts by what was in them; one that held two kinds counts under both. */
  readonly messages: Readonly<MessageCounts>;
  readonly checksums: { readonly verified: number; readonly failed: number };
  readonly sequenceGaps: number;
  /** How often a book became crossed. Crossed books are kept as the venue sent them. */
  readonly crossedBooks: number;
  /** By instrument, `venue:BASE/QUOTE` in a recording of several venues. */
  readonly trades: Readonly<Record<string, { readonly count: number; readonly volume: string }>>;
  readonly books: Readonly<
    Record<
      string,
      { readonly bids: readonly SummaryLevel[]; readonly asks: readonly SummaryLevel[] }
    >
  >;
}

interface Connection {
  readonly session: FeedSession;
  readonly sink: ReplaySink;
  readonly venue: string;
}

interface Venue {
  readonly name: string;
  readonly markets: Map<string, ReplayMarkets>;
}

/** Feeds recorded frames through the production dialects, one session for each connection. */
export class FrameReplay {
  private readonly registry: DialectRegistry;
  private readonly tally = new ReplayTally();
  private readonly venues = new Map<string, Venue>();
  private readonly connections = new Map<string, Connection>();

  private readonly watch: ((venue: string) => ReplayWatcher) | undefined;

  /** @param watch is asked for one watcher for each connection of a venue */
  constructor(registry: DialectRegistry, watch?: (venue: string) => ReplayWatcher) {
    this.registry = registry;
    this.watch = watch;
  }

  /** @throws TAPE_INVALID when no dialect reads the frame's venue */
  push(frame: RecordedFrame): void {
    const text = frame.m ?? '';
    switch (frame.k) {
      case 'open':
        this.open(frame);
        return;
      case 'out':
        this.connection(frame).session.onSent(text);
        return;
      case 'in':
        this.tally.beginFrame();
        this.connection(frame).session.onText(text, frameTimeUs(frame));
        this.tally.endFrame();
        return;
      case 'rest':
        this.rest(frame, text);
    }
  }

  /** The market of an instrument, for whoever watches a replay as it goes. */
  summary(): ReplaySummary {
    const { tally } = this;
    const several = this.venues.size > 1;
    const trades: Record<string, { count: number; volume: string }> = {};
    const books: Record<string, { bids: SummaryLevel[]; asks: SummaryLevel[] }> = {};
    for (const [market, venue] of this.markets()) {
      const key = several ? `${venue}:${market.instrument}` : market.instrument;
      const { bids, asks } = market.book;
      books[key] = { bids: levelsOf(bids), asks: levelsOf(asks) };
      if (market.trades === 0) continue;
      trades[key] = { count: market.trades, volume: market.volume.toString() };
    }
    return {
      venue: [...this.venues.keys()].join('+'),
      frames: tally.frames,
      messages: { ...tally.messages },
      checksums: { verified: tally.checksumsVerified, failed: tally.checksumsFailed },
      sequenceGaps: tally.sequenceGaps,
      crossedBooks: tally.crossedBooks,
      trades,
      books,
    };
  }

  private *markets(): Iterable<readonly [ReplayMarket, string]> {
    for (const venue of this.venues.values()) {
      for (const markets of venue.markets.values()) {
        for (const market of markets.all.values()) {
          if (market !== undefined) yield [market, venue.name];
        }
      }
    }
  }

  private open(frame: RecordedFrame): Connection {
    const key = `${frame.v}#${frame.c}`;
    this.connections.get(key)?.sink.dropCarried();
    if (this.connections.size >= CONNECTIONS_MAX) {
      throw invalid(frame, `more than ${CONNECTIONS_MAX} connections`);
    }
    const dialect = this.dialectOf(frame);
    const markets = this.marketsOf(frame.v, dialect);
    const sink = new ReplaySink({ tally: this.tally, markets, watcher: this.watch?.(frame.v) });
    const session = dialect.open({
      sink,
      symbols: [],
      depth: 1000,
      channels: ['book', 'trade', 'ticker'],
    });
    const connection = { session, sink, venue: frame.v };
    this.connections.set(key, connection);
    return connection;
  }

  /** A recording that begins in the middle of a connection has no `open` line for it. */
  private connection(frame: RecordedFrame): Connection {
    return this.connections.get(`${frame.v}#${frame.c}`) ?? this.open(frame);
  }

  /** REST answers have connections of their own: whoever waits for one on this venue gets it. */
  private rest(frame: RecordedFrame, body: string): void {
    const path = pathOf(frame.u ?? '');
    for (const { session, venue } of this.connections.values()) {
      if (venue === frame.v) session.onRest(path, body, frameTimeUs(frame));
    }
  }

  private marketsOf(venueName: string, dialect: FeedDialect): ReplayMarkets {
    const venue = this.venues.get(venueName) ?? { name: venueName, markets: new Map() };
    this.venues.set(venueName, venue);
    const known = venue.markets.get(dialect.name);
    if (known !== undefined) return known;
    const instrumentOf = (symbol: string): InstrumentId | undefined => {
      const pair = dialect.instrumentOf(symbol);
      return pair === undefined ? undefined : instrumentId(pair);
    };
    const markets = new ReplayMarkets({ instrumentOf, marketsMax: MARKETS_MAX });
    venue.markets.set(dialect.name, markets);
    return markets;
  }

  private dialectOf(frame: RecordedFrame): FeedDialect {
    const dialect = this.registry.forFrames(frame.v, frame.u);
    if (dialect !== undefined) return dialect;
    throw invalid(frame, `no adapter speaks ${frame.u ?? 'an unnamed URL'}`);
  }
}

function invalid(frame: RecordedFrame, why: string): AtsError {
  return new AtsError({
    code: 'TAPE_INVALID',
    message: `venue ${frame.v}, connection ${frame.c}: ${why}`,
    remedy: 'Name a recording of a venue that ATS has a native adapter for.',
    context: { field: 'frames', value: frame.v },
  });
}

function levelsOf(side: {
  readonly depth: number;
  priceText(index: number): string;
  sizeText(index: number): string;
}): SummaryLevel[] {
  const count = Math.min(side.depth, SUMMARY_LEVELS);
  return Array.from(
    { length: count },
    (_, index): SummaryLevel => [plain(side.priceText(index)), plain(side.sizeText(index))],
  );
}

/** The venue's digits, in plain notation where it wrote an exponent. */
function plain(text: string): string {
  return /[eE]/.test(text) ? Decimal.parse(text).toString() : text;
}
