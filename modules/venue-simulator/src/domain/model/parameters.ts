/** How one base asset trades, on all venues alike. */
export interface AssetParameters {
  readonly priceUsd: number;
  /** Standard deviation of a year's log return. */
  readonly volatilityAnnual: number;
  /** Book updates a second and venue at rate 1, most of them quotes that move. */
  readonly updatesPerSecond: number;
  /** Half of a liquid venue's spread. */
  readonly halfSpreadBps: number;
  /** Median value of one market maker's order. */
  readonly orderUsd: number;
}

/** How one quote currency moves against the US dollar. */
export interface MoneyParameters {
  readonly unitsPerUsd: number;
  /** Long-run standard deviation around `unitsPerUsd`. */
  readonly deviationBps: number;
}

/** How one venue differs from a liquid, fast one. */
export interface VenueParameters {
  /** Time constant with which the efficient price reaches the venue. */
  readonly lagMs: number;
  /** Standard deviation of the venue's own view around it. */
  readonly noiseBps: number;
  readonly spreadFactor: number;
  readonly sizeFactor: number;
}

export interface DislocationParameters {
  /** One venue's price departs from the others' after a pause drawn from this range. */
  readonly pauseMsMin: number;
  readonly pauseMsMax: number;
  /** Largest departure. */
  readonly edgeBpsMax: number;
}

export interface ModelParameters {
  readonly assets: Readonly<Record<string, AssetParameters>>;
  readonly money: Readonly<Record<string, MoneyParameters>>;
  readonly venues: Readonly<Record<string, VenueParameters>>;
  readonly dislocations: DislocationParameters;
  /** Multiplies the rate of all background orders. */
  readonly rate: number;
  /** Levels that market makers quote on each side. */
  readonly levels: number;
}

/** For an asset that the configuration lists but does not describe. */
export const ASSET_DEFAULT: AssetParameters = {
  priceUsd: 1,
  volatilityAnnual: 0.8,
  updatesPerSecond: 10,
  halfSpreadBps: 2,
  orderUsd: 2000,
};

export const MONEY_DEFAULT: MoneyParameters = { unitsPerUsd: 1, deviationBps: 0 };

export const VENUE_DEFAULT: VenueParameters = {
  lagMs: 100,
  noiseBps: 1,
  spreadFactor: 1,
  sizeFactor: 1,
};
