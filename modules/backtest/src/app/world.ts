import { assetId, type Decimal, type Listing, marketId, type VenueId } from '@ats/domain';
import { LedgerSums, readLedgerEntry } from '@ats/orders';
import {
  type Clock,
  type RandomSource,
  seededRandom,
  type Timers,
  type VirtualTimers,
  virtualClock,
  virtualTimers,
} from '@ats/runtime';
import {
  type LogRecord,
  type MarketBus,
  MemoryEventLog,
  memoryStateStore,
  openMemoryMarketBus,
} from '@ats/storage';
import type { FeeAsset } from '@ats/venue-simulator';
import { readLatencySamples } from '../adapters/latency-file.ts';
import {
  type BacktestConfig,
  type FeeSettings,
  type LatencySetting,
  type MarketLatency,
  settingOf,
} from '../config.ts';
import { FeeTiers } from '../domain/fee-tiers.ts';
import { type LatencyUs, latencyOf } from '../domain/latency.ts';
import type { Tape, TapeRange } from '../domain/tape.ts';
import { Lane } from './lane.ts';
import { LiveTop } from './live-top.ts';
import { type PlayedMarket, type PlayedVenue, Player } from './player.ts';
import { noMetrics, WarningLogger, watchedStore, watchedTimers } from './quiet.ts';
import { Recorder } from './recorder.ts';
import { depositsOf, type RunConfig } from './run-config.ts';
import { TapeFeed } from './tape-feed.ts';
import { TapeVenue } from './tape-venue.ts';
import { Valuation } from './valuation.ts';

const US_PER_MS = 1000;
/** Levels of each side that the live view of a book has. */
const DEPTH = 50;
const FEE_DIGITS = 8;

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
  const memory = openMemoryMarketBus({ logger, metrics: noMetrics });
  const { played, markets, feed, hear, serviceTimers } = openVenues(options, { timers, random });
  const bus: MarketBus = {
    publish: (event, more) => memory.publish(event, more),
    publisherOf: (market) => memory.publisherOf(market),
    health: () => memory.health(),
    close: () => memory.close(),
    latest(filter) {
      player.touch();
      return memory.latest(filter);
    },
    subscribe(filter, handler) {
      player.tradesAreWanted ||= filter.kinds?.includes('trade') ?? true;
      return memory.subscribe(filter, handler);
    },
  };
  const venues = new Map(played.map(({ venue }) => [venue.venue, venue] as const));
  const player = new Player({ feed, timers, bus: memory, markets, venues: played, signal });
  const { listings, config } = run;
  const valuation = new Valuation({ bus, listings, venues, numeraire: config.engine.numeraire });
  const recorder = new Recorder(valuation);
  hear({ player, recorder, valuation });
  const { clock } = timers;
  const state = watchedStore(memoryStateStore(clock), player.touch);
  const sums = new LedgerSums();
  // The log forgets what it has delivered: the ledger is summed as it is written.
  const onAppend = (record: LogRecord): void => {
    recorder.onRecord(record);
    if (record.topic === 'ledger.entries') sums.add(readLedgerEntry(record));
  };
  const log = new MemoryEventLog({ clock, timers: serviceTimers, onAppend, onCall: player.touch });
  const tops = new Map(markets.map(({ live }) => [marketId(live.top), live] as const));
  return {
    ...{ timers, serviceTimers, random, logger, bus, state, log, venues, tops },
    ...{ feed, player, played, markets, valuation, recorder, sums },
  };
}

export type World = ReturnType<typeof openWorld>;

interface Hearers {
  readonly player: Player;
  readonly recorder: Recorder;
  readonly valuation: Valuation;
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
  const serviceTimers = watchedTimers(timers, () => hearers?.player.touch());
  const played: PlayedVenue[] = names.map((name) => {
    const own = listings.filter(({ venue }) => venue === name);
    const tiers = tiersOf(config.backtest.fees[name]);
    const venue = openVenue(name, own, {
      ...{ config, random },
      clock: timers.clock,
      timers: serviceTimers,
      catchUp: () => hearers?.player.wake(played.find((one) => one.venue === venue) as PlayedVenue),
      tiers,
      rateOf: (asset) => hearers?.valuation.rateOf(assetId(asset)),
      onFill: (trade) => {
        const notional = hearers?.recorder.onFill(name, trade);
        if (notional !== undefined) tiers?.add(trade.timeUs, notional);
      },
    });
    const latencyUs = marketLatency(settingOf(config.backtest.latency.market, name), name, random);
    const lane = new Lane({ latencyUs, horizonUs });
    const markets = own.map((listing) => ({
      live: new LiveTop(listing, DEPTH),
      atVenue: venue.marketOf(listing.instrument),
      active: false,
    }));
    return { venue, lane, tiers, markets, active: false };
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
  return { played, markets, feed, hear, serviceTimers };
}

function openVenue(
  venue: VenueId,
  listings: readonly Listing[],
  parts: {
    readonly config: BacktestConfig;
    readonly clock: Clock;
    readonly timers: Timers;
    readonly random: RandomSource;
    readonly tiers: FeeTiers | undefined;
    readonly rateOf: (asset: string) => Decimal | undefined;
    readonly catchUp: () => void;
    readonly onFill: ConstructorParameters<typeof TapeVenue>[0]['onFill'];
  },
): TapeVenue {
  const { config, clock, timers, random, catchUp, onFill } = parts;
  const { latency, rejects, outages, answerMsMax, fees } = config.backtest;
  const feeSettings = fees[venue];
  return new TapeVenue({
    ...{ venue, listings, clock, timers, catchUp, onFill, answerMsMax },
    deposits: depositsOf(config, venue, listings),
    latencyUs: drawn(settingOf(latency.orders, venue), `orders/${venue}`, random),
    feeIn: feeSettings?.asset === 'received' ? 'received' : 'quote',
    feeAsset: feeAssetOf(feeSettings, parts.rateOf),
    tiers: parts.tiers,
    rejectShare: settingOf(rejects, venue),
    random: random.stream(`backtest/rejects/${venue}`),
    outages: outages.flatMap((one) =>
      one.venue === venue
        ? [{ fromUs: Date.parse(one.from) * US_PER_MS, toUs: Date.parse(one.to) * US_PER_MS }]
        : [],
    ),
  });
}

function tiersOf(settings: FeeSettings | undefined): FeeTiers | undefined {
  return settings === undefined || settings.tiers.length === 0 ? undefined : new FeeTiers(settings);
}

/** Fees in an asset such as BNB, at what it is worth on the tapes or else in the settings. */
function feeAssetOf(
  settings: FeeSettings | undefined,
  rateOf: (asset: string) => Decimal | undefined,
): FeeAsset | undefined {
  if (settings === undefined || ['quote', 'received'].includes(settings.asset)) return undefined;
  const { asset } = settings;
  return {
    asset,
    amountOf(fee) {
      const price = rateOf(asset) ?? settings.price;
      const rate = rateOf(fee.asset);
      if (price === undefined || rate === undefined || !price.isPositive()) return undefined;
      return fee.amount.multiply(rate).divide(price, { scale: FEE_DIGITS, rounding: 'up' });
    },
  };
}

function marketLatency(
  setting: MarketLatency,
  venue: string,
  random: RandomSource,
): LatencyUs | undefined {
  return setting.model === 'recorded' ? undefined : drawn(setting, `market/${venue}`, random);
}

function drawn(setting: LatencySetting, name: string, random: RandomSource): LatencyUs {
  const model =
    setting.model === 'empirical'
      ? { model: setting.model, samplesMs: readLatencySamples(setting.file) }
      : setting;
  return latencyOf(model, random.stream(`backtest/latency/${name}`));
}
