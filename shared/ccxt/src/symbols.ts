interface Market {
  readonly symbol: string;
  readonly spot?: boolean;
}

/** The markets that an exchange of ccxt has loaded. */
export interface CcxtMarkets {
  readonly markets?: Readonly<Record<string, Market>> | undefined;
  /** By the venue's own names, of which several kinds of market may share one. */
  readonly markets_by_id?: Readonly<Record<string, readonly Market[]>> | undefined;
}

/**
 * ccxt's own name of a market that the config names in ccxt's way (`BTC/USDT`) or in the venue's
 * (`BTCUSDT`). @returns undefined when the exchange lists no such spot market
 */
export function spotSymbol(exchange: CcxtMarkets, symbol: string): string | undefined {
  const { markets, markets_by_id: named } = exchange;
  if (markets !== undefined && Object.hasOwn(markets, symbol)) return symbol;
  if (named === undefined || !Object.hasOwn(named, symbol)) return undefined;
  return named[symbol]?.find(({ spot }) => spot === true)?.symbol;
}
