import type { BookTop, Listing } from '@ats/domain';
import { riskManager } from '@ats/risk-manager';
import {
  type LoadedConfig,
  listingsOf,
  openRpcDirectory,
  parseConfig,
  seededRandom,
  sharedConfigSchema,
  systemClock,
  systemTimers,
  UNGUARDED,
} from '@ats/runtime';
import { openMemoryMarketBus } from '@ats/storage';
import { discardingTickStore, memoryMetrics, silentLogger } from '@ats/testkit';
import { type RunningEngine, tradingEngine } from '@ats/trading-engine';

export interface DecisionSystem {
  readonly publish: (event: BookTop) => void;
  readonly engine: RunningEngine;
  readonly listings: readonly Listing[];
  close(): Promise<void>;
}

/** Bus, engine and risk manager of one process, as `ats up` composes them, without sockets. */
export async function openDecisionSystem(loaded: LoadedConfig): Promise<DecisionSystem> {
  const logger = silentLogger();
  const metrics = memoryMetrics();
  const base = {
    clock: systemClock,
    timers: systemTimers,
    random: seededRandom(1),
    logger,
    metrics,
  };
  const rpc = openRpcDirectory({ guard: UNGUARDED, ...base, addresses: {}, listen: false });
  const bus = openMemoryMarketBus({ logger, metrics });
  const ports = { marketBus: async () => bus, tickStore: async () => discardingTickStore };
  const context = { ...base, rpc, ports };
  const risk = await riskManager.start({
    ...context,
    config: parseConfig(loaded, riskManager.configSchema),
  });
  const engine = await tradingEngine.start({
    ...context,
    config: parseConfig(loaded, tradingEngine.configSchema),
  });
  return {
    publish: (event) => bus.publish(event),
    engine,
    listings: listingsOf(parseConfig(loaded, sharedConfigSchema)),
    async close() {
      await engine.drain();
      await risk.drain();
      await rpc.close();
    },
  };
}

const DEPTH = 20;

/** A writable book of `DEPTH` levels a side around a price. */
export interface BenchBook {
  readonly event: BookTop;
  /** Moves the best bid and ask to `factor` times the first price, as one update now. */
  touch(factor: number): void;
}

export function benchBook(listing: Listing, price: number): BenchBook {
  const tick = price * 0.0001;
  const size = 20_000 / price;
  const side = (direction: 1 | -1): Float64Array =>
    Float64Array.from({ length: DEPTH }, (_, level) => price + direction * tick * (level + 1));
  const event = {
    kind: 'book',
    venue: listing.venue,
    instrument: listing.instrument,
    exchangeTimeUs: 0,
    receivedAtUs: 0,
    bookAtUs: 0,
    sequence: 0,
    bidCount: DEPTH,
    askCount: DEPTH,
    bidPrices: side(-1),
    bidSizes: new Float64Array(DEPTH).fill(size),
    askPrices: side(1),
    askSizes: new Float64Array(DEPTH).fill(size),
  } satisfies BookTop;
  const first = { bid: price - tick, ask: price + tick };
  return {
    event,
    touch(factor) {
      const nowUs = systemClock.nowUs();
      event.sequence += 1;
      event.exchangeTimeUs = nowUs;
      event.receivedAtUs = nowUs;
      event.bookAtUs = nowUs;
      event.bidPrices[0] = first.bid * factor;
      event.askPrices[0] = first.ask * factor;
    },
  };
}

/** Prices that fit together, in each listing's own quote money. */
export function benchPrice(listing: Listing): number {
  const perUsd: Readonly<Record<string, number>> = { KRW: 1380 };
  const usd: Readonly<Record<string, number>> = { BTC: 97_000, ETH: 3600, SOL: 190, XRP: 2.3 };
  return (usd[listing.base.id] ?? 1) * (perUsd[listing.quote.id] ?? 1);
}
