import { Decimal } from '@ats/domain';
import { decimalOf } from './book-decimal.ts';
import type { BookView } from './book-view.ts';
import type { Conversion, Converted } from './conversion.ts';

/** One leg as it is valued exactly. */
export interface ExactLeg {
  readonly book: BookView;
  /** Taker fee as a fraction of the notional. */
  readonly feeRate: Decimal;
  readonly conversion: Conversion | null;
}

/** What one leg takes from its book. Amounts are in the leg's quote money. */
export interface ExactTake {
  /** Price of the worst level touched. */
  readonly worstPrice: Decimal;
  readonly notional: Decimal;
  readonly fee: Decimal;
  readonly levels: number;
}

/** A sized trade valued without rounding, except where a conversion divides. */
export interface ExactValue {
  readonly quantity: Decimal;
  readonly buy: ExactTake;
  readonly sell: ExactTake;
  readonly buyRate: Decimal;
  readonly sellRate: Decimal;
  /** Numeraire; `netProfit = grossProfit - fees - slippageReserve` holds exactly. */
  readonly grossProfit: Decimal;
  readonly fees: Decimal;
  readonly slippageReserve: Decimal;
  readonly netProfit: Decimal;
  /** Numeraire paid for the buy leg, fees and conversion included. */
  readonly cost: Decimal;
}

export interface ExactTrade {
  readonly buy: ExactLeg;
  readonly sell: ExactLeg;
  /** Reserve as a fraction of each leg's notional. */
  readonly slippageRate: Decimal;
  /** Numeraire per unit of quote where no leg is converted: 1 if the quote is the numeraire. */
  readonly valueRate: Decimal;
}

/**
 * The most profitable size of two books in the same money, in exact decimals: what the walk in
 * doubles finds, without its rounding. A size on which the last unit earns nothing is left out.
 * @returns base quantity, before any limit or step; zero when nothing earns.
 */
export function exactCrossedQuantity(trade: ExactTrade): Decimal {
  const { askPrices, askSizes, askCount } = trade.buy.book;
  const { bidPrices, bidSizes, bidCount } = trade.sell.book;
  const pays = Decimal.ONE.add(trade.buy.feeRate).add(trade.slippageRate);
  const gets = Decimal.ONE.subtract(trade.sell.feeRate).subtract(trade.slippageRate);
  let quantity = Decimal.ZERO;
  let ask = 0;
  let bid = 0;
  let askRest = Decimal.ZERO;
  let bidRest = Decimal.ZERO;
  while (true) {
    if (askRest.isZero()) {
      if (ask === askCount) return quantity;
      askRest = decimalOf(askSizes[ask++] as number);
    }
    if (bidRest.isZero()) {
      if (bid === bidCount) return quantity;
      bidRest = decimalOf(bidSizes[bid++] as number);
    }
    const cost = decimalOf(askPrices[ask - 1] as number).multiply(pays);
    const proceeds = decimalOf(bidPrices[bid - 1] as number).multiply(gets);
    if (!proceeds.greaterThan(cost)) return quantity;
    const part = askRest.min(bidRest);
    quantity = quantity.add(part);
    askRest = askRest.subtract(part);
    bidRest = bidRest.subtract(part);
  }
}

/**
 * Values one size exactly.
 * @returns undefined when one of the books, conversion books included, does not hold as much.
 */
export function valueExactly(trade: ExactTrade, quantity: Decimal): ExactValue | undefined {
  const buy = takeExactly(trade.buy, 'ask', quantity);
  const sell = takeExactly(trade.sell, 'bid', quantity);
  if (buy === undefined || sell === undefined) return undefined;
  const paid = converted(trade, 'buy', buy.notional.add(buy.fee));
  const received = converted(trade, 'sell', sell.notional.subtract(sell.fee));
  if (paid === undefined || received === undefined) return undefined;
  const grossCost = buy.notional.multiply(paid.rate);
  const grossProceeds = sell.notional.multiply(received.rate);
  const grossProfit = grossProceeds.subtract(grossCost);
  const fees = paid.total.subtract(grossCost).add(grossProceeds.subtract(received.total));
  const slippageReserve = grossCost.add(grossProceeds).multiply(trade.slippageRate);
  return {
    quantity,
    buy,
    sell,
    buyRate: paid.rate,
    sellRate: received.rate,
    grossProfit,
    fees,
    slippageReserve,
    netProfit: grossProfit.subtract(fees).subtract(slippageReserve),
    cost: paid.total,
  };
}

function converted(trade: ExactTrade, side: 'buy' | 'sell', money: Decimal): Converted | undefined {
  const { conversion } = trade[side];
  if (conversion === null) {
    return { total: money.multiply(trade.valueRate), rate: trade.valueRate };
  }
  return side === 'buy' ? conversion.costExact(money) : conversion.proceedsExact(money);
}

/** Takes `quantity` off one side, best level first; a size of 0 touches the best level. */
function takeExactly(leg: ExactLeg, side: 'ask' | 'bid', quantity: Decimal): ExactTake | undefined {
  const { book } = leg;
  const prices = side === 'ask' ? book.askPrices : book.bidPrices;
  const sizes = side === 'ask' ? book.askSizes : book.bidSizes;
  const count = side === 'ask' ? book.askCount : book.bidCount;
  if (count === 0) return undefined;
  let worstPrice = decimalOf(prices[0] as number);
  let notional = Decimal.ZERO;
  let rest = quantity;
  let levels = 0;
  while (!rest.isZero()) {
    if (levels === count) return undefined;
    worstPrice = decimalOf(prices[levels] as number);
    const part = rest.min(decimalOf(sizes[levels] as number));
    notional = notional.add(part.multiply(worstPrice));
    rest = rest.subtract(part);
    levels += 1;
  }
  return { worstPrice, notional, fee: notional.multiply(leg.feeRate), levels };
}
