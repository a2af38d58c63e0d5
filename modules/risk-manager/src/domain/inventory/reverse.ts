import { type AssetId, assetIdentity, Decimal, type VenueId } from '@ats/domain';
import { amountText } from '../figure-text.ts';
import type { Allowances } from './allowance.ts';
import {
  type Market,
  MONEY_SCALE,
  type Taken,
  take,
  takerFee,
  type Values,
  worthOf,
} from './markets.ts';
import {
  impossible,
  type Move,
  moved,
  type Need,
  type PlanOption,
  type PlanRules,
} from './option.ts';

/** Buys at one venue and sells at another at once: the other way round than trades did. */
interface Round {
  readonly buy: Market;
  readonly sell: Market;
}

export interface ReverseParts {
  readonly rules: PlanRules;
  readonly values: Values;
  /** Markets whose books are fresh enough to trade on. */
  readonly markets: readonly Market[];
  readonly allowances: Allowances;
  /** What a giving venue should have itself of the asset that is needed. */
  readonly targetOf: (venue: VenueId) => Decimal;
}

const BPS = Decimal.parse('10000');
const QUANTITY_SCALE = 12;

/** Rounds that bring the asset: bought where it lacks, or received for a base sold there. */
function roundsFor({ runway }: Need, markets: readonly Market[]): readonly Round[] {
  const { venue, asset } = runway;
  const here = markets.filter(({ listing }) => listing.venue === venue);
  return here.flatMap((market): readonly Round[] => {
    const { base, quote } = market.listing;
    const others = markets.filter(
      ({ listing }) =>
        listing.venue !== venue && assetIdentity(listing.base) === assetIdentity(base),
    );
    if (base.id === asset) return others.map((other) => ({ buy: market, sell: other }));
    if (quote.id === asset) return others.map((other) => ({ buy: other, sell: market }));
    return [];
  });
}

/** The smallest quantity step that is whole at both. */
function commonStep(one: Decimal, other: Decimal): Decimal {
  const scale = Math.max(one.scale, other.scale);
  const [a, b] = [one.round(scale, 'down').units, other.round(scale, 'down').units];
  let [divisor, rest] = [a, b];
  while (rest !== 0n) [divisor, rest] = [rest, divisor % rest];
  return new Decimal((a / divisor) * b, scale);
}

/** The most that is wanted, can be spared and is on the books, in steps of both venues. */
function quantityOf(round: Round, need: Need, parts: ReverseParts): Decimal {
  const { buy, sell } = round;
  const { allowances, targetOf } = parts;
  const { venue, asset } = need.runway;
  const spare = (at: VenueId, of: AssetId): Decimal =>
    allowances.of(at, of, of === asset && at !== venue ? targetOf(at) : Decimal.ZERO);
  const base = buy.listing.base.id;
  // What is left for the fee is cut by as much as the fee of all of it would be.
  const money = spare(buy.listing.venue, buy.listing.quote.id);
  const payable = money.subtract(takerFee(money, buy.listing));
  const wanted =
    base === asset
      ? need.wanted
      : take(sell.bids, { notional: need.wanted.add(takerFee(need.wanted, sell.listing)) })
          .quantity;
  return wanted
    .round(QUANTITY_SCALE, 'down')
    .min(spare(sell.listing.venue, base))
    .min(take(buy.asks, { notional: payable.max(Decimal.ZERO) }).quantity)
    .min(take(sell.bids, {}).quantity)
    .roundToStep(commonStep(buy.listing.quantityStep, sell.listing.quantityStep), 'floor');
}

/** Whether both venues take an order of that size. */
const isTaken = (quantity: Decimal, legs: readonly [Market, Taken][]): boolean =>
  quantity.isPositive() &&
  legs.every(
    ([{ listing }, { notional }]) =>
      !quantity.lessThan(listing.quantityMin) && !notional.lessThan(listing.notionalMin),
  );

/** What a round does and costs at the books as they stand; undefined where it cannot be. */
function optionOf(round: Round, need: Need, parts: ReverseParts): PlanOption | undefined {
  const { buy, sell } = round;
  const { values, rules, allowances } = parts;
  const quantity = quantityOf(round, need, parts);
  const [paid, got] = [take(buy.asks, { quantity }), take(sell.bids, { quantity })];
  const whole = [paid, got].every((leg) => leg.quantity.equals(quantity));
  if (
    !(
      whole &&
      isTaken(quantity, [
        [buy, paid],
        [sell, got],
      ])
    )
  )
    return undefined;
  const { base } = buy.listing;
  const [payWith, getIn] = [buy.listing.quote.id, sell.listing.quote.id];
  const [payValue, getValue, baseValue] = [payWith, getIn, base.id].map((one) => values.get(one));
  if (payValue === undefined || getValue === undefined || baseValue === undefined) return undefined;
  const spent = paid.notional.add(takerFee(paid.notional, buy.listing)).round(MONEY_SCALE, 'up');
  const received = got.notional
    .subtract(takerFee(got.notional, sell.listing))
    .round(MONEY_SCALE, 'down');
  const moves: readonly Move[] = [
    { venue: sell.listing.venue, asset: base.id, amount: quantity.negate() },
    { venue: sell.listing.venue, asset: getIn, amount: received },
    { venue: buy.listing.venue, asset: payWith, amount: spent.negate() },
    { venue: buy.listing.venue, asset: base.id, amount: quantity },
  ];
  const away = base.id === need.runway.asset ? sell.listing : buy.listing;
  const given = base.id === need.runway.asset ? base.id : payWith;
  const giver = allowances.placeOf(away.venue, given);
  if (giver === undefined) return undefined;
  const cost = worthOf(spent, payValue).subtract(worthOf(received, getValue));
  const costBps = cost
    .multiply(BPS)
    .divide(worthOf(quantity, baseValue), { scale: 2, rounding: 'ceiling' });
  const sized = `${amountText(quantity)} ${base.id}`;
  return moved(need, giver, rules, {
    kind: 'reverse-arbitrage',
    moves,
    cost,
    costBps,
    hours: 0,
    detail:
      `Buy ${sized} at ${buy.listing.venue} for ${payWith}, ` +
      `sell it at ${sell.listing.venue} for ${getIn}.`,
  });
}

/** Every round that brings the asset now. */
export function reverseOptions(need: Need, parts: ReverseParts): readonly PlanOption[] {
  const rounds = roundsFor(need, parts.markets);
  if (rounds.length === 0) {
    return [impossible('reverse-arbitrage', 'No two fresh books with the same asset.')];
  }
  const options = rounds.flatMap((round) => optionOf(round, need, parts) ?? []);
  if (options.length > 0) return options;
  const detail = 'No venue can spare enough for an order, or the books hold too little.';
  return [impossible('reverse-arbitrage', detail)];
}
