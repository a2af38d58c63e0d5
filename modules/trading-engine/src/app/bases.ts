import type { Listing } from '@ats/domain';
import type { TransactItem } from '@ats/storage';

/** The base assets that this engine trades; where several share them, the others are another's. */
export interface Bases {
  owns(base: string): boolean;
  /** Goes into what is stored of a base's trades: refused once another engine has the base. */
  fenceOf(base: string): TransactItem | undefined;
}

/** Where there is one engine. */
export const ALL_BASES: Bases = { owns: () => true, fenceOf: () => undefined };

/** Every base that is listed: all its markets stay together, for pairs are made across venues. */
export const basesOf = (listings: readonly Listing[]): readonly string[] =>
  [...new Set(listings.map(({ base }) => base.id))].toSorted();
