import { Decimal, type Listing } from '@ats/domain';
import { bounded, RATE_SCALE } from './book-decimal.ts';
import type { BookView } from './book-view.ts';

/** Digits kept where a conversion divides; the error is below 1e-18 of the numeraire. */
const DIVISION_SCALE = 18;

/** What converting an amount of money came to, exactly. */
export interface Converted {
  /** Numeraire paid or received, conversion fee included, rounded against us. */
  readonly total: Decimal;
  /** The conversion fee in it, in the numeraire. */
  readonly fee: Decimal;
  /** One unit of the money in the numeraire, averaged over the levels taken, before the fee. */
  readonly rate: Decimal;
}

/** A walk along one side of the conversion book. */
interface Taken {
  readonly total: Decimal;
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
    if (!this.numeraireIsBase) return bounded(this.book.exact.bidPrices.at(0), RATE_SCALE);
    const ask = this.book.exact.askPrices.at(0);
    if (ask.isZero()) return undefined;
    return Decimal.ONE.divide(ask, { scale: RATE_SCALE, rounding: 'down' });
  }

  /** @returns what buying `money` costs; undefined when the book does not hold as much. */
  costExact(money: Decimal): Converted | undefined {
    if (!this.numeraireIsBase) {
      const taken = this.take({ amount: money, prices: 'ask', divides: false });
      if (taken === undefined) return undefined;
      const fee = this.feeOf(taken.total);
      return { total: taken.total.add(fee), fee, rate: taken.rate };
    }
    const keep = Decimal.ONE.subtract(this.feeExact);
    const amount = money.divide(keep, { scale: DIVISION_SCALE, rounding: 'up' });
    const taken = this.take({ amount, prices: 'bid', divides: true });
    return taken && { ...taken, fee: this.feeOf(taken.total) };
  }

  /** @returns what selling `money` brings; undefined when the book does not take as much. */
  proceedsExact(money: Decimal): Converted | undefined {
    if (!this.numeraireIsBase) {
      const taken = this.take({ amount: money, prices: 'bid', divides: false });
      if (taken === undefined) return undefined;
      const fee = this.feeOf(taken.total);
      return { total: taken.total.subtract(fee), fee, rate: taken.rate };
    }
    const pays = Decimal.ONE.add(this.feeExact);
    const amount = money.divide(pays, { scale: DIVISION_SCALE, rounding: 'down' });
    const taken = this.take({ amount, prices: 'ask', divides: true });
    return taken && { ...taken, fee: this.feeOf(taken.total) };
  }

  private feeOf(total: Decimal): Decimal {
    return total.multiply(this.feeExact);
  }

  /** Walks one side for `amount` of money. Divides by the price where that is quote money. */
  private take(input: {
    amount: Decimal;
    prices: 'bid' | 'ask';
    divides: boolean;
  }): Taken | undefined {
    const { book } = this;
    const isBid = input.prices === 'bid';
    const count = isBid ? book.bidCount : book.askCount;
    const prices = isBid ? book.exact.bidPrices : book.exact.askPrices;
    const sizes = isBid ? book.exact.bidSizes : book.exact.askSizes;
    // Paying numeraire rounds up, receiving it rounds down. It is paid at the bids of a book that
    // has it as base, and at the asks of one that has it as quote.
    const rounding = isBid === input.divides ? 'up' : 'down';
    const at = { scale: DIVISION_SCALE, rounding } as const;
    const amount = input.amount.round(DIVISION_SCALE, rounding);
    let rest = amount;
    let total = Decimal.ZERO;
    for (let level = 0; level < count && !rest.isZero(); level += 1) {
      const price = prices.at(level);
      const size = sizes.at(level);
      if (price.isZero()) return undefined;
      const part = rest.min(input.divides ? size.multiply(price) : size);
      rest = rest.subtract(part);
      const value = input.divides ? part.divide(price, at) : part.multiply(price);
      total = total.add(
        value.scale > DIVISION_SCALE ? value.round(DIVISION_SCALE, rounding) : value,
      );
    }
    if (count === 0 || !rest.isZero()) return undefined;
    if (!amount.isZero()) return { total, rate: total.divide(amount, at) };
    const best = prices.at(0);
    if (best.isZero()) return undefined;
    return { total, rate: input.divides ? Decimal.ONE.divide(best, at) : best };
  }
}
