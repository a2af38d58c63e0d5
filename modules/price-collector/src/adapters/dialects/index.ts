import { dialectRegistry } from '../../app/registry.ts';
import { binanceDialect } from './binance.ts';
import { bitfinexDialect } from './bitfinex.ts';
import { coinbaseDialect } from './coinbase.ts';
import { coinbaseExchangeDialect } from './coinbase-exchange.ts';
import { krakenDialect } from './kraken.ts';
import { krakenV1Dialect } from './kraken-v1.ts';
import { upbitDialect } from './upbit.ts';

/** Every native dialect, checked when the program loads. */
export const nativeDialects = dialectRegistry([
  binanceDialect,
  bitfinexDialect,
  coinbaseDialect,
  coinbaseExchangeDialect,
  krakenDialect,
  krakenV1Dialect,
  upbitDialect,
]);
