import type { InstrumentId, VenueId } from '@ats/domain';

/** What is known of a model beside its weights. */
export interface ModelCard {
  readonly name: string;
  readonly version: string;
  /** The columns of a row, in their order. */
  readonly features: readonly string[];
  /** How far ahead it looks. */
  readonly horizonMs: number;
  /** Of the model's file, in hexadecimal. */
  readonly sha256: string;
}

/**
 * Says what the middle of a market's best prices will do. A row says one market at one moment, in
 * the columns of the card. Inference may wait, so that nobody decides while it runs: whoever
 * decides reads what was said last, see `Predictions`. The same rows give the same answers.
 */
export interface Predictor {
  readonly card: ModelCard;
  /**
   * @param rows one after the other; only the first `count` are read, and not after it returned
   * @returns for each row the expected change within the horizon, basis points of the middle
   */
  predict(rows: Float32Array, count: number): Promise<Float32Array>;
  close(): Promise<void>;
}

/** What was said last of one market. The object stays, and what it says changes. */
export interface Forecast {
  /**
   * The expected change of the middle within the horizon, basis points.
   * @returns NaN where nothing was said, or what was said is too old to count
   */
  changeBps(nowUs: number): number;
}

/** The newest predictions, for strategies. Reading them costs nothing and never waits. */
export interface Predictions {
  readonly card: ModelCard;
  /** @returns undefined for a market that nothing is predicted of; good for the whole run */
  of(market: { readonly venue: VenueId; readonly instrument: InstrumentId }): Forecast | undefined;
}
