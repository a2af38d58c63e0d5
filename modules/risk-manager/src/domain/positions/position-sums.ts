import { type AssetId, Decimal, type InstrumentId, type VenueId } from '@ats/domain';
import { NO_POSITION, type Position } from './position.ts';
import type { PlacedPosition } from './position-book.ts';

/** What is held in one market, whoever holds it. */
export interface Holding {
  readonly venue: VenueId;
  readonly instrument: InstrumentId;
  readonly position: Position;
  /** By asset; below zero where rebates were more. */
  readonly fees: ReadonlyMap<AssetId, Decimal>;
}

function added(sum: Position, part: Position, sign: 'plus' | 'minus'): Position {
  const combined = (one: Decimal, other: Decimal): Decimal =>
    sign === 'plus' ? one.add(other) : one.subtract(other);
  return {
    quantity: combined(sum.quantity, part.quantity),
    cash: combined(sum.cash, part.cash),
    cost: combined(sum.cost, part.cost),
  };
}

/**
 * Positions of all accounts added up by market. Quantity, cash and cost are linear in profit,
 * realised and not, so that sums make the same profit; and there are few markets, however many
 * positions there are.
 */
export class PositionSums {
  private readonly markets = new Map<string, Holding>();

  /** What is held in each market. */
  all(): readonly Holding[] {
    return [...this.markets.values()];
  }

  /** Puts a position in the place of what it was before. */
  replace(before: PlacedPosition | undefined, after: PlacedPosition): void {
    const { venue, instrument } = after;
    const key = JSON.stringify([venue, instrument]);
    const sum = this.markets.get(key) ?? { position: NO_POSITION, fees: new Map() };
    const fees = new Map(sum.fees);
    const addFees = (of: PlacedPosition, sign: 1 | -1): void => {
      for (const [asset, amount] of of.fees) {
        const part = sign === 1 ? amount : amount.negate();
        fees.set(asset, (fees.get(asset) ?? Decimal.ZERO).add(part));
      }
    };
    let { position } = sum;
    if (before !== undefined) {
      position = added(position, before.position, 'minus');
      addFees(before, -1);
    }
    position = added(position, after.position, 'plus');
    addFees(after, 1);
    this.markets.set(key, { venue, instrument, position, fees });
  }
}
