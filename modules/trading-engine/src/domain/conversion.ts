import { Decimal, type Listing } from '@ats/domain';
import { decimalOf } from './book-decimal.ts';
import type { BookView } from './book-view.ts';

/** Digits kept where a conversion divides; the error is below 1e-18 of the numeraire. */
export const DIVISION_SCALE = 18;

/** What converting an amount of money came to, exactly. */
export interface Converted {
  /** Numeraire paid or received, conversion fee included, rounded against us. */
  readonly total: Decimal;
  /** One unit of the money in the numeraire, averaged over the levels taken, before the fee. */
  readonly rate: Decimal;
}

/**
 * One money against the numeraire, through one market's book. The market may be listed either
 * way round: USDT/KRW has the numeraire as its base, EUR/USDT as its quote. Amounts are in the
 * money, rates are numeraire per unit of money, taker fee included unless told otherwise.
 */
export class Conversion {
  readonly listing: Listing;
  readonly book: BookView;
  readonly numeraireIsBase: boolean;
  /** 0 when conversion fees are not charged. */
  readonly feeRate: number;
  /** `costRate` and `proceedsRate` times these are the rates before the fee. */
  readonly costFeeFree: number;
  readonly proceedsFeeFree: number;
  private readonly feeExact: Decimal;

  constructor(options: {
    listing: Listing;
    book: BookView;
    numeraireIsBase: boolean;
    feeRate: Decimal;
  }) {
    this.listing = options.listing;
    this.book = options.book;
    this.numeraireIsBase = options.numeraireIsBase;
    this.feeExact = options.feeRate;
    this.feeRate = options.feeRate.toNumber();
    this.costFeeFree = this.numeraireIsBase ? 1 - this.feeRate : 1 / (1 + this.feeRate);
    this.proceedsFeeFree = this.numeraireIsBase ? 1 + this.feeRate : 1 / (1 - this.feeRate);
  }

  /** Levels to buy the money from, with the numeraire. */
  get costCount(): number {
    return this.numeraireIsBase ? this.book.bidCount : this.book.askCount;
  }

  /** Levels to sell the money to, for the numeraire. */
  get proceedsCount(): number {
    return this.numeraireIsBase ? this.book.askCount : this.book.bidCount;
  }

  /** Numeraire to pay for one unit of money at one level. */
  costRate(level: number): number {
    return this.numeraireIsBase
      ? 1 / ((this.book.bidPrices[level] as number) * (1 - this.feeRate))
      : (this.book.askPrices[level] as number) * (1 + this.feeRate);
  }

  /** Money to be had at one level, after the fee. */
  costCapacity(level: number): number {
    const { bidPrices, bidSizes, askSizes } = this.book;
    return this.numeraireIsBase
      ? (bidSizes[level] as number) * (bidPrices[level] as number) * (1 - this.feeRate)
      : (askSizes[level] as number);
  }

  /** Numeraire received for one unit of money at one level. */
  proceedsRate(level: number): number {
    return this.numeraireIsBase
      ? 1 / ((this.book.askPrices[level] as number) * (1 + this.feeRate))
      : (this.book.bidPrices[level] as number) * (1 - this.feeRate);
  }

  /** Money that one level takes, fee included. */
  proceedsCapacity(level: number): number {
    const { bidSizes, askSizes, askPrices } = this.book;
    return this.numeraireIsBase
      ? (askSizes[level] as number) * (askPrices[level] as number) * (1 + this.feeRate)
      : (bidSizes[level] as number);
  }

  /** Top-of-book rate at which profit in the money is valued: what selling it would bring. */
  get valueRate(): number {
    return this.proceedsCount > 0 ? this.proceedsRate(0) * this.proceedsFeeFree : Number.NaN;
  }

  /** `valueRate` in exact decimals; undefined when the book has no level for it. */
  valueRateExact(): Decimal | undefined {
    if (this.proceedsCount === 0) return undefined;
    const rounding = 'down';
    if (!this.numeraireIsBase) return decimalOf(this.book.bidPrices[0] as number);
    const ask = decimalOf(this.book.askPrices[0] as number);
    if (ask.isZero()) return undefined;
    return Decimal.ONE.divide(ask, { scale: DIVISION_SCALE, rounding });
  }

  /** @returns what buying `money` costs; undefined when the book does not hold as much. */
  costExact(money: Decimal): Converted | undefined {
    if (!this.numeraireIsBase) {
      const walked = this.take({ amount: money, prices: 'ask', divides: false });
      return walked && { ...walked, total: walked.total.multiply(Decimal.ONE.add(this.feeExact)) };
    }
    const keep = Decimal.ONE.subtract(this.feeExact);
    const amount = money.divide(keep, { scale: DIVISION_SCALE, rounding: 'up' });
    return this.take({ amount, prices: 'bid', divides: true });
  }

  /** @returns what selling `money` brings; undefined when the book does not take as much. */
  proceedsExact(money: Decimal): Converted | undefined {
    if (!this.numeraireIsBase) {
      const walked = this.take({ amount: money, prices: 'bid', divides: false });
      return (
        walked && { ...walked, total: walked.total.multiply(Decimal.ONE.subtract(this.feeExact)) }
      );
    }
    const pays = Decimal.ONE.add(this.feeExact);
    const amount = money.divide(pays, { scale: DIVISION_SCALE, rounding: 'down' });
    return this.take({ amount, prices: 'ask', divides: true });
  }

  /** Walks one side for `amount` of money. Divides by the price where that is quote money. */
  private take(input: {
    amount: Decimal;
    prices: 'bid' | 'ask';
    divides: boolean;
  }): Converted | undefined {
    const { book } = this;
    const isBid = input.prices === 'bid';
    const count = isBid ? book.bidCount : book.askCount;
    const prices = isBid ? book.bidPrices : book.askPrices;
    const sizes = isBid ? book.bidSizes : book.askSizes;
    // Selling the numeraire (bids of a numeraire-base book) is a cost, so digits go up.
    const rounding = isBid ? 'up' : 'down';
    let rest = input.amount;
    let total = Decimal.ZERO;
    let rate = Decimal.ZERO;
    for (let level = 0; level < count && (!rest.isZero() || level === 0); level += 1) {
      const price = decimalOf(prices[level] as number);
      const size = decimalOf(sizes[level] as number);
      if (price.isZero()) return undefined;
      const part = rest.min(input.divides ? size.multiply(price) : size);
      rest = rest.subtract(part);
      total = total.add(
        input.divides
          ? part.divide(price, { scale: DIVISION_SCALE, rounding })
          : part.multiply(price),
      );
      if (level === 0 && input.amount.isZero()) {
        rate = input.divides
          ? Decimal.ONE.divide(price, { scale: DIVISION_SCALE, rounding })
          : price;
      }
    }
    if (!rest.isZero() || count === 0) return undefined;
    if (input.amount.isZero()) return { total, rate };
    return { total, rate: total.divide(input.amount, { scale: DIVISION_SCALE, rounding }) };
  }
}
