import { Decimal } from '@ats/domain';
import { decimalOf } from './book-decimal.ts';

/**
 * The exact decimals of one array of prices or sizes, made when they are first asked for. Most
 * levels stay as they are from book to book, and one book takes part in many pairs.
 */
export class LevelDecimals {
  private readonly values: Float64Array;
  /** What `decimals` was made of; a level that has changed differs from it. */
  private readonly known: Float64Array;
  private readonly decimals: Decimal[];

  constructor(values: Float64Array) {
    this.values = values;
    this.known = new Float64Array(values.length);
    this.decimals = new Array<Decimal>(values.length).fill(Decimal.ZERO);
  }

  /** @param level below the length of the array */
  at(level: number): Decimal {
    const value = this.values[level] as number;
    if (this.known[level] === value) return this.decimals[level] as Decimal;
    const decimal = decimalOf(value);
    this.known[level] = value;
    this.decimals[level] = decimal;
    return decimal;
  }
}
