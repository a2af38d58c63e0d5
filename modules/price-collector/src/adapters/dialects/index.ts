import { dialectRegistry } from '../../app/registry.ts';
import { binanceDialect } from './binance.ts';

/** Every native dialect, checked when the program loads. */
export const nativeDialects = dialectRegistry([binanceDialect]);
