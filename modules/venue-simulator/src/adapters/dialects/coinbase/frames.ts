import type { Side } from '@ats/domain';
import type {
  LevelChange,
  MarketBatch,
  SimMarket,
  TradePrint,
} from '../../../domain/sim-market.ts';
import { isoShort, trimZeros } from '../shared/numbers.ts';

/** A message but for its sequence number, which counts each connection's messages. */
export interface Unnumbered {
  readonly head: string;
  readonly tail: string;
}

export const numbered = (message: Unnumbered, sequence: number): string =>
  message.head + sequence + message.tail;

export function envelope(channel: string, timeUs: number, events: string): Unnumbered {
  return {
    head: `{"channel":"${channel}","timestamp":"${isoShort(timeUs)}","sequence_num":`,
    tail: `,"events":[${events}]}`,
  };
}

const SIDE_NAMES = { bid: 'bid', ask: 'offer' } as const;

function levelText(side: Side, time: string, price: string, size: string): string {
  return (
    `{"side":"${SIDE_NAMES[side]}","event_time":"${time}",` +
    `"price_level":"${trimZeros(price)}","new_quantity":"${trimZeros(size)}"}`
  );
}

function levelsOf(market: SimMarket, side: Side, time: string): string[] {
  const view = market.book.side(side);
  const levels: string[] = [];
  for (let index = 0; index < view.depth; index += 1) {
    levels.push(levelText(side, time, view.priceText(index), view.sizeText(index)));
  }
  return levels;
}

/** The whole book: the level2 channel has no depth. */
export function bookSnapshot(market: SimMarket, timeUs: number): Unnumbered {
  const time = isoShort(timeUs);
  const updates = [...levelsOf(market, 'bid', time), ...levelsOf(market, 'ask', time)].join(',');
  const product = market.listing.symbol;
  const event = `{"type":"snapshot","product_id":"${product}","updates":[${updates}]}`;
  return envelope('l2_data', timeUs, event);
}

export function bookUpdate(product: string, batch: MarketBatch): Unnumbered | undefined {
  if (batch.levels.length === 0) return undefined;
  const time = isoShort(batch.timeUs);
  const text = (level: LevelChange): string =>
    levelText(level.side, time, level.priceText, level.sizeText);
  let updates = '';
  for (const level of batch.levels) if (level.side === 'bid') updates += `,${text(level)}`;
  for (const level of batch.levels) if (level.side === 'ask') updates += `,${text(level)}`;
  const event = `{"type":"update","product_id":"${product}","updates":[${updates.slice(1)}]}`;
  return envelope('l2_data', batch.timeUs, event);
}

/** `side` is the maker's: a buyer who takes meets a SELL. */
export function tradeText(product: string, trade: TradePrint): string {
  const side = trade.aggressor === 'bid' ? 'SELL' : 'BUY';
  return (
    `{"product_id":"${product}","trade_id":"${trade.tradeId}",` +
    `"price":"${trimZeros(trade.priceText)}","size":"${trimZeros(trade.sizeText)}",` +
    `"time":"${isoShort(trade.timeUs)}","side":"${side}"}`
  );
}

/** Newest first, as Coinbase lists them. */
export function trades(options: {
  readonly product: string;
  readonly type: 'snapshot' | 'update';
  readonly prints: readonly TradePrint[];
  readonly timeUs: number;
}): Unnumbered {
  const list = options.prints.map((trade) => tradeText(options.product, trade)).reverse();
  const event = `{"type":"${options.type}","trades":[${list.join(',')}]}`;
  return envelope('market_trades', options.timeUs, event);
}

export function ticker(market: SimMarket, type: 'snapshot' | 'update', timeUs: number): Unnumbered {
  const { day, book, listing } = market;
  const price = (value: number): string => trimZeros(value.toFixed(market.priceDecimals));
  const percent = day.open === 0 ? 0 : ((day.last - day.open) / day.open) * 100;
  const fields = JSON.stringify({
    type: 'ticker',
    product_id: listing.symbol,
    price: price(day.last),
    volume_24_h: trimZeros(day.volumeBase.toFixed(8)),
    low_24_h: price(day.low),
    high_24_h: price(day.high),
    low_52_w: price(day.low),
    high_52_w: price(day.high),
    price_percent_chg_24_h: trimZeros(percent.toFixed(14)),
    best_bid: book.bids.depth === 0 ? '0' : trimZeros(book.bids.priceText(0)),
    best_ask: book.asks.depth === 0 ? '0' : trimZeros(book.asks.priceText(0)),
    best_bid_quantity: book.bids.depth === 0 ? '0' : trimZeros(book.bids.sizeText(0)),
    best_ask_quantity: book.asks.depth === 0 ? '0' : trimZeros(book.asks.sizeText(0)),
  });
  return envelope('ticker', timeUs, `{"type":"${type}","tickers":[${fields}]}`);
}

/** The server's own clock as Go prints it, with its monotonic reading. */
export function heartbeat(timeUs: number, counter: number): Unnumbered {
  const [day, time] = isoShort(timeUs).slice(0, -1).split('T');
  const current = `${day} ${time} +0000 UTC m=+${counter}.000000001`;
  const event = `{"current_time":"${current}","heartbeat_counter":${counter}}`;
  return envelope('heartbeats', timeUs, event);
}
