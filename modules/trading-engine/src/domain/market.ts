import { Decimal, type Listing } from '@ats/domain';
import type { Balance } from './balances.ts';
import { bounded, RATE_SCALE } from './book-decimal.ts';
import type { BookView } from './book-view.ts';
import type { Bridge } from './bridge.ts';
import type { Conversion } from './conversion.ts';
import type { ExactLeg } from './exact.ts';
import type { WalkLeg } from './walk.ts';

const BPS = Decimal.parse('0.0001');
/** Weight of the newest move in a market's volatility: a memory of about twenty updates. */
const VOLATILITY_WEIGHT = 0.05;

/** @returns a fraction: 10 bps is 0.001. */
export const fractionOf = (bps: Decimal): Decimal => bounded(bps.multiply(BPS), RATE_SCALE);

/**
 * One instrument on one venue, as the consolidated view keeps it: the book, what its best prices
 * come to after costs, and the pairs they can make or break. The net prices are kept up to date as
 * books change, so that a pair is judged by one comparison.
 */
export class Market {
  readonly index: number;
  readonly listing: Listing;
  readonly book: BookView;
  /** How the quote becomes the numeraire; null when it is the numeraire or nothing converts it. */
  readonly conversion: Conversion | null;
  readonly quoteIsNumeraire: boolean;
  ageUsMax: number;
  readonly baseBalance: Balance;
  readonly quoteBalance: Balance;
  readonly feeRate: number;
  readonly feeRateExact: Decimal;
  /** Legs in the quote's own money, and through the conversion. */
  readonly plainLeg: WalkLeg & ExactLegParts;
  readonly convertedLeg: WalkLeg & ExactLegParts;

  /** Best ask after fee and reserve, in quote. NaN without a book. */
  netAsk = Number.NaN;
  netBid = Number.NaN;
  /** The same in the numeraire. NaN without a conversion as well. */
  netAskConverted = Number.NaN;
  netBidConverted = Number.NaN;
  /** What costs alone make of the price: `netAsk / costFactor` is the plain price. */
  readonly askFactor: number;
  readonly bidFactor: number;
  readonly convertedAskFactor: number;
  readonly convertedBidFactor: number;
  /** Mean absolute move of the mid price from update to update, basis points. */
  volatilityBps = 0;
  private middle = 0;

  constructor(options: {
    index: number;
    listing: Listing;
    book: BookView;
    conversion: Conversion | null;
    quoteIsNumeraire: boolean;
    ageUsMax: number;
    baseBalance: Balance;
    quoteBalance: Balance;
    slippageRate: number;
  }) {
    this.index = options.index;
    this.listing = options.listing;
    this.book = options.book;
    this.conversion = options.conversion;
    this.quoteIsNumeraire = options.quoteIsNumeraire;
    this.ageUsMax = options.ageUsMax;
    this.baseBalance = options.baseBalance;
    this.quoteBalance = options.quoteBalance;
    this.feeRateExact = fractionOf(options.listing.fees.takerBps);
    this.feeRate = this.feeRateExact.toNumber();
    this.plainLeg = this.leg(null);
    this.convertedLeg = this.leg(this.conversion);
    this.askFactor = 1 + this.feeRate + options.slippageRate;
    this.bidFactor = 1 - this.feeRate - options.slippageRate;
    const charged = this.conversion?.feeRate ?? 0;
    this.convertedAskFactor = this.askFactor * (1 + charged);
    this.convertedBidFactor = this.bidFactor * (1 - charged);
  }

  private leg(conversion: Conversion | null): WalkLeg & ExactLegParts {
    const { book, feeRate, feeRateExact } = this;
    return {
      book,
      feeRate,
      conversion,
      exact: { book, feeRate: feeRateExact, conversion },
    };
  }

  /** After the book changed: new net prices, and the move of the middle. */
  refresh(): void {
    const ask = this.book.bestAsk;
    const bid = this.book.bestBid;
    this.netAsk = ask * this.askFactor;
    this.netBid = bid * this.bidFactor;
    this.refreshConverted();
    const middle = (ask + bid) / 2;
    // NaN fails the comparison, so an empty side leaves the volatility as it was.
    if (!(middle > 0)) return;
    if (this.middle > 0) {
      const move = (Math.abs(middle - this.middle) / this.middle) * 10_000;
      this.volatilityBps += VOLATILITY_WEIGHT * (move - this.volatilityBps);
    }
    this.middle = middle;
  }

  /** After the conversion book changed. */
  refreshConverted(): void {
    if (this.quoteIsNumeraire) {
      this.netAskConverted = this.netAsk;
      this.netBidConverted = this.netBid;
      return;
    }
    const { conversion } = this;
    const usable = conversion?.book.live === true;
    this.netAskConverted =
      usable && conversion.costCount > 0 ? this.netAsk * conversion.costRate(0) : Number.NaN;
    this.netBidConverted =
      usable && conversion.proceedsCount > 0
        ? this.netBid * conversion.proceedsRate(0)
        : Number.NaN;
  }
}

interface ExactLegParts {
  readonly exact: ExactLeg;
}

/**
 * A place to buy and a place to sell the same base, and the edge that may stand between them. In a
 * triangle both are at one venue, and one of them is paid in a coin.
 */
export interface Pair {
  readonly index: number;
  readonly base: string;
  readonly buy: Market;
  readonly sell: Market;
  /** Both quote the same money: no conversion takes part, profit is only valued through one. */
  readonly sameMoney: boolean;
  /** Same ticker, different asset: never traded. */
  readonly mismatch: boolean;
  /** The smallest quantity step that is whole at both venues, in base. */
  readonly step: Decimal;
  /** The third market of a triangle: the conversion of one of the two, which is traded too. */
  readonly bridge: Bridge | undefined;
}
