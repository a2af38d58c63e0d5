import type { BookSideView } from '@ats/domain';
import type { MarketBatch, SimMarket, TradePrint } from '../../../domain/sim-market.ts';
import { isoMicros } from '../shared/numbers.ts';

function sideText(side: BookSideView): string {
  let text = '';
  for (let index = 0; index < side.depth; index += 1) {
    text += `${index === 0 ? '' : ','}["${side.priceText(index)}","${side.sizeText(index)}"]`;
  }
  return `[${text}]`;
}

export function snapshot(market: SimMarket, timeUs: number): string {
  const { bids, asks } = market.book;
  return (
    `{"type":"snapshot","product_id":"${market.listing.symbol}","asks":${sideText(asks)},` +
    `"bids":${sideText(bids)},"time":"${isoMicros(timeUs)}"}`
  );
}

export function update(product: string, batch: MarketBatch): string | undefined {
  if (batch.levels.length === 0) return undefined;
  let changes = '';
  for (const level of batch.levels) {
    const side = level.side === 'bid' ? 'buy' : 'sell';
    if (changes !== '') changes += ',';
    changes += `["${side}","${level.priceText}","${level.sizeText}"]`;
  }
  const time = isoMicros(batch.timeUs);
  return `{"type":"l2update","product_id":"${product}","changes":[${changes}],"time":"${time}"}`;
}

/** Ids that tell the trades of a market apart; the order book behind it is not shown here. */
function orderId(trade: TradePrint, role: 1 | 2): string {
  const number = (trade.tradeId * 4 + role).toString(16).padStart(12, '0').slice(-12);
  return `00000000-0000-4000-8000-${number}`;
}

/** `side` is the maker's. */
export function match(options: {
  readonly market: SimMarket;
  readonly trade: TradePrint;
  readonly type: 'match' | 'last_match';
}): string {
  const { market, trade, type } = options;
  const side = trade.aggressor === 'bid' ? 'sell' : 'buy';
  return (
    `{"type":"${type}","trade_id":${trade.tradeId},"maker_order_id":"${orderId(trade, 1)}",` +
    `"taker_order_id":"${orderId(trade, 2)}","side":"${side}","size":"${trade.sizeText}",` +
    `"price":"${trade.priceText}","product_id":"${market.listing.symbol}",` +
    `"sequence":${market.lastSequence},"time":"${isoMicros(trade.timeUs)}"}`
  );
}

/** `side` is the taker's, unlike a match's. */
export function ticker(market: SimMarket, trade: TradePrint): string {
  const { day, book, listing } = market;
  const price = (value: number): string => value.toFixed(market.priceDecimals);
  const top = (side: BookSideView) =>
    side.depth === 0
      ? { price: '0', size: '0' }
      : { price: side.priceText(0), size: side.sizeText(0) };
  const bid = top(book.bids);
  const ask = top(book.asks);
  return JSON.stringify({
    type: 'ticker',
    sequence: market.lastSequence,
    product_id: listing.symbol,
    price: trade.priceText,
    open_24h: price(day.open),
    volume_24h: day.volumeBase.toFixed(8),
    low_24h: price(day.low),
    high_24h: price(day.high),
    volume_30d: (day.volumeBase * 30).toFixed(8),
    best_bid: bid.price,
    best_bid_size: bid.size,
    best_ask: ask.price,
    best_ask_size: ask.size,
    side: trade.aggressor === 'bid' ? 'buy' : 'sell',
    time: isoMicros(trade.timeUs),
    trade_id: trade.tradeId,
    last_size: trade.sizeText,
  });
}

export function heartbeat(market: SimMarket, timeUs: number): string {
  const last = market.recentTrades.at(-1)?.tradeId ?? 0;
  return (
    `{"type":"heartbeat","sequence":${market.lastSequence},"last_trade_id":${last},` +
    `"product_id":"${market.listing.symbol}","time":"${isoMicros(timeUs)}"}`
  );
}
