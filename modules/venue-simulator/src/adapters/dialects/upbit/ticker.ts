import type { SimMarket } from '../../../domain/sim-market.ts';
import { javaDouble, toMillis } from '../shared/numbers.ts';
import { type Field, objectText, type StreamType } from './frames.ts';

const KOREA_AHEAD_MS = 9 * 3_600_000;

const quoted = (text: string): string => `"${text}"`;
const compact = (iso: string): string => iso.replaceAll(/[-:]/g, '');

interface Day {
  readonly prices: readonly Field[];
  readonly moves: readonly Field[];
  readonly volumes: readonly Field[];
  readonly year: readonly Field[];
}

function dayOf(market: SimMarket, nowMs: number): Day {
  const { day, priceDecimals } = market;
  const price = (value: number): string => javaDouble(value.toFixed(priceDecimals));
  const amount = (value: number): string => javaDouble(value.toFixed(8));
  const moved = day.last - day.open;
  const rate = day.open === 0 ? 0 : moved / day.open;
  const direction = moved === 0 ? 'EVEN' : moved > 0 ? 'RISE' : 'FALL';
  const today = quoted(new Date(nowMs).toISOString().slice(0, 10));
  return {
    prices: [
      ['opening_price', 'op', price(day.open)],
      ['high_price', 'hp', price(day.high)],
      ['low_price', 'lp', price(day.low)],
      ['trade_price', 'tp', price(day.last)],
      ['prev_closing_price', 'pcp', price(day.open)],
    ],
    moves: [
      ['change', 'c', quoted(direction)],
      ['change_price', 'cp', price(Math.abs(moved))],
      ['change_rate', 'cr', amount(Math.abs(rate))],
      ['signed_change_price', 'scp', price(moved)],
      ['signed_change_rate', 'scr', amount(rate)],
    ],
    volumes: [
      ['acc_trade_price', 'atp', amount(day.volumeQuote)],
      ['acc_trade_price_24h', 'atp24h', amount(day.volumeQuote)],
      ['acc_trade_volume', 'atv', amount(day.volumeBase)],
      ['acc_trade_volume_24h', 'atv24h', amount(day.volumeBase)],
    ],
    year: [
      ['highest_52_week_price', 'h52wp', price(day.high)],
      ['highest_52_week_date', 'h52wdt', today],
      ['lowest_52_week_price', 'l52wp', price(day.low)],
      ['lowest_52_week_date', 'l52wdt', today],
    ],
  };
}

/** When and how much was traded last; zeros before the first trade. */
function lastTrade(market: SimMarket) {
  const trade = market.recentTrades.at(-1);
  const timeMs = trade === undefined ? 0 : toMillis(trade.timeUs);
  return {
    timeMs,
    utc: compact(new Date(timeMs).toISOString()),
    korea: compact(new Date(timeMs + KOREA_AHEAD_MS).toISOString()),
    size: trade === undefined ? '0.0' : javaDouble(trade.sizeText),
    side: trade?.aggressor === 'bid' ? '"BID"' : '"ASK"',
  };
}

export function tickerMessage(
  market: SimMarket,
  options: { readonly simple: boolean; readonly type: StreamType; readonly timeUs: number },
): string {
  const nowMs = toMillis(options.timeUs);
  const day = dayOf(market, nowMs);
  const last = lastTrade(market);
  const half = javaDouble((market.day.volumeBase / 2).toFixed(8));
  const fields: readonly Field[] = [
    ['type', 'ty', '"ticker"'],
    ['code', 'cd', quoted(market.listing.symbol)],
    ...day.prices,
    ...day.moves,
    ...day.volumes,
    ['ask_bid', 'ab', last.side],
    ['trade_volume', 'tv', last.size],
    ['trade_date', 'tdt', quoted(last.utc.slice(0, 8))],
    ['trade_time', 'ttm', quoted(last.utc.slice(9, 15))],
    ['trade_timestamp', 'ttms', String(last.timeMs)],
    ['acc_ask_volume', 'aav', half],
    ['acc_bid_volume', 'abv', half],
    ...day.year,
    ['market_state', 'ms', '"ACTIVE"'],
    ['is_trading_suspended', 'its', 'false'],
    ['delisting_date', 'dd', 'null'],
    ['market_warning', 'mw', '"NONE"'],
    ['timestamp', 'tms', String(nowMs)],
    ['stream_type', 'st', quoted(options.type)],
  ];
  return objectText(fields, options.simple);
}

export function tickerRest(market: SimMarket, timeUs: number): string {
  const nowMs = toMillis(timeUs);
  const day = dayOf(market, nowMs);
  const last = lastTrade(market);
  const fields: readonly Field[] = [
    ['market', '', quoted(market.listing.symbol)],
    ['trade_date', '', quoted(last.utc.slice(0, 8))],
    ['trade_time', '', quoted(last.utc.slice(9, 15))],
    ['trade_date_kst', '', quoted(last.korea.slice(0, 8))],
    ['trade_time_kst', '', quoted(last.korea.slice(9, 15))],
    ['trade_timestamp', '', String(last.timeMs)],
    ...day.prices,
    ...day.moves,
    ['trade_volume', '', last.size],
    ...day.volumes,
    ...day.year,
    ['timestamp', '', String(nowMs)],
  ];
  return objectText(fields, false);
}
