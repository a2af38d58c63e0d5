import { crc32 } from 'node:zlib';
import type { Side } from '@ats/domain';
import type { SimMarket, TradePrint } from '../../../domain/sim-market.ts';
import type { DepthWindow, WindowChange } from '../shared/depth-window.ts';
import { toMillis, trimZeros } from '../shared/numbers.ts';

const CHECKSUM_LEVELS = 25;
/** The ticker's bid and ask sizes are sums over so many levels. */
const TICKER_LEVELS = 25;

/** Numbers are the shortest text that reads back: `97000`, `0.5`, `7e-7`. */
function shortest(text: string): string {
  const trimmed = trimZeros(text);
  // Below a millionth the shortest text has an exponent.
  return trimmed.startsWith('0.000000') ? String(Number(trimmed)) : trimmed;
}

/** Asks have negative amounts. */
function amount(side: Side, sizeText: string): string {
  return side === 'bid' ? shortest(sizeText) : `-${shortest(sizeText)}`;
}

/** `[price, count, amount]` */
function row(side: Side, priceText: string, count: number, sizeText: string): string {
  return `[${shortest(priceText)},${count},${amount(side, sizeText)}]`;
}

/** Bids, then asks, each from the best price on. */
export function bookRows(window: DepthWindow): string {
  const rows: string[] = [];
  for (const side of ['bid', 'ask'] as const) {
    for (let index = 0; index < window.depth(side); index += 1) {
      const price = window.priceText(side, index);
      const count = window.orderCount(side, index);
      rows.push(row(side, price, count, window.sizeText(side, index)));
    }
  }
  return `[${rows.join(',')}]`;
}

/** A level that left the window has count 0 and the amount of its side, 1 or -1. */
export function changeRow(change: WindowChange): string {
  if (change.kind === 'set') {
    return row(change.side, change.priceText, change.orderCount, change.sizeText);
  }
  return `[${shortest(change.priceText)},0,${change.side === 'bid' ? 1 : -1}]`;
}

/**
 * Signed CRC32 over the best 25 levels of both sides, bid and ask in turn, price and amount with
 * colons between, on the texts the numbers were sent as. Source: docs.bitfinex.com, WebSocket
 * checksum.
 */
export function bookChecksum(window: DepthWindow): number {
  const parts: string[] = [];
  for (let index = 0; index < CHECKSUM_LEVELS; index += 1) {
    for (const side of ['bid', 'ask'] as const) {
      if (index >= window.depth(side)) continue;
      parts.push(shortest(window.priceText(side, index)));
      parts.push(amount(side, window.sizeText(side, index)));
    }
  }
  return crc32(parts.join(':')) | 0;
}

/** `[id, milliseconds, amount, price]`; the amount of a seller who takes is negative. */
export function tradeRow(trade: TradePrint): string {
  const size = amount(trade.aggressor, trade.sizeText);
  return `[${trade.tradeId},${toMillis(trade.timeUs)},${size},${shortest(trade.priceText)}]`;
}

/** Newest first. */
export function tradeRows(prints: readonly TradePrint[], count: number): string {
  return `[${prints.slice(-count).reverse().map(tradeRow).join(',')}]`;
}

export function tickerRow(market: SimMarket): string {
  const { day, book } = market;
  const rounded = (value: number): string => String(Number(value.toFixed(8)));
  const top = (side: Side) => {
    const view = book.side(side);
    let size = 0;
    for (let index = 0; index < Math.min(TICKER_LEVELS, view.depth); index += 1) {
      size += view.size(index);
    }
    return `${view.depth === 0 ? 'null' : shortest(view.priceText(0))},${rounded(size)}`;
  };
  const moved = day.last - day.open;
  const relative = day.open === 0 ? 0 : moved / day.open;
  return (
    `[${top('bid')},${top('ask')},${rounded(moved)},${rounded(relative)},${rounded(day.last)},` +
    `${rounded(day.volumeBase)},${rounded(day.high)},${rounded(day.low)}]`
  );
}
