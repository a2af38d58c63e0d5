import {
  type AccountId,
  type AssetId,
  Decimal,
  type Fee,
  type InstrumentId,
  type VenueId,
} from '@ats/domain';
import { afterFill, type FillDelta, NO_POSITION, type Position } from './position.ts';

/** One market of one account. */
export interface Place {
  readonly accountId: AccountId;
  readonly venue: VenueId;
  readonly instrument: InstrumentId;
}

/** A position, where it is, and what its fills cost in fees. */
export interface PlacedPosition extends Place {
  readonly position: Position;
  /** By asset; below zero where rebates were more. */
  readonly fees: ReadonlyMap<AssetId, Decimal>;
}

export const placeKey = ({ accountId, venue, instrument }: Place): string =>
  JSON.stringify([accountId, venue, instrument]);

/** What an event has made of a place; the place as it was is left as it is. */
export function afterDelta(
  before: PlacedPosition | Place,
  delta: { readonly fill: FillDelta | undefined; readonly fees: readonly Fee[] },
): PlacedPosition {
  const { accountId, venue, instrument } = before;
  const known = 'position' in before ? before : { position: NO_POSITION, fees: new Map() };
  const fees = new Map(known.fees);
  for (const { asset, amount } of delta.fees) {
    fees.set(asset, (fees.get(asset) ?? Decimal.ZERO).add(amount));
  }
  const { fill } = delta;
  const position = fill === undefined ? known.position : afterFill(known.position, fill);
  return { accountId, venue, instrument, position, fees };
}

/** How much more of each asset fills have left, fees taken off: what the ledger must say too. */
export function netByAsset(
  places: Iterable<Pick<PlacedPosition, 'instrument' | 'position' | 'fees'>>,
): ReadonlyMap<AssetId, Decimal> {
  const net = new Map<AssetId, Decimal>();
  const add = (asset: AssetId, amount: Decimal): void => {
    net.set(asset, (net.get(asset) ?? Decimal.ZERO).add(amount));
  };
  for (const { instrument, position, fees } of places) {
    const [base, quote] = instrument.split('/') as [AssetId, AssetId];
    add(base, position.quantity);
    add(quote, position.cash);
    for (const [asset, amount] of fees) add(asset, amount.negate());
  }
  return net;
}
