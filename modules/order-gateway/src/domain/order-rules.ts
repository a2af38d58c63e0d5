import { type AtsError, Decimal, type Listing, type NewOrder } from '@ats/domain';
import { type RefusalParts, refusal } from './refusals.ts';
import { checkId } from './requests.ts';

/** No order is worth or as many as this; figures beyond it would not fit the ledger. */
const FIGURE_MAX = Decimal.parse('1000000000000000');
/** Digits after the point that a figure may have. */
const SCALE_MAX = 18;

/** Terms to be checked: of a new order, or of a replace. */
export interface CheckedTerms {
  readonly terms: NewOrder;
  readonly listing: Listing;
  /** What stands before a field's name in errors: empty, or `orders[1].` in a batch. */
  readonly path: string;
}

type Rule = (checked: CheckedTerms) => Omit<RefusalParts, 'code'> | undefined;

/** Rules that need no price, in the order in which they are judged. */
const RULES: readonly Rule[] = [combination, priceNamed, quantityFigure, priceFigure];

/** @returns the first rule that the terms break, if any */
export function checkTerms(checked: CheckedTerms): AtsError | undefined {
  const { terms, path } = checked;
  const wrongId = checkId(`${path}clientOrderId`, terms.clientOrderId);
  if (wrongId !== undefined) return wrongId;
  for (const rule of RULES) {
    const broken = rule(checked);
    if (broken !== undefined) return refusal({ code: 'ORDER_RULE_BROKEN', ...broken });
  }
  return undefined;
}

/** The least value of an order, judged at the price that it may trade at. */
export function checkNotional(
  { terms, listing, path }: CheckedTerms,
  price: Decimal,
): AtsError | undefined {
  const notional = terms.quantity.multiply(price);
  const field = `${path}quantity`;
  const value = terms.quantity;
  const code = 'ORDER_RULE_BROKEN';
  if (notional.lessThan(listing.notionalMin)) {
    const worth = `${notional.normalized()} ${listing.quote.id}`;
    const least = `${listing.notionalMin} ${listing.quote.id}`;
    const message = `${field}: worth ${worth}, ${listing.venue} takes ${least} at least`;
    return refusal({ code, message, remedy: `Order for at least ${least}.`, field, value });
  }
  if (notional.lessThan(FIGURE_MAX)) return undefined;
  const message = `${field}: the order is worth ${notional}, the most is ${FIGURE_MAX}`;
  return refusal({ code, message, remedy: 'Order less.', field, value });
}

function combination({ terms, path }: CheckedTerms): ReturnType<Rule> {
  const { type, timeInForce, postOnly } = terms;
  if (postOnly && (type !== 'limit' || timeInForce !== 'gtc')) {
    return {
      message: `${path}postOnly needs a gtc limit order, not ${type} ${timeInForce}`,
      remedy: 'Leave postOnly out, or send type limit with timeInForce gtc.',
      field: `${path}postOnly`,
      value: true,
    };
  }
  if (type === 'market' && timeInForce === 'gtc') {
    return {
      message: `${path}timeInForce is gtc, but a market order cannot stand`,
      remedy: 'Send timeInForce ioc or fok, or a limit order.',
      field: `${path}timeInForce`,
      value: timeInForce,
    };
  }
  return undefined;
}

function priceNamed({ terms, path }: CheckedTerms): ReturnType<Rule> {
  const field = `${path}limitPrice`;
  const value = terms.limitPrice ?? '';
  if (terms.type === 'limit' && terms.limitPrice === undefined) {
    const message = `${field} is missing: a limit order needs one`;
    return { message, remedy: 'Send limitPrice, or type market.', field, value };
  }
  if (terms.type === 'market' && terms.limitPrice !== undefined) {
    const message = `${field} is ${terms.limitPrice}, but a market order has none`;
    return { message, remedy: 'Leave limitPrice out, or send type limit.', field, value };
  }
  return undefined;
}

function quantityFigure({ terms, listing, path }: CheckedTerms): ReturnType<Rule> {
  const { quantity } = terms;
  const field = `${path}quantity`;
  const wrong = figure(quantity, { field, step: listing.quantityStep, called: 'step' });
  if (wrong !== undefined) return wrong;
  if (!quantity.lessThan(listing.quantityMin)) return undefined;
  const least = `${listing.quantityMin} ${listing.base.id}`;
  return {
    message: `${field} is ${quantity}, ${listing.venue} takes ${least} or more`,
    remedy: `Order at least ${least}.`,
    field,
    value: quantity,
  };
}

function priceFigure({ terms, listing, path }: CheckedTerms): ReturnType<Rule> {
  if (terms.limitPrice === undefined) return undefined;
  const field = `${path}limitPrice`;
  return figure(terms.limitPrice, { field, step: listing.priceTick, called: 'tick' });
}

/** A figure above zero, not too large, and a multiple of its step. */
function figure(
  value: Decimal,
  { field, step, called }: { field: string; step: Decimal; called: string },
): ReturnType<Rule> {
  if (!value.isPositive() || value.scale > SCALE_MAX || !value.lessThan(FIGURE_MAX)) {
    const expected = `above 0 and below ${FIGURE_MAX}, with at most ${SCALE_MAX} decimals`;
    const message = `${field} is ${String(value).slice(0, 40)}, expected a number ${expected}`;
    return { message, remedy: `Send ${field} as a number ${expected}.`, field, value };
  }
  const below = value.roundToStep(step, 'down');
  if (below.equals(value)) return undefined;
  const above = below.add(step);
  const near = below.isZero() ? `${above}` : `${below.normalized()} or ${above.normalized()}`;
  return {
    message: `${field} is ${value}, which is no multiple of the market's ${called} ${step}`,
    remedy: `Send ${near}.`,
    field,
    value,
  };
}
