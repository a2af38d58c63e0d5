import {
  assetId,
  Decimal,
  type Opportunity,
  type OpportunityId,
  type OpportunityLeg,
  type ReasonCode,
} from '@ats/domain';
import { decimalOf, RATE_SCALE } from './book-decimal.ts';
import {
  type Bridge,
  bridgeBlock,
  bridgeTake,
  describeBridge,
  isAffordable,
  isBridgeTooSmall,
} from './bridge.ts';
import { confidenceOf } from './confidence.ts';
import type { Conversion } from './conversion.ts';
import {
  type ExactTake,
  type ExactTrade,
  type ExactValue,
  exactCrossedQuantity,
  valueExactly,
} from './exact.ts';
import { averagePrice, limitPrice, stepDown } from './leg-prices.ts';
import { fractionOf, type Market, type Pair } from './market.ts';
import type { CrossExchangeSettings } from './settings.ts';
import { Walk, type WalkLimits } from './walk.ts';

/** What is known of a pair's edge after a full look: worth proposing (`APPROVED`) or why not. */
export interface Assessment {
  readonly reason: ReasonCode;
  readonly opportunity: Opportunity;
}

export interface AssessmentRequest {
  readonly pair: Pair;
  readonly id: OpportunityId;
  readonly openedAtUs: number;
  /** The frame that led here. */
  readonly frameAtUs: number;
  readonly bookAtUs: number;
  readonly nowUs: number;
}

const TEN_THOUSAND = new Decimal(10_000n, 0);
/** Steps taken back when a size from doubles is a hair too large for a limit or a book. */
const STEPS_BACK_MAX = 3;

/** Sizes one pair in doubles, values the size exactly, and decides on the exact figures. */
export class Assessor {
  private readonly settings: CrossExchangeSettings;
  private readonly walk = new Walk();
  private readonly limits: WalkLimits;
  private readonly notionalMax: number;
  private readonly slippageRate: Decimal;
  private readonly minEdgeBps: Decimal;
  private readonly ceilingBps: Decimal;
  private readonly decisionTimeUs: () => number;
  /** Profit of the size that was walked last, in doubles. */
  walkedProfit = 0;

  /** @param decisionTimeUs the clock that `decidedAtUs` is read off, after all the work */
  constructor(settings: CrossExchangeSettings, decisionTimeUs: () => number) {
    this.decisionTimeUs = decisionTimeUs;
    this.settings = settings;
    this.slippageRate = fractionOf(settings.slippageBps);
    this.minEdgeBps = decimalOf(settings.minEdgeBps).round(RATE_SCALE, 'up');
    this.ceilingBps = decimalOf(settings.ceilingBps).round(RATE_SCALE, 'up');
    this.notionalMax = settings.notionalMax.toNumber();
    this.limits = {
      baseMax: 0,
      quoteMax: 0,
      notionalMax: this.notionalMax,
      slippageRate: this.slippageRate.toNumber(),
      // A hair above the limit, so that rounding in doubles does not fail the exact check.
      edgeMin: (settings.minEdgeBps / 10_000) * (1 + 1e-9),
      valueRate: 1,
    };
  }

  /** Profit of the best size, in doubles and without allocation. @returns 0 when nothing earns */
  profitOf(pair: Pair): number {
    const { limits, walk } = this;
    limits.baseMax = pair.sell.baseBalance.value;
    limits.quoteMax = pair.buy.quoteBalance.value;
    limits.notionalMax = this.notionalMax;
    if (pair.bridge !== undefined) boundByBridge(limits, pair.bridge, pair);
    const value = pair.sameMoney ? valuing(pair) : null;
    limits.valueRate = value === null ? 1 : value.valueRate;
    const earns = pair.sameMoney
      ? walk.run(pair.buy.plainLeg, pair.sell.plainLeg, limits)
      : walk.run(pair.buy.convertedLeg, pair.sell.convertedLeg, limits);
    this.walkedProfit = earns ? walk.netProfit : 0;
    return this.walkedProfit;
  }

  /** Whether a book or conversion that the pair needs is too old or gone. */
  blockOf(pair: Pair, nowUs: number): ReasonCode | undefined {
    const { buy, sell } = pair;
    if (!buy.book.live || !sell.book.live) return 'BOOK_NOT_LIVE';
    if (buy.book.ageUs(nowUs) > buy.ageUsMax) return 'BOOK_STALE';
    if (sell.book.ageUs(nowUs) > sell.ageUsMax) return 'BOOK_STALE';
    if (pair.bridge !== undefined) return bridgeBlock(pair.bridge, nowUs);
    return this.conversionBlock(pair, pair.buy, nowUs) ?? this.conversionBlock(pair, sell, nowUs);
  }

  private conversionBlock(pair: Pair, market: Market, nowUs: number): ReasonCode | undefined {
    if (market.quoteIsNumeraire) return undefined;
    const conversion = pair.sameMoney ? valuing(pair) : market.conversion;
    if (conversion === null || !usable(conversion)) return 'CONVERSION_MISSING';
    const stale = conversion.book.ageUs(nowUs) > this.settings.conversionAgeMsMax * 1000;
    return stale ? 'CONVERSION_STALE' : undefined;
  }

  /** An edge that is crossed but does not pay: valued at the best levels. */
  assessNearMiss(request: AssessmentRequest): Assessment | undefined {
    const { buy, sell } = request.pair;
    const size = Math.min(
      buy.book.askSizes[0] ?? 0,
      sell.book.bidSizes[0] ?? 0,
      this.notionalMax / buy.netAskConverted,
    );
    const trade = this.tradeOf(request.pair);
    const quantity = stepDown(decimalOf(size), request.pair.step);
    const value = valueExactly(trade, quantity) ?? valueExactly(trade, Decimal.ZERO);
    if (value === undefined) return undefined;
    return { reason: 'EDGE_BELOW_MIN', opportunity: this.describe(request, value) };
  }

  /** Leaves `walkedProfit`. @returns undefined when a side is empty: nothing to describe. */
  assess(request: AssessmentRequest): Assessment | undefined {
    const { pair, nowUs } = request;
    const block = pair.mismatch ? 'ASSET_IDENTITY_MISMATCH' : this.blockOf(pair, nowUs);
    this.profitOf(pair);
    const { trade, value } = this.size(pair);
    const shown = value ?? valueExactly(trade, Decimal.ZERO);
    if (shown === undefined) return undefined;
    const opportunity = this.describe(request, shown);
    const reason = block ?? this.refusalOf(pair, value, opportunity) ?? 'APPROVED';
    return { reason, opportunity };
  }

  private refusalOf(
    pair: Pair,
    value: ExactValue | undefined,
    opportunity: Opportunity,
  ): ReasonCode | undefined {
    const { buy, sell, bridge } = pair;
    const { stop } = this.walk;
    const short = stop === 'notional' && this.limits.notionalMax < this.notionalMax;
    const poor = stop === 'balance' || short;
    const tooSmall = poor ? 'BALANCE_INSUFFICIENT' : 'SIZE_BELOW_MIN';
    if (value === undefined) return tooSmall;
    if (isTooSmall(buy, value.quantity, value.buy)) return tooSmall;
    if (isTooSmall(sell, value.quantity, value.sell)) return tooSmall;
    const bridged = bridge && bridgeTake(bridge, value);
    if (bridge && (bridged === undefined || isBridgeTooSmall(bridge, bridged))) return tooSmall;
    const edge = value.netProfit.multiply(TEN_THOUSAND);
    if (!value.netProfit.isPositive()) return 'EDGE_GONE_EXACT';
    if (edge.lessThan(value.cost.multiply(this.minEdgeBps))) return 'EDGE_GONE_EXACT';
    if (value.netProfit.lessThan(this.settings.profitMin)) return 'EDGE_BELOW_MIN';
    if (edge.greaterThan(value.cost.multiply(this.ceilingBps))) return 'SPREAD_ABOVE_CEILING';
    return opportunity.confidence < this.settings.confidenceMin ? 'CONFIDENCE_LOW' : undefined;
  }

  /** Turns the walk's size into one that both venues accept, and values it. */
  private size(pair: Pair): { trade: ExactTrade; value: ExactValue | undefined } {
    const { walk } = this;
    const trade = this.tradeOf(pair);
    if (!(walk.quantity > 0)) return { trade, value: undefined };
    const limited = walk.stop !== 'profit' && walk.stop !== 'depth';
    // Where nothing cut the walk, its end is where the books cross, which is known exactly.
    const most =
      pair.sameMoney && !limited ? exactCrossedQuantity(trade) : decimalOf(walk.quantity);
    let quantity = stepDown(most.min(pair.sell.baseBalance.exact), pair.step);
    for (let back = 0; back < STEPS_BACK_MAX && quantity.isPositive(); back += 1) {
      const value = valueExactly(trade, quantity);
      if (value !== undefined && this.fits(pair, value)) return { trade, value };
      quantity = quantity.subtract(pair.step);
    }
    return { trade, value: undefined };
  }

  private fits(pair: Pair, value: ExactValue): boolean {
    const paid = value.buy.notional.add(value.buy.fee);
    if (paid.greaterThan(pair.buy.quoteBalance.exact)) return false;
    if (pair.bridge !== undefined) {
      const bridged = bridgeTake(pair.bridge, value);
      if (bridged === undefined || !isAffordable(pair.bridge, bridged)) return false;
    }
    return !value.cost.greaterThan(this.settings.notionalMax);
  }

  private tradeOf(pair: Pair): ExactTrade {
    const leg = pair.sameMoney ? 'plainLeg' : 'convertedLeg';
    return {
      buy: pair.buy[leg].exact,
      sell: pair.sell[leg].exact,
      slippageRate: this.slippageRate,
      valueRate: (pair.sameMoney ? valuing(pair)?.valueRateExact() : undefined) ?? Decimal.ONE,
    };
  }

  private describe(request: AssessmentRequest, value: ExactValue): Opportunity {
    const { pair, nowUs } = request;
    const netEdgeBps = value.cost.isZero()
      ? topEdgeBps(pair)
      : value.netProfit
          .multiply(TEN_THOUSAND)
          .divide(value.cost, { scale: 6, rounding: 'down' })
          .toNumber();
    const buy = describeLeg({ pair, side: 'buy', take: value.buy, value, nowUs });
    const sell = describeLeg({ pair, side: 'sell', take: value.sell, value, nowUs });
    const bridged = pair.bridge && bridgeTake(pair.bridge, value);
    return {
      id: request.id,
      base: pair.buy.listing.base.id,
      numeraire: numeraireOf(pair, this.settings.numeraire),
      quantity: value.quantity,
      buy,
      sell,
      ...(pair.bridge && bridged ? { bridge: describeBridge(pair.bridge, bridged, nowUs) } : {}),
      grossProfit: value.grossProfit,
      fees: value.fees,
      slippageReserve: value.slippageReserve,
      netProfit: value.netProfit,
      netEdgeBps,
      confidence: this.confidence(request, value, { netEdgeBps, buy, sell }),
      times: {
        frameAtUs: request.frameAtUs,
        bookAtUs: request.bookAtUs,
        decidedAtUs: this.decisionTimeUs(),
        riskAnsweredAtUs: 0,
      },
    };
  }

  private confidence(
    request: AssessmentRequest,
    value: ExactValue,
    edge: { netEdgeBps: number; buy: OpportunityLeg; sell: OpportunityLeg },
  ): number {
    const { pair, nowUs, openedAtUs } = request;
    const conversionAgeUs = Math.max(edge.buy.conversionAgeUs, edge.sell.conversionAgeUs);
    const quantity = value.quantity.toNumber();
    const offered = Math.min(
      sum(pair.buy.book.askSizes, value.buy.levels),
      sum(pair.sell.book.bidSizes, value.sell.levels),
    );
    return confidenceOf({
      ageShare: Math.max(
        edge.buy.bookAgeUs / pair.buy.ageUsMax,
        edge.sell.bookAgeUs / pair.sell.ageUsMax,
        conversionAgeUs / (pair.bridge?.ageUsMax ?? this.settings.conversionAgeMsMax * 1000),
      ),
      depthRatio: quantity > 0 ? offered / quantity : 0,
      edgeBps: edge.netEdgeBps,
      volatilityBps: pair.buy.volatilityBps + pair.sell.volatilityBps,
      persistenceShare: (nowUs - openedAtUs) / (this.settings.persistenceMs * 1000),
    });
  }
}

/** Whether one venue would refuse an order of that size. */
function isTooSmall({ listing }: Market, quantity: Decimal, { notional }: ExactTake): boolean {
  return quantity.lessThan(listing.quantityMin) || notional.lessThan(listing.notionalMin);
}

/** The conversion that values a profit which stays in the pair's own money. */
function valuing(pair: Pair): Conversion | null {
  const { buy, sell } = pair;
  if (sell.conversion !== null && usable(sell.conversion)) return sell.conversion;
  if (buy.conversion !== null && usable(buy.conversion)) return buy.conversion;
  return null;
}

function usable(conversion: Conversion): boolean {
  return conversion.book.live && conversion.costCount > 0 && conversion.proceedsCount > 0;
}

/** Without a conversion the figures are in the pair's own money, and say so. */
function numeraireOf(pair: Pair, numeraire: string): Opportunity['numeraire'] {
  const own = pair.sameMoney && !pair.sell.quoteIsNumeraire && valuing(pair) === null;
  return own ? pair.sell.listing.quote.id : assetId(numeraire);
}

/** Net edge of the best levels, basis points of the cost. */
export function topEdgeBps(pair: Pair): number {
  const { buy, sell } = pair;
  return pair.sameMoney
    ? (sell.netBid / buy.netAsk - 1) * 10_000
    : (sell.netBidConverted / buy.netAskConverted - 1) * 10_000;
}

function describeLeg(input: {
  pair: Pair;
  side: 'buy' | 'sell';
  take: ExactTake;
  value: ExactValue;
  nowUs: number;
}): OpportunityLeg {
  const { pair, side, take, value, nowUs } = input;
  const { listing, book, conversion: own, quoteIsNumeraire } = pair[side];
  const conversion = quoteIsNumeraire ? null : pair.sameMoney ? valuing(pair) : own;
  const { priceTick } = listing;
  return {
    venue: listing.venue,
    instrument: listing.instrument,
    limitPrice: limitPrice(take, side, priceTick),
    averagePrice: averagePrice(take, value.quantity, priceTick),
    notional: take.notional,
    fee: take.fee,
    conversionRate: side === 'buy' ? value.buyRate : value.sellRate,
    ...(conversion === null
      ? {}
      : {
          conversion: {
            venue: conversion.listing.venue,
            instrument: conversion.listing.instrument,
          },
        }),
    levels: take.levels,
    bookAgeUs: book.ageUs(nowUs),
    conversionAgeUs: conversion === null ? 0 : conversion.book.ageUs(nowUs),
    clockSkewUs: book.clockSkewUs,
  };
}

/** What the third leg needs at the venue bounds the size as well; in doubles, never too wide. */
function boundByBridge(
  limits: WalkLimits,
  { side, baseBalance, quoteBalance }: Bridge,
  pair: Pair,
) {
  if (side === 'buy') limits.notionalMax = Math.min(limits.notionalMax, quoteBalance.value);
  else limits.baseMax = Math.min(limits.baseMax, baseBalance.value / pair.sell.book.bestBid);
}

function sum(sizes: Float64Array, count: number): number {
  let total = 0;
  for (let index = 0; index < count; index += 1) total += sizes[index] as number;
  return total;
}
