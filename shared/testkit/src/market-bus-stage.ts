import type { MarketEvent } from '@ats/domain';
import type { MarketBus, MarketFilter } from '@ats/storage';
import { type MemoryMetrics, memoryMetrics } from './memory-metrics.ts';
import { type SilentLogger, silentLogger } from './silent-logger.ts';

/** What an adapter needs to be opened with in a test. */
export interface MarketBusEnvironment {
  readonly logger: SilentLogger;
  readonly metrics: MemoryMetrics;
}

/** What an adapter declares that it does not do. Each shows as a test that says so. */
export interface MarketBusLimits {
  /** `instance`: only subscribers of the same opened bus hear it, so there is one per process. */
  readonly reach: 'instance' | 'server';
}

export interface MarketBusContract {
  open(environment: MarketBusEnvironment): Promise<MarketBus>;
  readonly limits: MarketBusLimits;
  /** The server behind the bus, for the failure half; absent only when `reach` is `instance`. */
  readonly server?: () => { kill(): Promise<void>; restart(): Promise<void> };
}

/** The levels in use as plain numbers, so that books compare whatever room their arrays have. */
export function plain(event: MarketEvent): unknown {
  if (event.kind !== 'book') return { ...event };
  const { bidCount, askCount } = event;
  return {
    ...event,
    bidPrices: [...event.bidPrices.subarray(0, bidCount)],
    bidSizes: [...event.bidSizes.subarray(0, bidCount)],
    askPrices: [...event.askPrices.subarray(0, askCount)],
    askSizes: [...event.askSizes.subarray(0, askCount)],
  };
}

/** Opened buses of one test. */
export class BusStage {
  readonly environment: MarketBusEnvironment = {
    logger: silentLogger(),
    metrics: memoryMetrics(),
  };
  readonly contract: MarketBusContract;
  private readonly opened: MarketBus[] = [];
  publisher!: MarketBus;
  subscriber!: MarketBus;

  constructor(contract: MarketBusContract) {
    this.contract = contract;
  }

  async open(): Promise<void> {
    this.publisher = await this.openOne();
    this.subscriber =
      this.contract.limits.reach === 'instance' ? this.publisher : await this.openOne();
  }

  async openOne(): Promise<MarketBus> {
    const bus = await this.contract.open(this.environment);
    this.opened.push(bus);
    return bus;
  }

  /** Subscribes and collects copies of what comes. */
  async collect(filter: MarketFilter = {}): Promise<unknown[]> {
    const seen: unknown[] = [];
    await this.subscriber.subscribe(filter, (event) => {
      seen.push(plain(event));
    });
    return seen;
  }

  async close(): Promise<void> {
    await Promise.all(this.opened.map((bus) => bus.close()));
  }
}

export const sequences = (events: readonly unknown[]): number[] =>
  events.map((event) => (event as { sequence: number }).sequence);
