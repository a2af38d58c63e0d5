import { resolve } from 'node:path';
import { MARKET_DATA_SERVICE } from '@ats/contracts';
import { AtsError, type Listing, venueId } from '@ats/domain';
import {
  listingsOf,
  type RunningService,
  type ServiceContext,
  type ServiceModule,
} from '@ats/runtime';
import type { DurablePorts, MarketBus, Ports, TickStore } from '@ats/storage';
import { openCcxtExchange } from './adapters/ccxt-exchange.ts';
import { CcxtFeed } from './adapters/ccxt-feed.ts';
import { nativeDialects } from './adapters/dialects/index.ts';
import { openGzipRecorder } from './adapters/frame-recorder.ts';
import { RestClient } from './adapters/rest-client.ts';
import { isAdapterPath, loadUserAdapter } from './adapters/user-adapter.ts';
import { WebSocketFeed } from './adapters/websocket-feed.ts';
import { registerMetrics } from './app/collector-metrics.ts';
import { marketDataHandlers } from './app/market-data.ts';
import {
  type CollectorStats,
  type MarketView,
  marketViews,
  type RunningVenue,
  readinessOf,
  statsOf,
} from './app/stats.ts';
import { TradeTape } from './app/trade-tape.ts';
import { VenueCore } from './app/venue-core.ts';
import { type CollectorConfig, collectorConfigSchema } from './config.ts';
import type { FeedDialect } from './domain/feed.ts';
import type { FrameRecorder, VenueFeed } from './domain/venue-feed.ts';
import { shareVenues, VenueSet } from './venue-leases.ts';

export interface RunningCollector extends RunningService {
  stats(): CollectorStats;
  /** Every market as it stands now. */
  markets(): readonly MarketView[];
}

/** Without a state store nothing is shared with other instances. */
export type CollectorPorts = Ports & Partial<Pick<DurablePorts, 'stateStore'>>;

type Context = ServiceContext<CollectorConfig, CollectorPorts>;
type VenueConfig = CollectorConfig['venues'][string];

interface VenueParts {
  readonly context: Context;
  readonly name: string;
  readonly venue: VenueConfig;
  readonly core: VenueCore;
  readonly recorder: FrameRecorder | undefined;
}

/** Exchanges' streams in, normalised market events out. */
export const priceCollector: ServiceModule<CollectorConfig, CollectorPorts, RunningCollector> = {
  name: 'price-collector',
  configSchema: collectorConfigSchema,
  async start(context) {
    const { collector } = context.config;
    // Whoever judges books by them looks them up when they are needed.
    context.onReload?.(({ collector: changed }) => void Object.assign(collector, changed));
    const bus = await context.ports.marketBus();
    const ticks = await context.ports.tickStore();
    const listings = listingsOf(context.config);
    const recorder =
      collector.record === undefined
        ? undefined
        : await openGzipRecorder({ file: resolve(collector.record), ...context });
    const names = Object.keys(context.config.venues).filter(
      (name) => context.config.venues[name]?.enabled === true,
    );
    const set = new VenueSet({
      logger: context.logger,
      async open(name) {
        const venue = context.config.venues[name] as VenueConfig;
        const core = coreOf({ context, name, listings, bus, ticks });
        return { core, feed: await feedOf({ context, name, venue, core, recorder }) };
      },
    });
    const venues = set.running;
    const { stateStore } = context.ports;
    const shared = context.config.sharing.enabled && stateStore !== undefined;
    try {
      if (!shared) for (const name of names) await set.add(name);
    } catch (problem) {
      await recorder?.close();
      throw problem;
    }
    registerMetrics(context.metrics, venues);
    const market = await serveMarketData(context, { listings, venues, bus, ticks });
    for (const { feed } of venues) feed.start();
    const leases = shared
      ? await shareVenues(context, { state: await stateStore(), names, venues: set })
      : undefined;
    const guard = context.timers.every(collector.guardPeriodMs, () => {
      const nowUs = context.clock.nowUs();
      for (const { core, feed } of venues) {
        feed.guard(nowUs);
        core.guard();
      }
    });
    return {
      stats: () => statsOf(venues),
      markets: () => marketViews(venues, context.clock.nowUs()),
      readiness: () => readinessOf(venues),
      async drain() {
        guard.cancel();
        await market.stop();
        await leases?.close();
        await Promise.all(venues.map(({ feed }) => feed.stop()));
        for (const { core } of venues) core.shutdown();
        await recorder?.close();
      },
    };
  },
};

/** Shows markets to people. @throws PORT_IN_USE */
async function serveMarketData(
  { config, clock, timers, rpc, metrics }: Context,
  parts: {
    readonly listings: readonly Listing[];
    readonly venues: readonly RunningVenue[];
    readonly bus: MarketBus;
    readonly ticks: TickStore;
  },
) {
  const { listings, venues, ticks } = parts;
  const tape = new TradeTape(parts.bus);
  const markets = () => venues.flatMap(({ core }) => [...core.markets.values()]);
  const dropped = metrics.counter({
    name: 'ats_collector_watched_trades_dropped_total',
    help: 'Public trades that made way for newer ones before who watches took them.',
    labels: [],
  });
  const serving = await rpc.serve(
    MARKET_DATA_SERVICE,
    marketDataHandlers({
      ...{ listings, markets, settings: config.collector, tape, ticks, clock, timers },
      onTradesDropped: (count) => dropped.add({}, count),
    }),
  );
  return {
    async stop() {
      await serving.stop();
      await tape.close();
    },
  };
}

function coreOf(parts: {
  context: Context;
  name: string;
  listings: readonly Listing[];
  bus: MarketBus;
  ticks: TickStore;
}): VenueCore {
  const { context, name, bus, ticks } = parts;
  const listings = parts.listings.filter((listing) => listing.venue === name);
  return new VenueCore({
    venue: venueId(name),
    listings,
    bus,
    ticks,
    clock: context.clock,
    random: context.random.stream(`collector.${name}`),
    logger: context.logger.child({ venue: name }),
    settings: context.config.collector,
  });
}

async function feedOf(parts: VenueParts): Promise<VenueFeed> {
  const { context, name, venue, core } = parts;
  const { collector } = context.config;
  const shared = {
    core,
    depth: collector.bookDepth,
    channels: collector.channels,
    clock: context.clock,
    timers: context.timers,
    random: context.random.stream(`connection.${name}`),
    logger: context.logger.child({ venue: name }),
  };
  if (venue.feed.startsWith('ccxt:')) {
    const field = `venues.${name}.feed`;
    const id = venue.feed.slice('ccxt:'.length);
    const { timeoutMs } = collector.rest;
    const opened = await openCcxtExchange({ ...venue, field, id, timeoutMs });
    const { backoffBaseMs: baseMs, backoffMaxMs: maxMs } = collector.connection;
    return new CcxtFeed({ ...shared, ...opened, backoff: { baseMs, maxMs } });
  }
  const { counters } = core;
  const rest = new RestClient({
    ...shared,
    endpoints: venue.rest,
    settings: collector.rest,
    counters,
  });
  return new WebSocketFeed({
    ...shared,
    dialect: await dialectOf(parts),
    urls: venue.ws,
    symbols: [...core.markets.keys()],
    rest,
    settings: collector.connection,
    tapFor: () => parts.recorder?.connection(name),
  });
}

async function dialectOf({ name, venue }: VenueParts): Promise<FeedDialect> {
  if (isAdapterPath(venue.feed)) return loadUserAdapter(venue.feed);
  const dialect = nativeDialects.forFeed(venue.feed, venue.ws[0] ?? '');
  if (dialect !== undefined) return dialect;
  throw new AtsError({
    code: 'VENUE_UNKNOWN',
    message: `venues.${name}.feed is ${venue.feed}, which no adapter has`,
    remedy: `Use one of ${nativeDialects.feeds.join(', ')}, ccxt:<exchange> or a path.`,
    context: { field: `venues.${name}.feed`, value: venue.feed },
  });
}
