import type { FeedDialect, FeedMarket, FeedSession, SessionOptions } from '@ats/price-collector';

/** One level of both sides, as Upbit sends them. */
interface Unit {
  readonly bid_price: number;
  readonly bid_size: number;
  readonly ask_price: number;
  readonly ask_size: number;
}

/**
 * Upbit's order books alone: every message is a whole book, so there is nothing to resync. Run it
 * with `ats up --set venues.upbit.feed=examples/exchanges/upbit-books.ts`.
 *
 * @see https://docs.upbit.com/reference/websocket-orderbook
 */
class UpbitBooksSession implements FeedSession {
  private readonly options: SessionOptions;

  constructor(options: SessionOptions) {
    this.options = options;
  }

  start(): void {
    const { sink, symbols } = this.options;
    sink.send(JSON.stringify([{ ticket: 'books' }, { type: 'orderbook', codes: symbols }]));
  }

  onText(text: string): void {
    const { sink } = this.options;
    let message: { code?: string; timestamp?: number; orderbook_units?: Unit[] } | null;
    try {
      message = JSON.parse(text);
    } catch {
      return sink.malformed('not JSON');
    }
    const units = message?.orderbook_units;
    if (!Array.isArray(units)) return sink.status(text);
    const market = sink.market(String(message?.code));
    if (market === undefined) return sink.ignored();
    if (!units.every(isUnit)) return this.drop(market);
    const { bids, asks } = market.book;
    market.book.clear();
    for (const unit of units) {
      // Zeros fill up the side that has fewer levels.
      if (unit.bid_price > 0) bids.set(unit.bid_price, unit.bid_size);
      if (unit.ask_price > 0) asks.set(unit.ask_price, unit.ask_size);
    }
    sink.bookChanged(market, Number(message?.timestamp ?? 0) * 1000);
  }

  onSent(): void {
    // Every subscription is the same: nothing is to be learnt from it.
  }

  onRest(): void {
    // Nothing is fetched.
  }

  resync(): void {
    // The next message is a whole book.
  }

  private drop(market: FeedMarket): void {
    this.options.sink.malformed('a level that is no level');
    this.options.sink.bookDropped(market, 'MALFORMED_FRAME', 'a level that is no level');
  }
}

/** Checked before a book is touched: all of it finite, nothing below 0. */
function isUnit(unit: Unit | null): boolean {
  const { bid_price, bid_size, ask_price, ask_size } = unit ?? {};
  return [bid_price, bid_size, ask_price, ask_size].every(isAmount);
}

const isAmount = (value: unknown): boolean => Number.isFinite(value) && Number(value) >= 0;

export const dialect: FeedDialect = {
  name: 'upbit-books',
  feed: 'upbit-books',
  speaks: (url) => new URL(url).hostname === 'api.upbit.com',
  instrumentOf(symbol) {
    const [quote, base] = symbol.split('-');
    return base && quote ? { base, quote } : undefined;
  },
  silenceLimitMs: 30_000,
  keepAlive: { everyMs: 10_000, text: 'PING' },
  sendsPerSecondMax: 5,
  symbolsPerConnectionMax: 50,
  open: (options) => new UpbitBooksSession(options),
};
