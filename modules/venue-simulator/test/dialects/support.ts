import {
  assetId,
  Decimal,
  instrumentId,
  type Listing,
  OrderBook,
  type Side,
  venueId,
} from '@ats/domain';
import { type RandomStream, seededRandom } from '@ats/runtime';
import { type ManualTimers, manualTimers, silentLogger } from '@ats/testkit';
import type {
  AttachedDialect,
  ConnectionHandler,
  DialectServer,
  FrameKind,
  VenueAnswer,
  VenueConnection,
} from '../../src/app/dialect-server.ts';
import type {
  DayStatistics,
  LevelChange,
  MarketBatch,
  SimMarket,
  SimVenue,
  TradePrint,
} from '../../src/domain/sim-market.ts';

const NETWORKS: Readonly<Record<string, string>> = { USD: 'fiat', KRW: 'fiat', BTC: 'bitcoin' };

interface MarketShape {
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  readonly tick: string;
  readonly step: string;
  /** The middle of the first book, in ticks. */
  readonly middleTicks: number;
}

function listingOf(venue: string, shape: MarketShape): Listing {
  const asset = (id: string) => ({ id: assetId(id), network: NETWORKS[id] ?? 'ethereum' });
  return {
    venue: venueId(venue),
    instrument: instrumentId(shape),
    symbol: shape.symbol,
    base: asset(shape.base),
    quote: asset(shape.quote),
    priceTick: Decimal.parse(shape.tick),
    quantityStep: Decimal.parse(shape.step),
    quantityMin: Decimal.parse(shape.step),
    notionalMin: Decimal.parse('5'),
    fees: { takerBps: Decimal.parse('10'), makerBps: Decimal.parse('8') },
  };
}

const decimalsOf = (text: string): number => text.split('.')[1]?.length ?? 0;

/** A market driven by a random stream: levels come, change and go, the middle drifts. */
export class ScriptedMarket implements SimMarket {
  readonly listing: Listing;
  readonly priceDecimals: number;
  readonly sizeDecimals: number;
  readonly book = new OrderBook();
  readonly recentTrades: TradePrint[] = [];
  lastSequence = 0;
  day: DayStatistics;
  private readonly shape: MarketShape;
  private readonly counts = new Map<string, number>();
  private readonly listeners = new Set<(batch: MarketBatch) => void>();
  private readonly random: RandomStream;
  private middle: number;
  private tradeId = 0;

  constructor(venue: string, shape: MarketShape) {
    this.shape = shape;
    this.listing = listingOf(venue, shape);
    this.priceDecimals = decimalsOf(shape.tick);
    this.sizeDecimals = decimalsOf(shape.step);
    this.random = seededRandom(7).stream(shape.symbol);
    this.middle = shape.middleTicks;
    const price = shape.middleTicks * Number(shape.tick);
    this.day = {
      last: price,
      open: price * 0.99,
      high: price,
      low: price * 0.98,
      volumeBase: 12.5,
      volumeQuote: 12.5 * price,
      trades: 3,
    };
    for (let offset = 1; offset <= 60; offset += 1) {
      this.write('bid', this.middle - offset, 1 + this.random.integer(5_000_000));
      this.write('ask', this.middle + offset, 1 + this.random.integer(5_000_000));
    }
  }

  get listenerCount(): number {
    return this.listeners.size;
  }

  orderCountAt(side: Side, price: number): number {
    return this.counts.get(`${side}${price}`) ?? 0;
  }

  onBatch(listener: (batch: MarketBatch) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** One batch: a few levels near the top, at times a drift or a trade. */
  step(timeUs: number): void {
    const changes = new Map<string, LevelChange>();
    const set = (side: Side, ticks: number, units: number): void => {
      const change = this.write(side, ticks, units);
      if (change !== undefined) changes.set(side + change.priceText, change);
    };
    if (this.random.next() < 0.2) this.middle += this.random.integer(5) - 2;
    const count = 1 + this.random.integer(4);
    for (let index = 0; index < count; index += 1) {
      const side: Side = this.random.next() < 0.5 ? 'bid' : 'ask';
      const away = 1 + this.random.integer(40);
      const units = this.random.next() < 0.35 ? 0 : 1 + this.random.integer(5_000_000);
      set(side, side === 'bid' ? this.middle - away : this.middle + away, units);
    }
    this.uncross(set);
    const trades = this.random.next() < 0.3 ? [this.print(timeUs)] : [];
    const firstSequence = this.lastSequence + 1;
    this.lastSequence += changes.size;
    const { lastSequence } = this;
    const batch = { timeUs, firstSequence, lastSequence, levels: [...changes.values()], trades };
    for (const listener of this.listeners) listener(batch);
  }

  private uncross(set: (side: Side, ticks: number, units: number) => void): void {
    const { bids, asks } = this.book;
    const ticks = (price: number): number => Math.round(price / Number(this.shape.tick));
    while (bids.depth > 0 && ticks(bids.price(0)) >= this.middle)
      set('bid', ticks(bids.price(0)), 0);
    while (asks.depth > 0 && ticks(asks.price(0)) <= this.middle)
      set('ask', ticks(asks.price(0)), 0);
  }

  private print(timeUs: number): TradePrint {
    const aggressor: Side = this.random.next() < 0.5 ? 'bid' : 'ask';
    const level = this.book.side(aggressor === 'bid' ? 'ask' : 'bid');
    this.tradeId += 1;
    const trade: TradePrint = {
      tradeId: this.tradeId,
      timeUs,
      price: level.price(0),
      size: level.size(0),
      priceText: level.priceText(0),
      sizeText: level.sizeText(0),
      aggressor,
    };
    this.recentTrades.push(trade);
    if (this.recentTrades.length > 100) this.recentTrades.shift();
    this.day = { ...this.day, last: trade.price, trades: this.day.trades + 1 };
    return trade;
  }

  /** @returns the change; undefined when a level to remove was not there. */
  private write(side: Side, ticks: number, units: number): LevelChange | undefined {
    const priceText = Decimal.parse(this.shape.tick).multiply(Decimal.parse(String(ticks)));
    const sizeText = Decimal.parse(this.shape.step).multiply(Decimal.parse(String(units)));
    const price = priceText.toNumber();
    const size = sizeText.toNumber();
    const texts = [
      priceText.toNumber().toFixed(this.priceDecimals),
      sizeText.toNumber().toFixed(this.sizeDecimals),
    ] as const;
    if (!this.book.side(side).set(price, size, texts[0], texts[1])) return undefined;
    const orderCount = units === 0 ? 0 : 1 + (units % 4);
    this.counts.set(`${side}${price}`, orderCount);
    return { side, price, size, priceText: texts[0], sizeText: texts[1], orderCount };
  }
}

/** A connection that remembers what was sent on it. */
export class RecordedConnection implements VenueConnection {
  readonly id: number;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly client = '127.0.0.1';
  readonly frames: { readonly frame: string | Uint8Array; readonly kind: FrameKind }[] = [];
  pings = 0;
  closed: { readonly code: number; readonly reason: string } | undefined;

  constructor(id: number, url: string) {
    const target = new URL(url, 'ws://test');
    this.id = id;
    this.path = target.pathname;
    this.query = target.searchParams;
  }

  get open(): boolean {
    return this.closed === undefined;
  }

  send(frame: string | Uint8Array, kind: FrameKind): void {
    this.frames.push({ frame, kind });
  }

  ping(): void {
    this.pings += 1;
  }

  close(code: number, reason: string): void {
    this.closed ??= { code, reason };
  }

  /** The texts sent since the last call, binary frames decoded. */
  take(): string[] {
    return this.frames.splice(0).map(({ frame }) => Buffer.from(frame).toString());
  }

  /** As `take`, parsed; numbers lose their texts. */
  takeJson<Message>(): Message[] {
    return this.take().map((text) => JSON.parse(text) as Message);
  }
}

export interface Bench {
  readonly timers: ManualTimers;
  readonly market: ScriptedMarket;
  readonly other: ScriptedMarket;
  readonly dialect: AttachedDialect;
  readonly faults: { maintenance: boolean };
  connect(url: string): { connection: RecordedConnection; handler: ConnectionHandler };
  get(url: string): VenueAnswer;
  /** Steps both markets, 10 ms apart. */
  run(steps: number): void;
}

/** A dialect over two scripted markets, in virtual time. */
export function bench(server: DialectServer, shapes: readonly [MarketShape, MarketShape]): Bench {
  const timers = manualTimers();
  const market = new ScriptedMarket(server.venue, shapes[0]);
  const other = new ScriptedMarket(server.venue, shapes[1]);
  const markets = new Map<string, SimMarket>([
    [shapes[0].symbol, market],
    [shapes[1].symbol, other],
  ]);
  const venue: SimVenue = { name: server.venue, markets };
  const faults = { maintenance: false };
  const { clock } = timers;
  const random = seededRandom(1);
  const accounts = { byApiKey: () => undefined };
  const logger = silentLogger();
  const dialect = server.attach(venue, { clock, timers, random, logger, faults, accounts });
  let connections = 0;
  return {
    timers,
    market,
    other,
    dialect,
    faults,
    connect(url) {
      connections += 1;
      const connection = new RecordedConnection(connections, url);
      if (!dialect.accepts(connection.path)) throw new Error(`no WebSocket at ${url}`);
      return { connection, handler: dialect.connect(connection) };
    },
    get(url) {
      const target = new URL(url, 'http://test');
      const answer = dialect.handle({
        method: 'GET',
        path: target.pathname,
        query: target.searchParams,
        headers: {},
        rawQuery: target.search.slice(1),
        body: '',
        client: '127.0.0.1',
      });
      if (answer === undefined) throw new Error(`nothing at ${url}`);
      return answer;
    },
    run(steps) {
      for (let step = 0; step < steps; step += 1) {
        timers.advance(10);
        market.step(clock.nowUs());
        other.step(clock.nowUs());
      }
    },
  };
}

/** A plain book of prices to sizes, put together independently of the code under test. */
export class PlainBook {
  readonly bids = new Map<number, number>();
  readonly asks = new Map<number, number>();

  set(side: 'bids' | 'asks', price: number, size: number): void {
    if (size === 0) this[side].delete(price);
    else this[side].set(price, size);
  }

  sorted(side: 'bids' | 'asks', depth = Number.POSITIVE_INFINITY): [number, number][] {
    const sign = side === 'bids' ? -1 : 1;
    return [...this[side]].sort((a, b) => sign * (a[0] - b[0])).slice(0, depth);
  }

  cut(depth: number): void {
    for (const side of ['bids', 'asks'] as const) {
      for (const [price] of this.sorted(side).slice(depth)) this[side].delete(price);
    }
  }
}

/** The market's own levels, best first. */
export function levelsOf(
  market: SimMarket,
  side: 'bids' | 'asks',
  depth = Number.POSITIVE_INFINITY,
): [number, number][] {
  const view = market.book[side];
  const levels: [number, number][] = [];
  for (let index = 0; index < Math.min(depth, view.depth); index += 1) {
    levels.push([view.price(index), view.size(index)]);
  }
  return levels;
}
