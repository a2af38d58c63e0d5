import { fileURLToPath } from 'node:url';
import { type LoadedConfig, loadConfig } from '@ats/runtime';
import type { RunSpec } from '../src/domain/run-record.ts';
import type { Tape } from '../src/domain/tape.ts';
import { memoryTape, type Row } from './memory-tape.ts';

const START_US = 1_780_000_000_000_000;

/** The configuration of the project with other settings. */
export function configWith(assignments: readonly string[] = []): LoadedConfig {
  return loadConfig({
    folder: fileURLToPath(new URL('../../../config', import.meta.url)),
    environment: {},
    assignments,
  });
}

export const specOf = (tapes: readonly Tape[], over: Partial<RunSpec> = {}): RunSpec => ({
  name: 'a test',
  tapes: tapes.map(({ name }) => name),
  strategy: 'cross-exchange',
  settings: {},
  seed: 7,
  fromUs: 0,
  toUs: 0,
  ...over,
});

/** Two venues of BTC/USDT; the price waves, and opens an edge between them now and then. */
export function wavingTapes(seconds: number, stepMs = 100): readonly Tape[] {
  const venues = { binance: 0, bitfinex: 1.7 };
  return Object.entries(venues).map(([venue, phase]) => {
    const rows: Row[] = [];
    for (let step = 0; step * stepMs < seconds * 1000; step += 1) {
      const second = (step * stepMs) / 1000;
      const wave = Math.sin(second / 3 + phase) * 60 + Math.sin(second * 1.3 + phase * 2) * 15;
      const middle = Math.round(60_000 + wave);
      const size = 0.05 + 0.01 * ((step * 7 + (venue === 'binance' ? 0 : 3)) % 5);
      rows.push({
        kind: 'quote',
        atUs: START_US + step * stepMs * 1000 + (venue === 'binance' ? 0 : 1500),
        bid: middle - 1,
        bidSize: Number(size.toFixed(5)),
        ask: middle + 1,
        askSize: Number((size + 0.02).toFixed(5)),
      });
    }
    return memoryTape({ venue, instrument: 'BTC/USDT' }, rows);
  });
}

/** Fees and reserves so low that the waving prices pay. */
export const LOW_FEES: Readonly<Record<string, string>> = {
  'engine.minEdgeBps': '3',
  'engine.slippageBps': '0',
  'venues.binance.fees': "{ takerBps: '1', makerBps: '1' }",
  'venues.bitfinex.fees': "{ takerBps: '1', makerBps: '1' }",
};
