import type {
  ArbitrageTrade,
  AssetId,
  Decimal,
  InstrumentId,
  OrderId,
  OrderSide,
  ReasonCode,
  TradeId,
  VenueId,
} from '@ats/domain';

/** What one run uses: with the same tapes, settings and seed it gives the same bytes. */
export interface RunSpec {
  /** For people; empty where none was given. */
  readonly name: string;
  /** Tapes by their name or path, in the order that settles equal times. */
  readonly tapes: readonly string[];
  readonly strategy: string;
  /** Settings over those of the configuration, by path: `engine.minEdgeBps` to `3`. */
  readonly settings: Readonly<Record<string, string>>;
  readonly seed: number;
  /** Half-open range of receive times, microseconds since the epoch; 0 for the tapes' own ends. */
  readonly fromUs: number;
  readonly toUs: number;
}

/** What everything on all venues is worth at the middle of the books, in the numeraire. */
export interface EquityPoint {
  readonly timeUs: number;
  readonly equity: Decimal;
  /** Value of what was bought and not sold, or the other way round, unsigned. */
  readonly unhedged: Decimal;
}

/** A fill as the venue reported it. */
export interface RunFill {
  readonly timeUs: number;
  readonly orderId: OrderId;
  /** Absent for an order that belongs to no two-leg trade. */
  readonly tradeId: TradeId | undefined;
  readonly venue: VenueId;
  readonly instrument: InstrumentId;
  readonly side: OrderSide;
  /** Base. */
  readonly quantity: Decimal;
  /** Quote per base. */
  readonly price: Decimal;
  readonly fee: Decimal;
  readonly feeAsset: AssetId;
  readonly role: 'maker' | 'taker';
  /** The fill's notional, and its fee, in the numeraire at that moment. */
  readonly notionalNumeraire: Decimal;
  readonly feeNumeraire: Decimal;
}

/** Opportunities of one pair of venues in one hour of one instrument's base, by reason. */
export interface OpportunityCell {
  readonly base: AssetId;
  readonly buy: VenueId;
  readonly sell: VenueId;
  /** Start of the hour, microseconds since the epoch. */
  readonly hourUs: number;
  readonly reason: ReasonCode;
  readonly count: number;
  /** How long they stood together, microseconds. */
  readonly stoodUs: number;
  /** Sums of the best moment of each life, in base. */
  readonly quantity: Decimal;
  /** Sums of the best moment of each life, in the numeraire. */
  readonly grossProfit: Decimal;
  readonly netProfit: Decimal;
}

/** What one venue held of one asset, locked or not. */
export interface RunBalance {
  readonly venue: VenueId;
  readonly asset: AssetId;
  readonly start: Decimal;
  readonly end: Decimal;
}

/** All that a run found, exact, from which every figure and picture of it is made. */
export interface RunRecord {
  readonly spec: RunSpec;
  readonly numeraire: AssetId;
  /** Of the market data that was played, microseconds since the epoch. */
  readonly fromUs: number;
  readonly toUs: number;
  readonly events: number;
  readonly badRows: number;
  /** Never falling in time; the first is of the start, the last of the end. */
  readonly equity: readonly EquityPoint[];
  /** Ended trades in order of their end, then those that were open at the end of the run. */
  readonly trades: readonly ArbitrageTrade[];
  readonly fills: readonly RunFill[];
  readonly opportunities: readonly OpportunityCell[];
  /** Of every venue; absent in records that were made before it was kept. */
  readonly balances?: readonly RunBalance[];
  /** Whether the ledger balances and equals what the venues say. */
  readonly ledger: { readonly balanced: boolean; readonly differences: readonly string[] };
  /** What a reader must know to believe the figures, for people. */
  readonly warnings: readonly string[];
}
