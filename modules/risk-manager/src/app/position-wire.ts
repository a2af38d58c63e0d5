import type { WireMessages } from '@ats/contracts';
import type { Decimal } from '@ats/domain';
import { actsFor, type Caller } from '@ats/runtime';
import { realisedOf, unrealisedOf } from '../domain/positions/position.ts';
import type { PlacedPosition } from '../domain/positions/position-book.ts';
import type { Mark } from './mark-book.ts';

export type WirePosition = WireMessages['ats.risk.v1.Position'];

const PRICE = { scale: 12, rounding: 'half-even' } as const;

export const text = (amount: Decimal): string => amount.normalized().toString();

/** @param mark undefined where no book was ever seen */
export function positionToWire(placed: PlacedPosition, mark: Mark | undefined): WirePosition {
  const { accountId, venue, instrument, position, fees } = placed;
  const { quantity, cost } = position;
  return {
    ...{ accountId, venue, instrument },
    quantity: text(quantity),
    averagePrice: quantity.isZero() ? '' : text(cost.divide(quantity, PRICE)),
    cost: text(cost),
    realised: text(realisedOf(position)),
    mark: mark === undefined ? '' : text(mark.price),
    markedAtUs: mark?.atUs ?? 0,
    unrealised: mark === undefined ? '' : text(unrealisedOf(position, mark.price)),
    fees: Object.fromEntries([...fees].map(([asset, amount]) => [asset, text(amount)])),
  };
}

/** Whose positions a caller may see. */
export interface Owning {
  readonly owns: (accountId: string) => boolean;
}

/** A question of a caller, held to the accounts of theirs. */
export const ownOf = <Asked>(caller: Caller, asked: Asked): Asked & Owning => {
  return { ...asked, owns: (accountId) => actsFor(caller, accountId) };
};

/** What is asked for; empty names are any. */
export interface PositionFilter extends Owning {
  readonly accountId: string;
  readonly venue: string;
  readonly instrument: string;
}

const isAsked = (asked: string, is: string): boolean => asked === '' || asked === is;

export const matches = (
  filter: PositionFilter,
  { accountId, venue, instrument }: PlacedPosition,
): boolean =>
  filter.owns(accountId) &&
  isAsked(filter.accountId, accountId) &&
  isAsked(filter.venue, venue) &&
  isAsked(filter.instrument, instrument);
