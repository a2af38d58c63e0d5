import type { WireMessages } from '@ats/contracts';
import { AtsError } from '@ats/domain';
import type { QuoteTick, TickStore, TradeTick } from '@ats/storage';

type Candle = WireMessages['ats.marketdata.v1.Candle'];

export const CANDLES_MAX = 2000;
/** Ticks that one question may read; it is refused rather than answered in part. */
const TICKS_MAX = 2_000_000;

export interface CandleQuestion {
  readonly venue: string;
  readonly instrument: string;
  readonly intervalUs: number;
  readonly fromUs: number;
  readonly toUs: number;
}

type Growing = { -readonly [Field in keyof Candle]: Candle[Field] } & { quotes: number };

/** Candles of the middle of bid and ask, with what was traded. @throws REQUEST_INVALID */
export async function candlesOf(
  ticks: Pick<TickStore, 'scan'>,
  question: CandleQuestion,
): Promise<readonly Candle[]> {
  const { venue, instrument, fromUs, toUs, intervalUs } = question;
  const range = { venues: [venue], instruments: [instrument], fromUs, toUs };
  const found = new Map<number, Growing>();
  const budget = { left: TICKS_MAX };
  for await (const batch of ticks.scan({ kind: 'quote', ...range })) {
    spend(budget, batch.length);
    for (const quote of batch) addQuote(found, quote, intervalUs);
  }
  for await (const batch of ticks.scan({ kind: 'trade', ...range })) {
    spend(budget, batch.length);
    for (const trade of batch) addTrade(found, trade, intervalUs);
  }
  return [...found.values()]
    .sort((a, b) => a.atUs - b.atUs)
    .map(({ quotes, ...candle }) => ({
      ...candle,
      spreadBps: quotes === 0 ? 0 : candle.spreadBps / quotes,
    }));
}

function candleAt(
  found: Map<number, Growing>,
  tick: { readonly receivedAtUs: number },
  { intervalUs, price }: { readonly intervalUs: number; readonly price: number },
): Growing {
  const atUs = tick.receivedAtUs - (tick.receivedAtUs % intervalUs);
  const known = found.get(atUs);
  if (known !== undefined) return known;
  const prices = { open: price, high: price, low: price, close: price };
  const made = { atUs, ...prices, volume: 0, spreadBps: 0, quotes: 0 };
  found.set(atUs, made);
  return made;
}

function addQuote(found: Map<number, Growing>, quote: QuoteTick, intervalUs: number): void {
  const price = (quote.bid + quote.ask) / 2;
  const candle = candleAt(found, quote, { intervalUs, price });
  candle.high = Math.max(candle.high, price);
  candle.low = Math.min(candle.low, price);
  candle.close = price;
  candle.quotes += 1;
  candle.spreadBps += ((quote.ask - quote.bid) / price) * 10_000;
}

/** Trades make volume; an interval without quotes has the prices of its trades. */
function addTrade(found: Map<number, Growing>, trade: TradeTick, intervalUs: number): void {
  const { price } = trade;
  const candle = candleAt(found, trade, { intervalUs, price });
  candle.volume += trade.size;
  if (candle.quotes > 0) return;
  candle.high = Math.max(candle.high, price);
  candle.low = Math.min(candle.low, price);
  candle.close = price;
}

function spend(budget: { left: number }, count: number): void {
  budget.left -= count;
  if (budget.left >= 0) return;
  throw new AtsError({
    code: 'REQUEST_INVALID',
    message: `the candles would be made of more than ${TICKS_MAX} ticks`,
    remedy: 'Ask for a shorter time.',
    context: { field: 'from_us', value: TICKS_MAX },
  });
}
