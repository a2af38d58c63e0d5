import {
  type AssetId,
  accountId,
  assetId,
  clientOrderId,
  Decimal,
  executionId,
  type InstrumentId,
  type LedgerEntry,
  type Order,
  type OrderId,
  type OrderSide,
  orderId,
  type VenueId,
  venueId,
} from '@ats/domain';
import { emptyHold, ledgerEntryRecord, orderEventRecord, settleFill } from '@ats/orders';
import { seededRandom } from '@ats/runtime';
import type { NewRecord } from '@ats/storage';

export const MAIN = accountId('main');

/** A limit order that stands at its venue, nothing filled. */
export function standingOrder(about: {
  readonly orderId: OrderId;
  readonly quantity?: Decimal;
  readonly side: OrderSide;
  readonly venue: VenueId;
  readonly instrument: InstrumentId;
}): Order {
  const { orderId, side, venue, instrument, quantity = Decimal.parse('1000000') } = about;
  return {
    orderId,
    accountId: MAIN,
    tradeId: undefined,
    terms: {
      clientOrderId: clientOrderId(orderId),
      ...{ venue, instrument, side, quantity },
      type: 'limit',
      timeInForce: 'gtc',
      limitPrice: Decimal.ONE,
      postOnly: false,
    },
    purpose: 'entry',
    worstPrice: undefined,
    sendBeforeUs: 0,
    status: 'LIVE',
    venueOrderId: `v-${orderId}`,
    cumulativeQuantity: Decimal.ZERO,
    cumulativeNotional: Decimal.ZERO,
    fees: [],
    leavesQuantity: quantity,
    progress: {
      submitted: true,
      sent: true,
      ended: undefined,
      acknowledged: true,
      ambiguous: false,
      pendingCancel: undefined,
      pendingReplace: undefined,
    },
    createdAtUs: 1,
    updatedAtUs: 1,
    detail: '',
    version: 1,
  };
}

/** An order that fills in parts, as its events and the ledger's entries tell it. */
export function tradedOrder(number: number) {
  const random = seededRandom(number).stream('orders');
  const side: OrderSide = random.next() < 0.5 ? 'buy' : 'sell';
  const venue = venueId(random.next() < 0.5 ? 'binance' : 'kraken');
  const instrument = (random.next() < 0.5 ? 'BTC/USDT' : 'USDT/KRW') as InstrumentId;
  const [base, quote] = instrument.split('/') as [AssetId, AssetId];
  const events: Order[] = [];
  const entries: LedgerEntry[] = [];
  let order = standingOrder({
    orderId: orderId(`o-${number}`),
    side,
    venue,
    instrument,
  });
  events.push(order);
  const parts = 1 + Math.floor(random.next() * 4);
  for (let part = 0; part < parts; part += 1) {
    const quantity = new Decimal(BigInt(1 + Math.floor(random.next() * 1e6)), 6);
    const price = new Decimal(BigInt(1 + Math.floor(random.next() * 1e7)), 3);
    const fee = {
      asset: assetId('BNB'),
      amount: new Decimal(BigInt(Math.floor(random.next() * 99)), 9),
    };
    const fees = (order.fees[0]?.amount ?? Decimal.ZERO).add(fee.amount);
    order = {
      ...order,
      version: order.version + 1,
      cumulativeQuantity: order.cumulativeQuantity.add(quantity),
      cumulativeNotional: order.cumulativeNotional.add(quantity.multiply(price)),
      fees: [{ asset: fee.asset, amount: fees }],
      status: part === parts - 1 ? 'FILLED' : 'PARTIALLY_FILLED',
    };
    events.push(order);
    const settled = settleFill({
      hold: emptyHold({ orderId: order.orderId, accountId: MAIN, venue }),
      ...{ side, instrument, base, quote, atUs: part },
      executionId: executionId(`e-${number}-${part}`),
      fill: { quantity, price, fee },
    });
    entries.push(settled.entry);
  }
  return { events, entries };
}

let filled = 0;

/** Records of the log for an order that fills at once, for a fee of one of its quote. */
export function fillsOf(
  venue: string,
  instrument: string,
  [side, quantity, price]: readonly [OrderSide, string, string],
  owner = MAIN,
): readonly NewRecord[] {
  filled += 1;
  const [base, quote] = instrument.split('/') as [AssetId, AssetId];
  const about = { side, venue: venueId(venue), instrument: instrument as InstrumentId };
  const standing = {
    ...standingOrder({ ...about, orderId: orderId(`f-${filled}`) }),
    accountId: owner,
  };
  const fill = {
    ...{ quantity: Decimal.parse(quantity), price: Decimal.parse(price) },
    fee: { asset: quote, amount: Decimal.ONE },
  };
  const order: Order = {
    ...standing,
    ...{ version: 2, status: 'FILLED', fees: [fill.fee], cumulativeQuantity: fill.quantity },
    cumulativeNotional: fill.quantity.multiply(fill.price),
  };
  const { entry } = settleFill({
    hold: emptyHold({ orderId: order.orderId, accountId: owner, venue: about.venue }),
    ...{ ...about, base, quote, atUs: 1, fill },
    executionId: executionId(`x-${filled}`),
  });
  const cause = { correlationId: 'test' };
  return [
    orderEventRecord({ order, previousStatus: 'NEW', occurredAtUs: 1 }, cause),
    ledgerEntryRecord(entry, { ...cause, accountId: owner }),
  ];
}
