import type { BookSideView } from '@ats/domain';
import type { Clock } from '@ats/runtime';
import type { VenueAnswer, VenueRequest } from '../../../app/dialect-server.ts';
import type { SimMarket } from '../../../domain/sim-market.ts';
import { Budget, PerClient } from '../shared/budget.ts';
import { secondsText, toMillis } from '../shared/numbers.ts';
import { asCount } from '../shared/parse.ts';
import { json } from '../shared/rest.ts';
import { failure, INVALID, UNKNOWN_PAIR } from './errors.ts';
import { ticker as tickerText } from './frames-v1.ts';
import { assetKey, assetLetters, type KrakenPair, type KrakenPairs } from './names.ts';

/** Public calls one address may make in ten seconds. */
const CALLS_MAX = 30;

export const RATE_LIMITED = failure('EGeneral:Too many requests');
export const UNAVAILABLE = failure('EService:Unavailable');

const result = (body: unknown): VenueAnswer => json(200, { error: [], result: body });
const resultText = (body: string): VenueAnswer => json(200, `{"error":[],"result":${body}}`);

/** Kraken's public REST over the simulated markets. */
export class KrakenRest {
  private readonly pairs: KrakenPairs;
  private readonly clock: Clock;
  private readonly calls: PerClient<Budget>;
  private readonly status: () => 'online' | 'maintenance';

  constructor(options: {
    readonly pairs: KrakenPairs;
    readonly clock: Clock;
    readonly status: () => 'online' | 'maintenance';
  }) {
    this.pairs = options.pairs;
    this.clock = options.clock;
    this.status = options.status;
    const { clock } = options;
    this.calls = new PerClient(() => new Budget({ limit: CALLS_MAX, windowMs: 10_000, clock }));
  }

  handle(request: VenueRequest): VenueAnswer | undefined {
    const match = /^\/0\/public\/([A-Za-z]+)$/.exec(request.path);
    if (match === null) return undefined;
    if (!this.calls.get(request.client).take()) return RATE_LIMITED;
    const { query } = request;
    switch (match[1]) {
      case 'Time':
        return this.time();
      case 'SystemStatus':
        return result({ status: this.status(), timestamp: this.iso() });
      case 'Assets':
        return result(this.assets());
      case 'AssetPairs':
        return this.forPairs(query, (pairs) => result(assetPairs(pairs)));
      case 'Ticker':
        return this.forPairs(query, (pairs) => resultText(tickers(pairs)));
      case 'Depth':
        return this.depth(query);
      case 'Trades':
        return this.trades(query);
      default:
        return failure('EGeneral:Unknown method');
    }
  }

  private iso(): string {
    return `${new Date(toMillis(this.clock.nowUs())).toISOString().slice(0, 19)}Z`;
  }

  private time(): VenueAnswer {
    const now = toMillis(this.clock.nowUs());
    return result({ unixtime: Math.floor(now / 1000), rfc1123: new Date(now).toUTCString() });
  }

  private assets(): Record<string, unknown> {
    const assets: Record<string, unknown> = {};
    for (const { market } of this.pairs.all) {
      for (const { id, network } of [market.listing.base, market.listing.quote]) {
        const fiat = network === 'fiat';
        assets[assetKey(id) === id ? assetLetters(id) : assetKey(id)] = {
          aclass: 'currency',
          altname: assetLetters(id),
          decimals: fiat ? 4 : 10,
          display_decimals: fiat ? 2 : 5,
          status: 'enabled',
        };
      }
    }
    return assets;
  }

  /** The pairs of `pair`, comma separated; all of them when it is absent. */
  private forPairs(
    query: URLSearchParams,
    found: (pairs: readonly KrakenPair[]) => VenueAnswer,
  ): VenueAnswer {
    const asked = query.get('pair');
    if (asked === null || asked === '') return found(this.pairs.all);
    const pairs = asked.split(',').map((name) => this.pairs.named(name));
    const known = pairs.filter((pair) => pair !== undefined);
    return known.length === pairs.length ? found(known) : UNKNOWN_PAIR;
  }

  private depth(query: URLSearchParams): VenueAnswer {
    const count = asCount(query.get('count'), { fallback: 100, min: 1, max: 500 });
    const pair = this.pairs.named(query.get('pair') ?? '');
    if (count === undefined || query.get('pair') === null) return INVALID;
    if (pair === undefined) return UNKNOWN_PAIR;
    const { bids, asks } = pair.market.book;
    const time = Math.floor(this.clock.nowUs() / 1_000_000);
    const asksText = sideText(asks, count, time);
    const sides = `{"asks":${asksText},"bids":${sideText(bids, count, time)}}`;
    return resultText(`{"${pair.key}":${sides}}`);
  }

  private trades(query: URLSearchParams): VenueAnswer {
    const count = asCount(query.get('count'), { fallback: 1000, min: 1, max: 1000 });
    const pair = this.pairs.named(query.get('pair') ?? '');
    if (count === undefined || query.get('pair') === null) return INVALID;
    if (pair === undefined) return UNKNOWN_PAIR;
    const prints = pair.market.recentTrades.slice(-count);
    const rows = prints.map((trade) => {
      const side = trade.aggressor === 'bid' ? 'b' : 's';
      const time = secondsText(trade.timeUs);
      const texts = `"${trade.priceText}","${trade.sizeText}"`;
      return `[${texts},${time},"${side}","l","",${trade.tradeId}]`;
    });
    const last = `${prints.at(-1)?.timeUs ?? this.clock.nowUs()}000`;
    return resultText(`{"${pair.key}":[${rows.join(',')}],"last":"${last}"}`);
  }
}

function sideText(side: BookSideView, count: number, time: number): string {
  const rows: string[] = [];
  for (let index = 0; index < Math.min(count, side.depth); index += 1) {
    rows.push(`["${side.priceText(index)}","${side.sizeText(index)}",${time}]`);
  }
  return `[${rows.join(',')}]`;
}

/** As the WebSocket's ticker, but today's open is one text. */
function tickers(pairs: readonly KrakenPair[]): string {
  const rows = pairs.map((pair) => {
    const fields = JSON.parse(tickerText(pair.market)) as { o: [string, string] };
    return `"${pair.key}":${JSON.stringify({ ...fields, o: fields.o[0] })}`;
  });
  return `{${rows.join(',')}}`;
}

function assetPairs(pairs: readonly KrakenPair[]): Record<string, unknown> {
  return Object.fromEntries(pairs.map((pair) => [pair.key, assetPair(pair, pair.market)]));
}

function assetPair(pair: KrakenPair, { listing, priceDecimals, sizeDecimals }: SimMarket) {
  const percent = (bps: { toNumber(): number }): number => bps.toNumber() / 100;
  return {
    altname: pair.altName,
    wsname: pair.wsName,
    aclass_base: 'currency',
    base: assetKey(listing.base.id),
    aclass_quote: 'currency',
    quote: assetKey(listing.quote.id),
    lot: 'unit',
    cost_decimals: 5,
    pair_decimals: priceDecimals,
    lot_decimals: sizeDecimals,
    lot_multiplier: 1,
    leverage_buy: [],
    leverage_sell: [],
    fees: [[0, percent(listing.fees.takerBps)]],
    fees_maker: [[0, percent(listing.fees.makerBps)]],
    fee_volume_currency: 'ZUSD',
    margin_call: 80,
    margin_stop: 40,
    ordermin: listing.quantityMin.toString(),
    costmin: listing.notionalMin.toString(),
    tick_size: listing.priceTick.toString(),
    status: 'online',
  };
}
