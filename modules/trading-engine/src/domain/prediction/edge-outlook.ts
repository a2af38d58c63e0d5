import type { Pair } from '../market.ts';
import type { Forecast, Predictions } from './predictor.ts';

/** What becomes of the edges of pairs, by what is predicted of their two markets. */
export class EdgeOutlook {
  private readonly buys: readonly (Forecast | undefined)[];
  private readonly sells: readonly (Forecast | undefined)[];

  constructor(pairs: readonly Pair[], predictions: Predictions) {
    // The third market of a triangle moves its edge as well, and has no prediction.
    const plain = (pair: Pair): boolean => pair.bridge === undefined;
    this.buys = pairs.map((pair) => (plain(pair) ? predictions.of(pair.buy.listing) : undefined));
    this.sells = pairs.map((pair) => (plain(pair) ? predictions.of(pair.sell.listing) : undefined));
  }

  /** Expected change of a pair's edge, basis points; NaN unless both sides have a prediction. */
  changeBps({ index }: Pair, nowUs: number): number {
    const buy = this.buys[index]?.changeBps(nowUs) ?? Number.NaN;
    const sell = this.sells[index]?.changeBps(nowUs) ?? Number.NaN;
    return sell - buy;
  }
}
