import { Decimal, type Listing, type Side } from '@ats/domain';
import type { SimulatedMarket } from '../simulated-market.ts';
import { amountOf, chargedFee, exactFee, notionalOf } from './money.ts';
import type {
  AccountOrder,
  AccountOrderType,
  AccountTimeInForce,
  EndReason,
  FeeIn,
  OrderState,
} from './orders.ts';

export interface OrderRecordOptions {
  readonly number: number;
  readonly engineOrderId: number;
  readonly market: SimulatedMarket;
  readonly clientOrderId: string | undefined;
  readonly side: Side;
  readonly type: AccountOrderType;
  readonly timeInForce: AccountTimeInForce;
  readonly postOnly: boolean;
  readonly priceTicks: number;
  readonly quoteAmount: Decimal | undefined;
  readonly lots: number;
  readonly feeIn: FeeIn;
}

/** One execution of the order. */
export interface Fillable {
  readonly priceTicks: number;
  readonly lots: number;
  readonly isMaker: boolean;
}

/** What one fill moves. */
export interface FillAmounts {
  readonly quantity: Decimal;
  readonly notional: Decimal;
  readonly fee: Decimal;
}

/** One account order as the account itself keeps it; clients see an `AccountOrder`. */
export class OrderRecord implements AccountOrder {
  readonly number: number;
  readonly engineOrderId: number;
  readonly market: SimulatedMarket;
  readonly clientOrderId: string | undefined;
  readonly side: Side;
  readonly type: AccountOrderType;
  readonly timeInForce: AccountTimeInForce;
  readonly postOnly: boolean;
  readonly quoteAmount: Decimal | undefined;
  readonly createdUs: number;
  /** Takes its fee out of what it receives, not beside what it pays. */
  readonly feeFromReceived: boolean;
  readonly feeAsset: string;
  readonly lockedAsset: string;
  readonly receivedAsset: string;
  priceTicks: number;
  lots: number;
  filledLots = 0;
  fillCount = 0;
  filledNotional = Decimal.ZERO;
  fee = Decimal.ZERO;
  locked = Decimal.ZERO;
  state: OrderState = 'open';
  endReason: EndReason | undefined;
  updatedUs: number;
  /** Open, but nobody can trade with it: a fault. */
  dormant = false;
  private exactFee = Decimal.ZERO;

  constructor(options: OrderRecordOptions) {
    this.number = options.number;
    this.engineOrderId = options.engineOrderId;
    this.market = options.market;
    this.clientOrderId = options.clientOrderId;
    this.side = options.side;
    this.type = options.type;
    this.timeInForce = options.timeInForce;
    this.postOnly = options.postOnly;
    this.priceTicks = options.priceTicks;
    this.quoteAmount = options.quoteAmount;
    this.lots = options.lots;
    const { base, quote } = options.market.listing;
    const buys = options.side === 'bid';
    this.lockedAsset = buys ? quote.id : base.id;
    this.receivedAsset = buys ? base.id : quote.id;
    this.feeFromReceived = !buys || options.feeIn === 'received';
    this.feeAsset = this.feeFromReceived ? this.receivedAsset : quote.id;
    this.createdUs = options.market.nowUs;
    this.updatedUs = this.createdUs;
  }

  get listing(): Listing {
    return this.market.listing;
  }

  get price(): Decimal | undefined {
    return this.type === 'market' ? undefined : amountOf(this.priceTicks, this.listing.priceTick);
  }

  get quantity(): Decimal {
    return amountOf(this.lots, this.listing.quantityStep);
  }

  get filled(): Decimal {
    return amountOf(this.filledLots, this.listing.quantityStep);
  }

  /** What has to be set aside for `lots` at `priceTicks`, with the fees still to come. */
  lockFor(open: { priceTicks: number; lots: number }): Decimal {
    if (this.side === 'ask') return amountOf(open.lots, this.listing.quantityStep);
    return this.lockForNotional(notionalOf(this.listing, open));
  }

  lockForNotional(notional: Decimal): Decimal {
    if (this.feeFromReceived) return notional;
    const { takerBps, makerBps } = this.listing.fees;
    const exact = this.exactFee.add(exactFee(notional, takerBps.max(makerBps)));
    return notional.add(chargedFee(this.listing, exact).subtract(this.fee));
  }

  /** The fee of one execution alone, exact. */
  feeOf(execution: Fillable): Decimal {
    const { listing } = this;
    const { makerBps, takerBps } = listing.fees;
    const inQuote = this.feeAsset === listing.quote.id;
    const charged = inQuote
      ? notionalOf(listing, execution)
      : amountOf(execution.lots, listing.quantityStep);
    return exactFee(charged, execution.isMaker ? makerBps : takerBps);
  }

  /** Counts an execution. @param execution `isFree`: its fee is paid with something else */
  fill(execution: Fillable & { readonly isFree: boolean }): FillAmounts {
    const { listing } = this;
    const notional = notionalOf(listing, execution);
    const quantity = amountOf(execution.lots, listing.quantityStep);
    if (!execution.isFree) this.exactFee = this.exactFee.add(this.feeOf(execution));
    const feeBefore = this.fee;
    this.fee = chargedFee(listing, this.exactFee);
    this.filledNotional = this.filledNotional.add(notional);
    this.filledLots += execution.lots;
    this.fillCount += 1;
    this.updatedUs = this.market.nowUs;
    return { quantity, notional, fee: this.fee.subtract(feeBefore) };
  }
}

/** An order as it is now, which later fills do not change. */
export function snapshotOf(order: AccountOrder): AccountOrder {
  return {
    number: order.number,
    clientOrderId: order.clientOrderId,
    listing: order.listing,
    side: order.side,
    type: order.type,
    timeInForce: order.timeInForce,
    postOnly: order.postOnly,
    price: order.price,
    quoteAmount: order.quoteAmount,
    quantity: order.quantity,
    filled: order.filled,
    filledNotional: order.filledNotional,
    fee: order.fee,
    feeAsset: order.feeAsset,
    locked: order.locked,
    fillCount: order.fillCount,
    state: order.state,
    endReason: order.endReason,
    createdUs: order.createdUs,
    updatedUs: order.updatedUs,
  };
}
