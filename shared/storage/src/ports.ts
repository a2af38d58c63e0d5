import type { MarketBus } from './market-bus.ts';
import type { TickStore } from './tick-store.ts';

/** Opens each port once per process, by the URL in the configuration. */
export interface Ports {
  marketBus(): Promise<MarketBus>;
  tickStore(): Promise<TickStore>;
}
