import type { SimMarket, SimVenue } from '../../../domain/sim-market.ts';
import type { Fields } from '../shared/parse.ts';
import { BOOK_LENGTHS } from './channels.ts';

export interface Subscription {
  readonly kind: 'subscription';
  readonly channel: 'book' | 'trades' | 'ticker';
  readonly market: SimMarket;
  /** Book levels a side; 0 for the other channels. */
  readonly length: number;
  /** Equal for requests of the same channel. */
  readonly key: string;
  /** What the acknowledgement repeats of the request, in its order. */
  readonly echo: Fields;
}

export function refusal(code: number, msg: string, about: Fields = {}): Fields {
  return { event: 'error', msg, code, ...about };
}

/** Reads a `subscribe` event, filling in what the venue fills in. */
export function readSubscription(
  message: Fields,
  venue: SimVenue,
): Subscription | { readonly kind: 'refused'; readonly error: Fields } {
  const { channel, symbol, pair, subId } = message;
  const refused = (code: number, msg: string) => {
    const { event: _event, ...about } = message;
    return { kind: 'refused', error: refusal(code, msg, about) } as const;
  };
  if (channel !== 'book' && channel !== 'trades' && channel !== 'ticker') {
    return refused(10_302, 'channel: unknown');
  }
  const name = typeof symbol === 'string' ? symbol : `t${String(pair)}`;
  const market = venue.markets.get(name);
  if (market === undefined) return refused(10_300, 'symbol: invalid');
  const names = { symbol: name, pair: name.slice(1) };
  const client = subId === undefined ? {} : { subId };
  if (channel !== 'book') {
    const echo = { channel, ...names, ...client };
    return { kind: 'subscription', channel, market, length: 0, key: `${channel}:${name}`, echo };
  }
  const { prec = 'P0', freq = 'F0', len = '25' } = message;
  const length = Number(len);
  // The aggregated precisions and the two-second frequency are not offered.
  if (prec !== 'P0') return refused(10_300, 'prec: invalid');
  if (freq !== 'F0') return refused(10_300, 'freq: invalid');
  if (!BOOK_LENGTHS.includes(length)) return refused(10_300, 'len: invalid');
  const details = { symbol: name, prec, freq, len: String(length), ...client };
  const echo = { channel, ...details, pair: name.slice(1) };
  const key = `book:${name}:${length}`;
  return { kind: 'subscription', channel, market, length, key, echo };
}
