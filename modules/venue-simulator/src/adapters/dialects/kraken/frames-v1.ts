import type { BookSideView, Side } from '@ats/domain';
import type { SimMarket, TradePrint } from '../../../domain/sim-market.ts';
import type { DepthWindow, WindowChange } from '../shared/depth-window.ts';
import { secondsText } from '../shared/numbers.ts';
import { bookChecksum } from './book.ts';

const level = (price: string, size: string, time: string): string =>
  `["${price}","${size}","${time}"]`;

function snapshotSide(window: DepthWindow, side: Side, time: string): string {
  const levels: string[] = [];
  for (let index = 0; index < window.depth(side); index += 1) {
    levels.push(level(window.priceText(side, index), window.sizeText(side, index), time));
  }
  return `[${levels.join(',')}]`;
}

/** The third element of a channel message: `{"as":[...],"bs":[...]}`. */
export function bookSnapshot(window: DepthWindow, timeUs: number): string {
  const time = secondsText(timeUs);
  const asks = snapshotSide(window, 'ask', time);
  return `{"as":${asks},"bs":${snapshotSide(window, 'bid', time)}}`;
}

/** Asks and bids are objects of their own; the last of them carries the checksum. */
export function bookUpdate(
  window: DepthWindow,
  changes: readonly WindowChange[],
  timeUs: number,
): string | undefined {
  const time = secondsText(timeUs);
  const side = (name: Side): string =>
    changes
      .filter((change) => change.side === name && change.kind !== 'pushed')
      .map((change) => level(change.priceText, change.sizeText, time))
      .join(',');
  const asks = side('ask');
  const bids = side('bid');
  if (asks === '' && bids === '') return undefined;
  const checksum = `"c":"${bookChecksum(window)}"`;
  if (bids === '') return `{"a":[${asks}],${checksum}}`;
  if (asks === '') return `{"b":[${bids}],${checksum}}`;
  return `{"a":[${asks}]},{"b":[${bids}],${checksum}}`;
}

export function trades(prints: readonly TradePrint[]): string {
  const text = prints.map((trade) => {
    const side = trade.aggressor === 'bid' ? 'b' : 's';
    const time = secondsText(trade.timeUs);
    return `["${trade.priceText}","${trade.sizeText}","${time}","${side}","l",""]`;
  });
  return `[${text.join(',')}]`;
}

/** `a`/`b` are price, whole lots, lots; the pairs of the rest are today and the last 24 hours. */
export function ticker(market: SimMarket): string {
  const { day, book } = market;
  const price = (value: number): string => value.toFixed(market.priceDecimals);
  const size = (value: number): string => value.toFixed(market.sizeDecimals);
  const top = (side: BookSideView) =>
    side.depth === 0
      ? [price(0), 0, size(0)]
      : [side.priceText(0), Math.floor(side.size(0)), side.sizeText(0)];
  const average = price(day.volumeBase === 0 ? day.last : day.volumeQuote / day.volumeBase);
  const newest = market.recentTrades.at(-1);
  return JSON.stringify({
    a: top(book.asks),
    b: top(book.bids),
    c: [price(day.last), newest?.sizeText ?? size(0)],
    v: [size(day.volumeBase), size(day.volumeBase)],
    p: [average, average],
    t: [day.trades, day.trades],
    l: [price(day.low), price(day.low)],
    h: [price(day.high), price(day.high)],
    o: [price(day.open), price(day.open)],
  });
}
