import type { VenueAnswer } from '../../../app/dialect-server.ts';
import type { AccountRefusal } from '../../../domain/accounts/orders.ts';
import { json } from '../shared/rest.ts';

/** Source: docs.bitfinex.com, "Error codes": 10001 is what a request itself is refused with. */
function failure(message: string, code = 10_001): VenueAnswer {
  return json(500, ['error', code, message]);
}

export const IN_MAINTENANCE = failure('maintenance', 20_060);
export const BAD_KEY = failure('apikey: invalid', 10_100);
export const BAD_DIGEST = failure('apikey: digest invalid', 10_100);
export const BAD_NONCE = failure('nonce: small', 10_114);
export const ORDER_NOT_FOUND = failure('Order not found.');

export function invalid(name: string): VenueAnswer {
  return failure(`${name}: invalid`, 10_020);
}

export function refusalAnswer(
  reason: AccountRefusal,
  order: { readonly side: 'bid' | 'ask'; readonly pair: string; readonly least: string },
): VenueAnswer {
  const { side, pair, least } = order;
  switch (reason) {
    case 'UNKNOWN_SYMBOL':
      return invalid('symbol');
    case 'UNKNOWN_ORDER':
      return ORDER_NOT_FOUND;
    case 'INSUFFICIENT_FUNDS': {
      const verb = side === 'bid' ? 'buy' : 'sell';
      return failure(`Invalid order: not enough exchange balance for ${verb} of ${pair}.`);
    }
    case 'QUANTITY_TOO_SMALL':
    case 'NOTIONAL_TOO_SMALL':
      return failure(`Invalid order: minimum size for ${pair} is ${least}`);
    case 'PRICE_INVALID':
    case 'PRICE_OFF_TICK':
      return invalid('price');
    case 'QUANTITY_INVALID':
    case 'QUANTITY_OFF_STEP':
      return invalid('amount');
    case 'DUPLICATE_CLIENT_ORDER_ID':
      return failure('cid: duplicate', 10_020);
    case 'TOO_MANY_ORDERS':
      return failure('Invalid order: too many open orders');
    default:
      return failure('Invalid order: post only would take');
  }
}
