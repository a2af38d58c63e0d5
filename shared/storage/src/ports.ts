import type { Archive } from './archive.ts';
import type { EventLog } from './event-log.ts';
import type { MarketBus } from './market-bus.ts';
import type { StateStore } from './state-store.ts';
import type { TickStore } from './tick-store.ts';

/** The ports of market data. Each is opened once per process, by the URL in the configuration. */
export interface Ports {
  marketBus(): Promise<MarketBus>;
  tickStore(): Promise<TickStore>;
}

/** The ports of what must not be lost. A service asks for those it needs by `Pick`. */
export interface DurablePorts {
  eventLog(): Promise<EventLog>;
  stateStore(): Promise<StateStore>;
  archive(): Promise<Archive>;
}
