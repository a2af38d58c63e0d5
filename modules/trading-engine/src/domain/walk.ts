import type { BookView } from './book-view.ts';
import type { Conversion } from './conversion.ts';

/** One side of a walk. Without a conversion, amounts are valued at the request's `valueRate`. */
export interface WalkLeg {
  readonly book: BookView;
  /** Taker fee as a fraction of the notional: 10 bps is 0.001. */
  readonly feeRate: number;
  readonly conversion: Conversion | null;
}

/** Bounds of one walk. Reused between calls by whoever is in a hurry. */
export interface WalkLimits {
  /** Most base that the sell venue can deliver. */
  baseMax: number;
  /** Most quote, fee included, that the buy venue can pay. */
  quoteMax: number;
  /** Most numeraire, fees included, for the buy leg. */
  notionalMax: number;
  /** Reserve for slippage, as a fraction of each leg's notional. */
  slippageRate: number;
  /** The net edge of the whole size, over the cost of the buy leg, stays at or above this. */
  edgeMin: number;
  /** Numeraire per unit of quote, for legs that need no conversion. */
  valueRate: number;
}

/** What ended a walk. */
export type WalkStop = 'profit' | 'depth' | 'conversion-depth' | 'balance' | 'notional' | 'edge';

/**
 * Finds the size that earns most: walks the asks of one book against the bids of another, and the
 * conversion books of either leg, with one pointer each, and takes while the next unit still earns
 * after taker fees, conversion and the slippage reserve. Each step exhausts a level, so the cost is
 * the number of levels. Costs never fall and proceeds never rise along the way: the size where the
 * next unit earns nothing is the optimum, and where the mean edge meets `edgeMin` is the optimum
 * under that condition.
 *
 * Works in doubles and allocates nothing; the result stays in the fields until the next `run`.
 * Whoever acts on it values the size again in exact decimals.
 */
export class Walk {
  /** Base. */
  quantity = 0;
  /** Numeraire, after fees and slippage reserve. */
  netProfit = 0;
  /** Numeraire, fees included, of the buy leg. */
  cost = 0;
  buyLevels = 0;
  sellLevels = 0;
  stop: WalkStop = 'profit';

  // The four pointers, what is left at each, and the rates in force.
  private ask = 0;
  private bid = 0;
  private costLevel = 0;
  private gainLevel = 0;
  private askRest = 0;
  private bidRest = 0;
  private costRest = 0;
  private gainRest = 0;
  private costRate = 0;
  private gainRate = 0;
  /** Quote paid so far, fee included. */
  private spent = 0;

  /** @returns whether any size earns. */
  run(buy: WalkLeg, sell: WalkLeg, limits: WalkLimits): boolean {
    this.reset(limits.valueRate);
    const asks = buy.book;
    const bids = sell.book;
    if (!this.nextCost(buy.conversion) || !this.nextGain(sell.conversion)) {
      this.stop = 'conversion-depth';
      return false;
    }
    if (asks.askCount > 0) this.askRest = asks.askSizes[0] as number;
    if (bids.bidCount > 0) this.bidRest = bids.bidSizes[0] as number;
    const costFeeFree = buy.conversion === null ? 1 : buy.conversion.costFeeFree;
    const gainFeeFree = sell.conversion === null ? 1 : sell.conversion.proceedsFeeFree;
    while (this.ask < asks.askCount && this.bid < bids.bidCount) {
      const askPrice = asks.askPrices[this.ask] as number;
      const bidPrice = bids.bidPrices[this.bid] as number;
      const payable = askPrice * (1 + buy.feeRate);
      const receivable = bidPrice * (1 - sell.feeRate);
      const unitCost = payable * this.costRate;
      const reserve =
        limits.slippageRate *
        (askPrice * this.costRate * costFeeFree + bidPrice * this.gainRate * gainFeeFree);
      const margin = receivable * this.gainRate - unitCost - reserve;
      // Written so that NaN stops the walk as well.
      if (!(margin > 0)) {
        this.stop = 'profit';
        break;
      }
      const costFit = this.costRest / payable;
      const gainFit = this.gainRest / receivable;
      const depth = Math.min(this.askRest, this.bidRest, costFit, gainFit);
      const part = this.bounded(depth, payable, unitCost, margin, limits);
      if (part > 0) {
        this.quantity += part;
        this.netProfit += part * margin;
        this.cost += part * unitCost;
        this.spent += part * payable;
        this.buyLevels = this.ask + 1;
        this.sellLevels = this.bid + 1;
      }
      // A size that is no number ends the walk here.
      if (!(part >= depth)) break;
      this.askRest -= part;
      this.bidRest -= part;
      this.costRest -= part * payable;
      this.gainRest -= part * receivable;
      // The level that bounded the step is done, whatever rounding left in its rest.
      if (
        (depth === costFit && !this.nextCost(buy.conversion)) ||
        (depth === gainFit && !this.nextGain(sell.conversion))
      ) {
        this.stop = 'conversion-depth';
        break;
      }
      if (this.askRest <= 0) {
        this.ask += 1;
        if (this.ask < asks.askCount) this.askRest = asks.askSizes[this.ask] as number;
      }
      if (this.bidRest <= 0) {
        this.bid += 1;
        if (this.bid < bids.bidCount) this.bidRest = bids.bidSizes[this.bid] as number;
      }
    }
    return this.quantity > 0;
  }

  private reset(valueRate: number): void {
    this.quantity = 0;
    this.netProfit = 0;
    this.cost = 0;
    this.buyLevels = 0;
    this.sellLevels = 0;
    this.stop = 'depth';
    this.ask = 0;
    this.bid = 0;
    this.costLevel = -1;
    this.gainLevel = -1;
    this.askRest = 0;
    this.bidRest = 0;
    this.costRest = Number.POSITIVE_INFINITY;
    this.gainRest = Number.POSITIVE_INFINITY;
    this.costRate = valueRate;
    this.gainRate = valueRate;
    this.spent = 0;
  }

  /** Moves to the next level to buy money from. @returns false when there is none */
  private nextCost(conversion: Conversion | null): boolean {
    if (conversion === null) return true;
    this.costLevel += 1;
    if (this.costLevel >= conversion.costCount) return false;
    this.costRate = conversion.costRate(this.costLevel);
    this.costRest = conversion.costCapacity(this.costLevel);
    return true;
  }

  /** Moves to the next level to sell money to. @returns false when there is none */
  private nextGain(conversion: Conversion | null): boolean {
    if (conversion === null) return true;
    this.gainLevel += 1;
    if (this.gainLevel >= conversion.proceedsCount) return false;
    this.gainRate = conversion.proceedsRate(this.gainLevel);
    this.gainRest = conversion.proceedsCapacity(this.gainLevel);
    return true;
  }

  /** Cuts a step to balances, notional and mean edge; says in `stop` what cut it. */
  private bounded(
    depth: number,
    payable: number,
    unitCost: number,
    margin: number,
    limits: WalkLimits,
  ): number {
    let part = depth;
    const balance = Math.min(
      limits.baseMax - this.quantity,
      (limits.quoteMax - this.spent) / payable,
    );
    if (balance < part) {
      part = Math.max(0, balance);
      this.stop = 'balance';
    }
    const room = (limits.notionalMax - this.cost) / unitCost;
    if (room < part) {
      part = Math.max(0, room);
      this.stop = 'notional';
    }
    const shortfall = limits.edgeMin * unitCost - margin;
    if (shortfall > 0) {
      const bearable = (this.netProfit - limits.edgeMin * this.cost) / shortfall;
      if (bearable < part) {
        part = Math.max(0, bearable);
        this.stop = 'edge';
      }
    }
    return part;
  }
}
