import { type Listing, marketId, type VenueId } from '@ats/domain';
import {
  type RandomSource,
  seededRandom,
  type VirtualTimers,
  virtualClock,
  virtualTimers,
} from '@ats/runtime';
import { MemoryEventLog, memoryStateStore, openMemoryMarketBus } from '@ats/storage';
import { readLatencySamples } from '../adapters/latency-file.ts';
import {
  type BacktestConfig,
  type MarketLatency,
  type OrderLatency,
  settingOf,
} from '../config.ts';
import { type LatencyUs, latencyOf } from '../domain/latency.ts';
import type { Tape, TapeRange } from '../domain/tape.ts';
import { Lane } from './lane.ts';
import { LiveTop } from './live-top.ts';
import { type PlayedMarket, type PlayedVenue, Player } from './player.ts';
import { noMetrics, WarningLogger, watchedStore } from './quiet.ts';
import { Recorder } from './recorder.ts';
import { depositsOf, type RunConfig } from './run-config.ts';
import { TapeFeed } from './tape-feed.ts';
import { TapeVenue } from './tape-venue.ts';
import { Valuation } from './valuation.ts';

const US_PER_MS = 1000;
/** Levels of each side that the live view of a book has. */
const DEPTH = 50;

export interface WorldOptions {
  readonly run: RunConfig;
  readonly seed: number;
  readonly tapes: readonly Tape[];
  readonly range: TapeRange;
  readonly signal: AbortSignal | undefined;
}

/** Everything outside of the live code: time, tapes, venues, stores, and what is recorded. */
export function openWorld(options: WorldOptions) {
  const { run, signal } = options;
  const timers = virtualTimers(virtualClock(0));
  const random = seededRandom(options.seed);
  const logger = new WarningLogger();
  const bus = openMemoryMarketBus({ logger, metrics: noMetrics });
  const { played, markets, feed, hear } = openVenues(options, { timers, random });
  const venues = new Map(played.map(({ venue }) => [venue.venue, venue] as const));
  const player = new Player({ feed, timers, bus, markets, venues: played, signal });
  const { listings, config } = run;
  const valuation = new Valuation({ bus, listings, venues, numeraire: config.engine.numeraire });
  const recorder = new Recorder(valuation);
  hear({ player, recorder });
  const { clock } = timers;
  const state = watchedStore(memoryStateStore(clock), player.touch);
  const onAppend = recorder.onRecord.bind(recorder);
  const log = new MemoryEventLog({ clock, timers, onAppend, onCall: player.touch });
  const tops = new Map(markets.map(({ live }) => [marketId(live.top), live] as const));
  return {
    ...{ timers, random, logger, bus, state, log, venues, tops },
    ...{ feed, player, markets, valuation, recorder },
  };
}

export type World = ReturnType<typeof openWorld>;

interface Hearers {
  readonly player: Player;
  readonly recorder: Recorder;
}

function openVenues(
  { run, tapes, range }: WorldOptions,
  { timers, random }: { readonly timers: VirtualTimers; readonly random: RandomSource },
) {
  const { config, listings } = run;
  const horizonUs = config.backtest.horizonMs * US_PER_MS;
  const indexOf = new Map(listings.map((one, index) => [marketId(one), index] as const));
  const names = [...new Set(listings.map(({ venue }) => venue))];
  const laneOf = Int32Array.from(listings, ({ venue }) => names.indexOf(venue));
  let hearers: Hearers | undefined;
  const played: PlayedVenue[] = names.map((name) => {
    const own = listings.filter(({ venue }) => venue === name);
    const venue = openVenue(name, own, {
      ...{ config, timers, random },
      catchUp: () => hearers?.player.wake(played.find((one) => one.venue === venue) as PlayedVenue),
      onFill: (trade) => hearers?.recorder.onFill(name, trade),
    });
    const latencyUs = marketLatency(settingOf(config.backtest.latency.market, name), name, random);
    const lane = new Lane({ latencyUs, horizonUs });
    const markets = own.map((listing) => ({
      live: new LiveTop(listing, DEPTH),
      atVenue: venue.marketOf(listing.instrument),
      active: false,
    }));
    return { venue, lane, markets, active: false };
  });
  const markets = listings.map(({ venue, instrument }) => {
    const ofVenue = played.find((one) => one.venue.venue === venue)?.markets ?? [];
    return ofVenue.find(({ live }) => live.top.instrument === instrument) as PlayedMarket;
  });
  const feed = new TapeFeed({
    tapes: tapes.map((tape) => ({
      tape,
      marketOf: Int32Array.from(tape.markets, (market) => indexOf.get(marketId(market)) ?? -1),
    })),
    ...{ range, laneOf, horizonUs },
    lanes: played.map(({ lane }) => lane),
  });
  const hear = (both: Hearers): void => {
    hearers = both;
  };
  return { played, markets, feed, hear };
}

function openVenue(
  venue: VenueId,
  listings: readonly Listing[],
  parts: {
    readonly config: BacktestConfig;
    readonly timers: VirtualTimers;
    readonly random: RandomSource;
    readonly catchUp: () => void;
    readonly onFill: ConstructorParameters<typeof TapeVenue>[0]['onFill'];
  },
): TapeVenue {
  const { config, timers, random, catchUp, onFill } = parts;
  const { latency, rejects, outages, answerMsMax } = config.backtest;
  return new TapeVenue({
    ...{ venue, listings, timers, catchUp, onFill, answerMsMax },
    clock: timers.clock,
    deposits: depositsOf(config, venue, listings),
    latencyUs: drawn(settingOf(latency.orders, venue), `orders/${venue}`, random),
    rejectShare: settingOf(rejects, venue),
    random: random.stream(`backtest/rejects/${venue}`),
    outages: outages.flatMap((one) =>
      one.venue === venue
        ? [{ fromUs: Date.parse(one.from) * US_PER_MS, toUs: Date.parse(one.to) * US_PER_MS }]
        : [],
    ),
  });
}

function marketLatency(
  setting: MarketLatency,
  venue: string,
  random: RandomSource,
): LatencyUs | undefined {
  return setting.model === 'recorded' ? undefined : drawn(setting, `market/${venue}`, random);
}

function drawn(setting: OrderLatency, name: string, random: RandomSource): LatencyUs {
  const model =
    setting.model === 'empirical'
      ? { model: setting.model, samplesMs: readLatencySamples(setting.file) }
      : setting;
  return latencyOf(model, random.stream(`backtest/latency/${name}`));
}
