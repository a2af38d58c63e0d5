import type { Decimal } from './decimal.ts';
import type { AssetId, InstrumentId, VenueId } from './ids.ts';

/**
 * An asset is more than its ticker: the same letters can name different coins, and one coin can
 * live on networks that do not mix. Two venues' assets are the same only if all of this agrees.
 */
export interface Asset {
  readonly id: AssetId;
  /** `bitcoin`, `ethereum`, `fiat`, ... */
  readonly network: string;
  /** The token's contract on that network; absent for a native coin or fiat money. */
  readonly contract?: string;
  /** Set for a coin that others are quoted in: `ETH/BTC` is a triangle's market, not of money. */
  readonly bridge?: true;
}

/** @returns one string that is equal for equal assets: `USDT@ethereum:0xdac1...`. */
export function assetIdentity(asset: Asset): string {
  const contract = asset.contract === undefined ? '' : `:${asset.contract.toLowerCase()}`;
  return `${asset.id}@${asset.network}${contract}`;
}

/** Fees in basis points of the notional (1 bps = 0.01%). */
export interface FeeSchedule {
  readonly takerBps: Decimal;
  readonly makerBps: Decimal;
}

/** One instrument as one venue lists it, with that venue's rules for orders. */
export interface Listing {
  readonly venue: VenueId;
  /** Common name, `BTC/USDT`. */
  readonly instrument: InstrumentId;
  /** The venue's own name for it, `BTCUSDT`, `XBT/USD`, `KRW-BTC`, `tBTCUSD`. */
  readonly symbol: string;
  readonly base: Asset;
  readonly quote: Asset;
  /** Price step, in quote per base. */
  readonly priceTick: Decimal;
  /** Quantity step, in base. */
  readonly quantityStep: Decimal;
  /** Smallest order quantity, in base. */
  readonly quantityMin: Decimal;
  /** Smallest order value, in quote. */
  readonly notionalMin: Decimal;
  readonly fees: FeeSchedule;
}
