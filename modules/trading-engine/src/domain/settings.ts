import type { Decimal } from '@ats/domain';

/** What the engine's own strategies are told. Basis points are of the buy leg's cost. */
export interface CrossExchangeSettings {
  /** The money that profit is counted in. */
  readonly numeraire: string;
  /** An edge opens at this net edge, and the whole size keeps to it. */
  readonly minEdgeBps: number;
  /** An open edge closes when its best levels fall below this net edge. */
  readonly closeEdgeBps: number;
  /** Crossed edges short of `minEdgeBps`, but above minus this, are recorded as refused. */
  readonly nearMissBps: number;
  /** A net edge above this is too good to be true. */
  readonly ceilingBps: number;
  /** Reserve for slippage, per leg, in basis points of its notional. */
  readonly slippageBps: Decimal;
  readonly chargeConversionFees: boolean;
  /** Least net profit, in the numeraire. */
  readonly profitMin: Decimal;
  /** Most cost of one buy leg, in the numeraire. */
  readonly notionalMax: Decimal;
  readonly confidenceMin: number;
  /** Time after which an edge's standing no longer adds to confidence. */
  readonly persistenceMs: number;
  /** A standing edge is proposed again when its profit has grown by this share. */
  readonly improvementRatio: number;
  /** A refused standing edge is looked at again after this long. */
  readonly recheckMs: number;
  readonly bookAgeMsMax: number;
  /** Other limits of single venues. */
  readonly venueBookAgeMsMax: Readonly<Record<string, number>>;
  readonly conversionAgeMsMax: number;
  /** Levels of each book that are kept and walked. */
  readonly bookDepth: number;
  /** What can be spent: venue, asset, amount. What is not named is zero. */
  readonly balances: Readonly<Record<string, Readonly<Record<string, Decimal>>>>;
}

/** Age above which a venue's books are not traded on, microseconds. */
export const ageUsMaxOf = (
  { venueBookAgeMsMax, bookAgeMsMax }: CrossExchangeSettings,
  venue: string,
): number => 1000 * (venueBookAgeMsMax[venue] ?? bookAgeMsMax);
