import type { Listing } from '@ats/domain';
import type { SimVenue } from '../sim-market.ts';
import { SimulatedMarket } from '../simulated-market.ts';
import { Dislocations, viewKey } from './dislocations.ts';
import { EfficientPrices, MeanReverting } from './efficient-prices.ts';
import { MarketFlow } from './market-flow.ts';
import { ASSET_DEFAULT, type ModelParameters, VENUE_DEFAULT } from './parameters.ts';
import type { ModelRandomSource } from './random.ts';
import { moneyListings, venuePairs } from './venue-pairs.ts';

const BPS = 1e-4;
/** Time constant of a venue's own noise. */
const NOISE_REVERSION_S = 5;

export interface MarketModelOptions {
  readonly listings: readonly Listing[];
  readonly parameters: ModelParameters;
  readonly random: ModelRandomSource;
  /** Time of the first step, whole microseconds since the epoch. */
  readonly startUs: number;
  readonly stepUs: number;
}

/** One venue as the model knows it; the protocol servers see a `SimVenue`. */
export interface SimulatedVenue extends SimVenue {
  readonly markets: ReadonlyMap<string, SimulatedMarket>;
  /** Added to the venue's own times; a fault. */
  clockDriftUs: number;
  /** How far the venue's view of an asset, or of all, is off for as long as it is set; a fault. */
  priceShock: PriceShock | undefined;
}

export interface PriceShock {
  /** The base asset; all of them when absent. */
  readonly asset: string | undefined;
  /** Signed; above -10,000. */
  readonly bps: number;
}

/** @returns how far a view of an asset is off, in logarithms */
function shockOf({ priceShock }: SimulatedVenue, base: string): number {
  if (priceShock === undefined) return 0;
  if (priceShock.asset !== undefined && priceShock.asset !== base) return 0;
  return Math.log1p(priceShock.bps * BPS);
}

type OpenVenue = SimulatedVenue & { readonly markets: Map<string, SimulatedMarket> };

function openVenue(name: string): OpenVenue {
  return { name, markets: new Map(), clockDriftUs: 0, priceShock: undefined };
}

/** What a venue believes one asset is worth, in US dollars. */
class VenueView {
  readonly key: string;
  readonly base: string;
  readonly venue: SimulatedVenue;
  log: number;
  private lagged: number;
  private readonly lagS: number;
  private readonly noise: MeanReverting;

  constructor(options: {
    venue: SimulatedVenue;
    base: string;
    log: number;
    lagS: number;
    noise: MeanReverting;
  }) {
    this.key = viewKey(options.venue.name, options.base);
    this.base = options.base;
    this.venue = options.venue;
    this.log = options.log;
    this.lagged = options.log;
    this.lagS = options.lagS;
    this.noise = options.noise;
  }

  step(input: { efficientLog: number; offset: number; seconds: number }): void {
    this.lagged += (input.efficientLog - this.lagged) * (1 - Math.exp(-input.seconds / this.lagS));
    this.log = this.lagged + this.noise.step(input.seconds) + input.offset;
  }
}

interface ModelMarket {
  readonly market: SimulatedMarket;
  readonly flow: MarketFlow;
  readonly view: VenueView;
  readonly quote: string;
  readonly venue: SimulatedVenue;
}

/**
 * All venues and markets of the simulation. A pure function of its options and of the number of
 * steps: the same seed gives the same batches, whatever the machine.
 */
export class MarketModel {
  readonly venues: ReadonlyMap<string, SimulatedVenue>;
  private readonly prices: EfficientPrices;
  private readonly dislocations: Dislocations;
  private readonly views: VenueView[] = [];
  private readonly markets: ModelMarket[] = [];
  private readonly stepUs: number;
  /** The model's own time, which knows no pauses, and what the process has skipped since. */
  private timeUs: number;
  private skippedUs = 0;

  constructor(options: MarketModelOptions) {
    const { listings, parameters, random, startUs } = options;
    this.stepUs = options.stepUs;
    this.timeUs = startUs;
    this.prices = new EfficientPrices({
      bases: listings.map((listing) => listing.base.id),
      // A coin that others are quoted in keeps its own price, as any asset does.
      quotes: moneyListings(listings).map((listing) => listing.quote.id),
      assets: parameters.assets,
      money: parameters.money,
      random,
    });
    this.dislocations = new Dislocations({
      pairs: venuePairs(listings, parameters),
      parameters: parameters.dislocations,
      random: random.stream('dislocations'),
      startUs,
    });
    this.venues = this.openVenues(options);
    for (const one of this.markets) {
      one.market.begin(startUs);
      one.flow.open(this.viewTicks(one));
      one.market.publish();
    }
  }

  /** Advances the simulation by one step; every market that changed publishes one batch. */
  step(): void {
    this.timeUs += this.stepUs;
    const { timeUs, prices, dislocations } = this;
    const seconds = this.stepUs / 1e6;
    prices.step(seconds);
    dislocations.step(timeUs);
    for (const view of this.views) {
      const efficientLog = prices.logUsd(view.base);
      const shock = shockOf(view.venue, view.base);
      const offset = dislocations.offset(view.key, timeUs) + shock;
      view.step({ efficientLog, offset, seconds });
    }
    for (const one of this.markets) {
      one.market.begin(this.nowUs + one.venue.clockDriftUs);
      one.flow.step(this.viewTicks(one), timeUs);
      one.market.publish();
    }
  }

  /**
   * Moves the time that markets show, after the process could not keep up. The path of prices and
   * orders stays what it was: it depends on the count of steps alone.
   */
  skip(microseconds: number): void {
    this.skippedUs += microseconds;
  }

  /** The time that the last step's batches carry, before a venue's clock drift. */
  get nowUs(): number {
    return this.timeUs + this.skippedUs;
  }

  private viewTicks(one: ModelMarket): number {
    const price = Math.exp(one.view.log - this.prices.logUsd(one.quote));
    return price / one.market.prices.step;
  }

  private openVenues(options: MarketModelOptions): ReadonlyMap<string, SimulatedVenue> {
    const venues = new Map<string, OpenVenue>();
    const views = new Map<string, VenueView>();
    for (const listing of options.listings) {
      const name: string = listing.venue;
      const venue = venues.get(name) ?? openVenue(name);
      venues.set(name, venue);
      const key = viewKey(name, listing.base.id);
      const view = views.get(key) ?? this.openView({ listing, venue, options });
      views.set(key, view);
      const market = this.openMarket({ listing, view, venue, options });
      venue.markets.set(listing.symbol, market);
    }
    this.views.push(...views.values());
    return venues;
  }

  private openView(parts: {
    listing: Listing;
    venue: SimulatedVenue;
    options: MarketModelOptions;
  }): VenueView {
    const { listing, venue, options } = parts;
    const base: string = listing.base.id;
    const parameters = options.parameters.venues[venue.name] ?? VENUE_DEFAULT;
    const noise = new MeanReverting({
      deviation: parameters.noiseBps * BPS,
      reversionSeconds: NOISE_REVERSION_S,
      random: options.random.stream(`view/${viewKey(venue.name, base)}`),
    });
    const log = this.prices.logUsd(base);
    return new VenueView({ venue, base, log, lagS: parameters.lagMs / 1000, noise });
  }

  private openMarket(parts: {
    listing: Listing;
    view: VenueView;
    venue: SimulatedVenue;
    options: MarketModelOptions;
  }): SimulatedMarket {
    const { listing, view, venue, options } = parts;
    const { parameters } = options;
    const asset = parameters.assets[listing.base.id] ?? ASSET_DEFAULT;
    const venueParameters = parameters.venues[listing.venue] ?? VENUE_DEFAULT;
    const quote: string = listing.quote.id;
    const market = new SimulatedMarket(listing, Math.exp(view.log - this.prices.logUsd(quote)));
    const orderUsd = asset.orderUsd * venueParameters.sizeFactor;
    const flow = new MarketFlow({
      market,
      random: options.random.stream(`flow/${listing.venue}/${listing.symbol}`),
      levels: parameters.levels,
      halfSpreadBps: asset.halfSpreadBps * venueParameters.spreadFactor,
      orderLots: Math.max(1, orderUsd / Math.exp(view.log) / market.sizes.step),
      updatesPerSecond: asset.updatesPerSecond * parameters.rate,
      startUs: options.startUs,
    });
    this.markets.push({ market, flow, view, quote, venue });
    return market;
  }
}
