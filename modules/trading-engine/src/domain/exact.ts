import { Decimal } from '@ats/domain';
import { bounded, MONEY_SCALE, NUMERAIRE_SCALE } from './book-decimal.ts';
import type { BookView } from './book-view.ts';
import type { Conversion } from './conversion.ts';

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
  const { askCount, exact: asks } = trade.buy.book;
  const { bidCount, exact: bids } = trade.sell.book;
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
      askRest = asks.askSizes.at(ask++);
    }
    if (bidRest.isZero()) {
      if (bid === bidCount) return quantity;
      bidRest = bids.bidSizes.at(bid++);
    }
    const cost = asks.askPrices.at(ask - 1).multiply(pays);
    const proceeds = bids.bidPrices.at(bid - 1).multiply(gets);
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
  const paid = converted(trade, 'buy', buy);
  const received = converted(trade, 'sell', sell);
  if (paid === undefined || received === undefined) return undefined;
  const fees = bounded(paid.fees.add(received.fees), NUMERAIRE_SCALE);
  const turnover = paid.total.subtract(paid.fees).add(received.total.add(received.fees));
  const slippageReserve = bounded(turnover, NUMERAIRE_SCALE).multiply(trade.slippageRate);
  const grossProfit = received.total.subtract(paid.total).add(fees);
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

/** One leg in the numeraire: what is paid or received in all, and the fees in it. */
interface LegTotal {
  readonly total: Decimal;
  readonly fees: Decimal;
  readonly rate: Decimal;
}

function converted(trade: ExactTrade, side: 'buy' | 'sell', take: ExactTake): LegTotal | undefined {
  const money = side === 'buy' ? take.notional.add(take.fee) : take.notional.subtract(take.fee);
  const { conversion } = trade[side];
  if (conversion === null) {
    const { valueRate: rate } = trade;
    return {
      total: bounded(money.multiply(rate), NUMERAIRE_SCALE),
      fees: bounded(take.fee.multiply(rate), NUMERAIRE_SCALE),
      rate,
    };
  }
  const result = side === 'buy' ? conversion.costExact(money) : conversion.proceedsExact(money);
  if (result === undefined) return undefined;
  const { total, fee, rate } = result;
  const takerFee = bounded(take.fee, 20).multiply(rate);
  return {
    total: bounded(total, NUMERAIRE_SCALE),
    fees: bounded(takerFee.add(fee), NUMERAIRE_SCALE),
    rate,
  };
}

/** Takes `quantity` off one side, best level first; a size of 0 touches the best level. */
export function takeExactly(
  leg: ExactLeg,
  side: 'ask' | 'bid',
  quantity: Decimal,
): ExactTake | undefined {
  const { book } = leg;
  const prices = side === 'ask' ? book.exact.askPrices : book.exact.bidPrices;
  const sizes = side === 'ask' ? book.exact.askSizes : book.exact.bidSizes;
  const count = side === 'ask' ? book.askCount : book.bidCount;
  if (count === 0) return undefined;
  let worstPrice = prices.at(0);
  let notional = Decimal.ZERO;
  let rest = quantity;
  let levels = 0;
  while (!rest.isZero()) {
    if (levels === count) return undefined;
    worstPrice = prices.at(levels);
    const part = rest.min(sizes.at(levels));
    notional = notional.add(bounded(part.multiply(worstPrice), MONEY_SCALE));
    rest = rest.subtract(part);
    levels += 1;
  }
  const fee = bounded(notional.multiply(leg.feeRate), MONEY_SCALE);
  return { worstPrice, notional, fee, levels };
}
