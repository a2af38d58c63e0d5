import type { InstrumentId, Listing, MarketEvent, VenueId } from '@ats/domain';
import type { Clock, Logger } from '@ats/runtime';
import { FEATURE_COUNT, FeatureTable } from '../domain/prediction/features.ts';
import type {
  Forecast,
  ModelCard,
  Predictions,
  Predictor,
} from '../domain/prediction/predictor.ts';

export interface PredictionBoardOptions {
  readonly listings: readonly Listing[];
  readonly predictor: Predictor;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What was said longer ago counts as nothing. */
  readonly ageMsMax: number;
}

class Saying implements Forecast {
  change = Number.NaN;
  madeAtUs = 0;
  private readonly ageUsMax: number;

  constructor(ageUsMax: number) {
    this.ageUsMax = ageUsMax;
  }

  changeBps(nowUs: number): number {
    return nowUs - this.madeAtUs > this.ageUsMax ? Number.NaN : this.change;
  }
}

/**
 * Keeps the newest predictions. Events only note what happened; at each `refresh` all markets are
 * asked about in one go, unless the answers to the last go are still out. Nobody who decides ever
 * waits for it, and when it fails there are no predictions.
 */
export class PredictionBoard implements Predictions {
  readonly card: ModelCard;
  /** Goes that were answered, failed, and were left out since the last one was not answered. */
  made = 0;
  failed = 0;
  skipped = 0;
  private readonly options: PredictionBoardOptions;
  private readonly table: FeatureTable;
  private readonly sayings: readonly Saying[];
  private readonly rows: Float32Array;
  /** The market of each row. */
  private readonly marketOf: Int32Array;
  private isBusy = false;

  constructor(options: PredictionBoardOptions) {
    this.options = options;
    this.card = options.predictor.card;
    this.table = new FeatureTable(options.listings);
    const { length } = this.table.markets;
    this.sayings = this.table.markets.map(() => new Saying(options.ageMsMax * 1000));
    this.rows = new Float32Array(length * FEATURE_COUNT);
    this.marketOf = new Int32Array(length);
  }

  of(market: { readonly venue: VenueId; readonly instrument: InstrumentId }): Forecast | undefined {
    const at = this.table.markets.findIndex(
      ({ venue, instrument }) => venue === market.venue && instrument === market.instrument,
    );
    return this.sayings[at];
  }

  readonly onMarket = (event: MarketEvent): void => {
    this.table.onEvent(event);
  };

  /** Asks about all markets. @returns when the answers are there; never rejected */
  async refresh(): Promise<void> {
    if (this.isBusy) {
      this.skipped += 1;
      return;
    }
    const nowUs = this.options.clock.nowUs();
    let count = 0;
    for (let market = 0; market < this.sayings.length; market += 1) {
      if (!this.table.write(market, nowUs, this.rows, count * FEATURE_COUNT)) continue;
      this.marketOf[count] = market;
      count += 1;
    }
    if (count === 0) return;
    this.isBusy = true;
    try {
      this.say(await this.options.predictor.predict(this.rows, count), count, nowUs);
      this.made += 1;
    } catch (error) {
      this.failed += 1;
      if (this.failed > 1) return;
      const text = 'the model failed, which is said once: what it does not say counts as nothing';
      this.options.logger.warn('engine.prediction_failed', text, { error });
    } finally {
      this.isBusy = false;
    }
  }

  private say(changes: Float32Array, count: number, madeAtUs: number): void {
    for (let row = 0; row < count; row += 1) {
      const saying = this.sayings[this.marketOf[row] as number] as Saying;
      saying.change = changes[row] as number;
      saying.madeAtUs = madeAtUs;
    }
  }
}
