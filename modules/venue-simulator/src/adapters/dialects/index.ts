import type { DialectServer } from '../../app/dialect-server.ts';
import { binanceServer } from './binance/index.ts';
import { bitfinexServer } from './bitfinex/index.ts';
import { coinbaseServer } from './coinbase/index.ts';
import { krakenServer } from './kraken/index.ts';
import { upbitServer } from './upbit/index.ts';

/** Every exchange the simulator can play. */
export const DIALECT_SERVERS: readonly DialectServer[] = [
  binanceServer,
  krakenServer,
  coinbaseServer,
  upbitServer,
  bitfinexServer,
];
