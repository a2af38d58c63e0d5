import type { VenueFeed } from '../domain/venue-feed.ts';
import type { RestClient } from './rest-client.ts';
import { VenueConnection, type VenueConnectionOptions } from './venue-connection.ts';

export interface WebSocketFeedOptions
  extends Omit<VenueConnectionOptions, 'symbols' | 'rest' | 'tap'> {
  readonly symbols: readonly string[];
  readonly rest: RestClient;
  readonly tapFor: () => VenueConnectionOptions['tap'];
}

/** A venue through its native dialect, over as many connections as its symbols need. */
export class WebSocketFeed implements VenueFeed {
  private readonly all: readonly VenueConnection[];
  private readonly rest: RestClient;

  constructor(options: WebSocketFeedOptions) {
    const { symbols, tapFor, ...shared } = options;
    const most = options.dialect.symbolsPerConnectionMax;
    const groups = Array.from({ length: Math.ceil(symbols.length / most) }, (_, index) =>
      symbols.slice(index * most, (index + 1) * most),
    );
    this.rest = options.rest;
    this.all = groups.map((group) => {
      const tap = tapFor();
      return new VenueConnection({
        ...shared,
        symbols: group,
        ...(tap === undefined ? {} : { tap }),
      });
    });
  }

  start(): void {
    for (const connection of this.all) connection.start();
  }

  guard(nowUs: number): void {
    for (const connection of this.all) connection.guard(nowUs);
  }

  async stop(): Promise<void> {
    this.rest.close();
    await Promise.all(this.all.map((connection) => connection.stop()));
  }

  connections(): { readonly open: number; readonly wanted: number } {
    return { open: this.all.filter(({ isOpen }) => isOpen).length, wanted: this.all.length };
  }
}
