import type { Clock } from '@ats/runtime';
import type { LevelChange, MarketBatch, SimMarket, SimVenue } from '../../../domain/sim-market.ts';
import { MarketStream } from '../shared/stream.ts';
import {
  aggTradeEvent,
  bookTicker,
  depthText,
  depthUpdate,
  tickerEvent,
  tradeEvent,
} from './frames.ts';

/** One event, bare and in the envelope of the combined streams. */
export interface StreamMessage {
  readonly raw: string;
  readonly combined: string;
}

type Channel = { readonly stream: MarketStream<StreamMessage[]>; readonly flush?: () => void };

/** Period of the finest timer: `@depth@100ms`. */
export const TICK_MS = 100;
const TICKS_PER_SECOND = 10;

const STREAM_NAME =
  /^([a-z0-9]+)@(trade|aggTrade|bookTicker|ticker|depth(?:(5|10|20))?(?:@(100|1000)ms)?)$/;

/** The event streams of all markets, made when first asked for and then shared. */
export class BinanceStreams {
  private readonly venue: SimVenue;
  private readonly clock: Clock;
  private readonly channels = new Map<string, Channel | undefined>();
  private ticks = 0;

  constructor(venue: SimVenue, clock: Clock) {
    this.venue = venue;
    this.clock = clock;
  }

  /**
   * @returns `invalid` for a name that is not of a stream's form; undefined for a market that is
   * not listed, on which Binance stays silent.
   */
  find(name: string): MarketStream<StreamMessage[]> | 'invalid' | undefined {
    const match = STREAM_NAME.exec(name);
    if (match === null) return 'invalid';
    const market = this.venue.markets.get((match[1] as string).toUpperCase());
    if (market === undefined) return undefined;
    let channel = this.channels.get(name);
    if (channel === undefined) {
      channel = this.make(name, market, match);
      this.channels.set(name, channel);
    }
    return channel?.stream;
  }

  /** Sends what streams with a period have gathered. Called every `TICK_MS`. */
  tick(): void {
    this.ticks += 1;
    for (const [name, channel] of this.channels) {
      if (channel?.flush === undefined || channel.stream.idle) continue;
      if (!name.endsWith('@100ms') && this.ticks % TICKS_PER_SECOND !== 0) continue;
      channel.flush();
    }
  }

  close(): void {
    for (const channel of this.channels.values()) channel?.stream.close();
    this.channels.clear();
  }

  private make(name: string, market: SimMarket, match: RegExpExecArray): Channel {
    const wrap = (raw: string): StreamMessage => ({
      raw,
      combined: `{"stream":"${name}","data":${raw}}`,
    });
    const kind = match[2] as string;
    const symbol = market.listing.symbol;
    if (kind === 'trade') return trades(market, (trade) => wrap(tradeEvent(symbol, trade)));
    if (kind === 'aggTrade') return trades(market, (trade) => wrap(aggTradeEvent(symbol, trade)));
    if (kind === 'bookTicker') return topOfBook(market, wrap);
    if (kind === 'ticker') {
      return periodic(market, () => wrap(tickerEvent(market, this.clock.nowUs())));
    }
    if (match[3] === undefined) return depthDiffs(market, wrap);
    const count = Number(match[3]);
    return periodic(market, () => wrap(depthText(market, count)));
  }
}

type Wrap = (raw: string) => StreamMessage;

function trades(
  market: SimMarket,
  encode: (trade: MarketBatch['trades'][number]) => StreamMessage,
): Channel {
  return {
    stream: new MarketStream({
      market,
      encode: (batch) => (batch.trades.length === 0 ? undefined : batch.trades.map(encode)),
    }),
  };
}

/** `@bookTicker`: on every change of a best price or quantity. */
function topOfBook(market: SimMarket, wrap: Wrap): Channel {
  const { bids, asks } = market.book;
  const last = { bid: Number.NaN, bidSize: Number.NaN, ask: Number.NaN, askSize: Number.NaN };
  const changed = (): boolean => {
    const [bid, bidSize, ask, askSize] = [bids.price(0), bids.size(0), asks.price(0), asks.size(0)];
    const same =
      Object.is(bid, last.bid) &&
      Object.is(bidSize, last.bidSize) &&
      Object.is(ask, last.ask) &&
      Object.is(askSize, last.askSize);
    if (!same) Object.assign(last, { bid, bidSize, ask, askSize });
    return !same;
  };
  const encode = () => (changed() ? [wrap(bookTicker(market))] : undefined);
  return { stream: new MarketStream({ market, encode, begin: () => void changed() }) };
}

/** `@depth`: the changes of a period as one event, the last state of each level. */
function depthDiffs(market: SimMarket, wrap: Wrap): Channel {
  const levels = new Map<string, LevelChange>();
  let firstSequence = 0;
  let lastSequence = 0;
  let timeUs = 0;
  const encode = (batch: MarketBatch): undefined => {
    if (batch.levels.length === 0) return;
    if (levels.size === 0) firstSequence = batch.firstSequence;
    lastSequence = batch.lastSequence;
    timeUs = batch.timeUs;
    for (const level of batch.levels) levels.set(level.side + level.priceText, level);
  };
  const stream = new MarketStream<StreamMessage[]>({
    market,
    encode,
    begin: () => levels.clear(),
  });
  const flush = (): void => {
    if (levels.size === 0) return;
    const symbol = market.listing.symbol;
    const update = { symbol, timeUs, firstSequence, lastSequence, levels: [...levels.values()] };
    levels.clear();
    stream.send([wrap(depthUpdate(update))]);
  };
  return { stream, flush };
}

/** A stream that repeats the present state each period, when there was a batch since. */
function periodic(market: SimMarket, encode: () => StreamMessage): Channel {
  let changed = true;
  const stream = new MarketStream<StreamMessage[]>({
    market,
    encode: () => {
      changed = true;
      return undefined;
    },
    begin: () => {
      changed = true;
    },
  });
  const flush = (): void => {
    if (!changed) return;
    changed = false;
    stream.send([encode()]);
  };
  return { stream, flush };
}
