import type { SimMarket, SimVenue } from '../../../domain/sim-market.ts';

/** Kraken's own letters for an asset, in pair names. */
const LETTERS: Readonly<Record<string, string>> = { BTC: 'XBT', DOGE: 'XDG' };
/** Assets of Kraken's first years carry a class: X for coins, Z for money. */
const CLASSED: Readonly<Record<string, string>> = {
  BTC: 'XXBT',
  DOGE: 'XXDG',
  ETC: 'XETC',
  ETH: 'XETH',
  LTC: 'XLTC',
  XLM: 'XXLM',
  XMR: 'XXMR',
  XRP: 'XXRP',
  ZEC: 'XZEC',
  AUD: 'ZAUD',
  CAD: 'ZCAD',
  EUR: 'ZEUR',
  GBP: 'ZGBP',
  JPY: 'ZJPY',
  USD: 'ZUSD',
};

export const assetLetters = (asset: string): string => LETTERS[asset] ?? asset;
export const assetKey = (asset: string): string => CLASSED[asset] ?? asset;

/** One market under all the names that Kraken has for it. */
export interface KrakenPair {
  readonly market: SimMarket;
  /** WebSocket v2, `BTC/USD`. */
  readonly symbol: string;
  /** WebSocket v1, `XBT/USD`. */
  readonly wsName: string;
  /** `XBTUSD` */
  readonly altName: string;
  /** REST results, `XXBTZUSD`. */
  readonly key: string;
  /** Counts the pairs from 1. */
  readonly index: number;
}

/** The venue's pairs, found by any of their names. */
export class KrakenPairs {
  readonly all: readonly KrakenPair[];
  private readonly byName = new Map<string, KrakenPair>();
  private readonly bySymbol = new Map<string, KrakenPair>();
  private readonly byWsName = new Map<string, KrakenPair>();

  constructor(venue: SimVenue) {
    this.all = [...venue.markets.values()].map((market, at) => pairOf(market, at + 1));
    for (const pair of this.all) {
      this.bySymbol.set(pair.symbol, pair);
      this.byWsName.set(pair.wsName, pair);
      for (const name of [pair.key, pair.altName, pair.wsName, pair.symbol]) {
        this.byName.set(name, pair);
      }
    }
  }

  /** By key, altname or either WebSocket name, as REST takes them. */
  named(name: string): KrakenPair | undefined {
    return this.byName.get(name);
  }

  ofSymbol(symbol: string): KrakenPair | undefined {
    return this.bySymbol.get(symbol);
  }

  ofWsName(name: string): KrakenPair | undefined {
    return this.byWsName.get(name);
  }
}

function pairOf(market: SimMarket, index: number): KrakenPair {
  const { symbol, base, quote } = market.listing;
  const letters = { base: assetLetters(base.id), quote: assetLetters(quote.id) };
  const keys = { base: assetKey(base.id), quote: assetKey(quote.id) };
  // Only a pair of two classed assets has the long name: `XXBTZUSD`, but `SOLUSD`.
  const classed = keys.base !== letters.base && keys.quote !== letters.quote;
  const altName = letters.base + letters.quote;
  const stable = base.id === 'USDT' && quote.id === 'USD';
  return {
    market,
    symbol,
    wsName: `${letters.base}/${letters.quote}`,
    altName,
    key: classed ? keys.base + keys.quote : stable ? 'USDTZUSD' : altName,
    index,
  };
}
