import type { Logger, ServiceContext } from '@ats/runtime';
import { type Holding, type Leases, openLeases, type StateStore } from '@ats/storage';
import type { RunningVenue } from './app/stats.ts';
import type { CollectorConfig } from './config.ts';

/** The venues that this process collects; grows and shrinks where several instances share them. */
export class VenueSet {
  readonly running: RunningVenue[] = [];
  private readonly open: (name: string) => Promise<RunningVenue>;
  private readonly logger: Logger;
  /** What is done to a venue is done one after the other. */
  private readonly last = new Map<string, Promise<void>>();

  constructor(options: {
    readonly open: (name: string) => Promise<RunningVenue>;
    readonly logger: Logger;
  }) {
    this.open = options.open;
    this.logger = options.logger;
  }

  /** @throws what opening its feed throws, to whoever waits for it */
  async add(name: string): Promise<RunningVenue> {
    const venue = await this.open(name);
    this.running.push(venue);
    return venue;
  }

  /** Collects a venue from now on. */
  begin(name: string): Promise<void> {
    return this.next(name, async () => (await this.add(name)).feed.start());
  }

  /** @param tell whether subscribers are told that nobody collects it for now */
  end(name: string, { tell }: { readonly tell: boolean }): Promise<void> {
    return this.next(name, async () => {
      const at = this.running.findIndex(({ core }) => core.venue === name);
      const [venue] = at < 0 ? [] : this.running.splice(at, 1);
      await venue?.feed.stop();
      if (tell) venue?.core.shutdown();
    });
  }

  /** Never rejects. */
  private next(name: string, work: () => Promise<void>): Promise<void> {
    const done = (this.last.get(name) ?? Promise.resolve()).then(work).catch((error: unknown) => {
      this.logger.error('collector.venue_failed', `${name} cannot be collected`, { error });
    });
    this.last.set(name, done);
    return done;
  }
}

/** Shares the venues among the instances: each is collected by one of them. */
export async function shareVenues(
  context: ServiceContext<CollectorConfig, unknown>,
  parts: {
    readonly state: StateStore;
    readonly names: readonly string[];
    readonly venues: VenueSet;
  },
): Promise<Leases> {
  const { state, names, venues } = parts;
  const leases = openLeases(context, {
    ...{ state, group: 'price-collector', shards: names },
    onGained: ({ shard }: Holding) => void venues.begin(shard),
    // The other one has told of its books already.
    onLost: ({ shard }: Holding) => void venues.end(shard, { tell: false }),
    onRelease: ({ shard }) => venues.end(shard, { tell: true }),
  });
  await leases.start();
  return leases;
}
