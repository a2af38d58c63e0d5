import {
  accountId,
  clientOrderId,
  Decimal,
  executionId,
  instrumentId,
  type NewOrder,
  type Order,
  orderId,
  requestId,
  venueId,
} from '@ats/domain';
import {
  applyToOrder,
  type InputOf,
  type OrderInput,
  type OrderOutcome,
  openOrder,
} from '../src/index.ts';

export const decimal = (text: string | number): Decimal => Decimal.parse(String(text));

export const ALICE = accountId('alice');
export const BINANCE = venueId('binance');
export const BTC_USDT = instrumentId({ base: 'BTC', quote: 'USDT' });

function terms(changes: Partial<NewOrder> = {}): NewOrder {
  return {
    clientOrderId: clientOrderId('c-1'),
    venue: BINANCE,
    instrument: BTC_USDT,
    side: 'buy',
    type: 'limit',
    timeInForce: 'gtc',
    quantity: decimal(10),
    limitPrice: decimal(100),
    postOnly: false,
    ...changes,
  };
}

export function newOrder(changes: Partial<NewOrder> = {}): Order {
  return openOrder({
    orderId: orderId('o-1'),
    accountId: ALICE,
    tradeId: undefined,
    terms: terms(changes),
    atUs: 1,
  });
}

export const fill = (
  id: string,
  quantity: string | number,
  price: string | number = 100,
): InputOf<'fill'> => ({
  kind: 'fill',
  executionId: executionId(id),
  quantity: decimal(quantity),
  price: decimal(price),
  atUs: 2,
});

export const cancel = (id = 'cancel-1'): InputOf<'cancel-requested'> => ({
  kind: 'cancel-requested',
  requestId: requestId(id),
  detail: 'asked to',
  atUs: 2,
});

export const replace = (
  quantity: string | number,
  id = 'replace-1',
): InputOf<'replace-requested'> => ({
  kind: 'replace-requested',
  replacement: {
    requestId: requestId(id),
    quantity: decimal(quantity),
    limitPrice: decimal(101),
  },
  atUs: 2,
});

export const SUBMITTED: readonly OrderInput[] = [
  { kind: 'submit', atUs: 2 },
  { kind: 'sent', atUs: 2 },
];

export const LIVE: readonly OrderInput[] = [
  ...SUBMITTED,
  { kind: 'accepted', venueOrderId: 'v-1', atUs: 2 },
];

/** Applies inputs one after another, booking fills as the service would. @returns all outcomes */
export function outcomes(order: Order, inputs: readonly OrderInput[]): readonly OrderOutcome[] {
  const booked = new Set<string>();
  let current = order;
  return inputs.map((input) => {
    const outcome = applyToOrder(current, input, booked);
    if (outcome.kind === 'changed' && input.kind === 'fill') booked.add(input.executionId);
    current = outcome.order;
    return outcome;
  });
}

/** @returns the last of the outcomes */
export function last(order: Order, inputs: readonly OrderInput[]): OrderOutcome {
  const outcome = outcomes(order, inputs).at(-1);
  if (outcome === undefined) throw new Error('no inputs');
  return outcome;
}
