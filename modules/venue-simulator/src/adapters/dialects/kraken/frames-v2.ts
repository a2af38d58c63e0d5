import type { Side } from '@ats/domain';
import type { MarketBatch, SimMarket, TradePrint } from '../../../domain/sim-market.ts';
import type { DepthWindow, WindowChange } from '../shared/depth-window.ts';
import { isoMicros, padDecimals } from '../shared/numbers.ts';
import { bookChecksum } from './book.ts';
import type { KrakenPair } from './names.ts';

const level = (price: string, size: string): string => `{"price":${price},"qty":${size}}`;

function snapshotSide(window: DepthWindow, side: Side): string {
  let text = '';
  for (let index = 0; index < window.depth(side); index += 1) {
    if (index > 0) text += ',';
    text += level(window.priceText(side, index), window.sizeText(side, index));
  }
  return `[${text}]`;
}

/** Numbers carry the pair's full digits: the checksum is taken over them. */
export function bookSnapshot(symbol: string, window: DepthWindow, timeUs: number): string {
  return (
    `{"channel":"book","type":"snapshot","data":[{"symbol":"${symbol}",` +
    `"bids":${snapshotSide(window, 'bid')},"asks":${snapshotSide(window, 'ask')},` +
    `"checksum":${bookChecksum(window)},"timestamp":"${isoMicros(timeUs)}"}]}`
  );
}

/**
 * @returns undefined when nothing within the depth changed. Levels pushed out of the depth are
 * not told: the client cuts its own book.
 */
export function bookUpdate(options: {
  readonly symbol: string;
  readonly window: DepthWindow;
  readonly changes: readonly WindowChange[];
  readonly timeUs: number;
}): string | undefined {
  let bids = '';
  let asks = '';
  for (const change of options.changes) {
    if (change.kind === 'pushed') continue;
    const text = level(change.priceText, change.sizeText);
    if (change.side === 'bid') bids += bids === '' ? text : `,${text}`;
    else asks += asks === '' ? text : `,${text}`;
  }
  if (bids === '' && asks === '') return undefined;
  return (
    `{"channel":"book","type":"update","data":[{"symbol":"${options.symbol}",` +
    `"bids":[${bids}],"asks":[${asks}],"checksum":${bookChecksum(options.window)},` +
    `"timestamp":"${isoMicros(options.timeUs)}"}]}`
  );
}

function tradeText(symbol: string, trade: TradePrint): string {
  const side = trade.aggressor === 'bid' ? 'buy' : 'sell';
  return (
    `{"symbol":"${symbol}","side":"${side}","price":${trade.priceText},"qty":${trade.sizeText},` +
    `"ord_type":"limit","trade_id":${trade.tradeId},"timestamp":"${isoMicros(trade.timeUs)}"}`
  );
}

export function trades(
  symbol: string,
  type: 'snapshot' | 'update',
  prints: readonly TradePrint[],
): string {
  const data = prints.map((trade) => tradeText(symbol, trade)).join(',');
  return `{"channel":"trade","type":"${type}","data":[${data}]}`;
}

export function ticker(market: SimMarket, type: 'snapshot' | 'update', timeUs: number): string {
  const { day, book } = market;
  const price = (value: number): string => value.toFixed(market.priceDecimals);
  const size = (value: number): string => value.toFixed(market.sizeDecimals);
  const top = (side: Side) => {
    const view = book.side(side);
    if (view.depth === 0) return { price: price(0), size: size(0) };
    return { price: view.priceText(0), size: view.sizeText(0) };
  };
  const bid = top('bid');
  const ask = top('ask');
  const average = day.volumeBase === 0 ? day.last : day.volumeQuote / day.volumeBase;
  const percent = day.open === 0 ? 0 : ((day.last - day.open) / day.open) * 100;
  return (
    `{"channel":"ticker","type":"${type}","data":[{"symbol":"${market.listing.symbol}",` +
    `"bid":${bid.price},"bid_qty":${bid.size},"ask":${ask.price},"ask_qty":${ask.size},` +
    `"last":${price(day.last)},"volume":${size(day.volumeBase)},"vwap":${price(average)},` +
    `"low":${price(day.low)},"high":${price(day.high)},"change":${price(day.last - day.open)},` +
    `"change_pct":${percent.toFixed(2)},"timestamp":"${isoMicros(timeUs)}"}]}`
  );
}

/** Whether a batch moved a best price or size; remembers the last it saw. */
export class TopWatch {
  private readonly market: SimMarket;
  private last = '';

  constructor(market: SimMarket) {
    this.market = market;
  }

  changed(batch?: MarketBatch): boolean {
    if (batch !== undefined && batch.levels.length === 0) return false;
    const { bids, asks } = this.market.book;
    const now = `${bids.price(0)}:${bids.size(0)}:${asks.price(0)}:${asks.size(0)}`;
    if (now === this.last) return false;
    this.last = now;
    return true;
  }
}

/** The `instrument` channel: precisions, increments and minimums of every asset and pair. */
export function instruments(pairs: readonly KrakenPair[]): string {
  const assets = new Map<string, object>();
  for (const { market } of pairs) {
    for (const { id, network } of [market.listing.base, market.listing.quote]) {
      const precision = network === 'fiat' ? 4 : 10;
      assets.set(id, {
        id,
        status: 'enabled',
        precision,
        precision_display: network === 'fiat' ? 2 : 5,
        borrowable: false,
        collateral_value: 1,
        margin_rate: 0,
        multiplier: 1,
      });
    }
  }
  const data = `"assets":${JSON.stringify([...assets.values()])}`;
  const listed = pairs.map(instrumentPair).join(',');
  return `{"channel":"instrument","type":"snapshot","data":{${data},"pairs":[${listed}]}}`;
}

function instrumentPair({ market, symbol }: KrakenPair): string {
  const { listing, priceDecimals, sizeDecimals } = market;
  const step = padDecimals(listing.quantityStep.toString(), sizeDecimals);
  const tick = padDecimals(listing.priceTick.toString(), priceDecimals);
  return (
    `{"symbol":"${symbol}","base":"${listing.base.id}","quote":"${listing.quote.id}",` +
    `"status":"online","qty_precision":${sizeDecimals},"qty_increment":${step},` +
    `"price_precision":${priceDecimals},"cost_precision":5,"marginable":false,` +
    `"has_index":false,"cost_min":${listing.notionalMin.toString()},"price_increment":${tick},` +
    `"tick_size":${tick},"qty_min":${listing.quantityMin.toString()}}`
  );
}
