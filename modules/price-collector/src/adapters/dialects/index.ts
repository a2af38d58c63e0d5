import { dialectRegistry } from '../../app/registry.ts';
import { binanceDialect } from './binance.ts';
import { coinbaseDialect } from './coinbase.ts';
import { coinbaseExchangeDialect } from './coinbase-exchange.ts';
import { krakenV1Dialect } from './kraken-v1.ts';

/** Every native dialect, checked when the program loads. */
export const nativeDialects = dialectRegistry([
  binanceDialect,
  coinbaseDialect,
  coinbaseExchangeDialect,
  krakenV1Dialect,
]);
