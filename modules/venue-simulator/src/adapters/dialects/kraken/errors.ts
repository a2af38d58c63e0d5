import type { VenueAnswer } from '../../../app/dialect-server.ts';
import type { AccountRefusal } from '../../../domain/accounts/orders.ts';
import { json } from '../shared/rest.ts';

/** Kraken answers 200 whatever happens; what happened stands in `error`. */
export function failure(message: string): VenueAnswer {
  return json(200, { error: [message] });
}

export const UNKNOWN_PAIR = failure('EQuery:Unknown asset pair');
export const INVALID = failure('EGeneral:Invalid arguments');

/** Source: support.kraken.com, "API error messages"; cl_ord_id's own is not documented. */
const REFUSALS: Readonly<Record<AccountRefusal, VenueAnswer>> = {
  UNKNOWN_SYMBOL: UNKNOWN_PAIR,
  PRICE_INVALID: failure('EGeneral:Invalid arguments:price'),
  PRICE_OFF_TICK: failure('EOrder:Invalid price:Invalid price argument'),
  QUANTITY_INVALID: failure('EGeneral:Invalid arguments:volume'),
  QUANTITY_OFF_STEP: failure('EGeneral:Invalid arguments:volume'),
  QUANTITY_TOO_SMALL: failure('EGeneral:Invalid arguments:volume minimum not met'),
  NOTIONAL_TOO_SMALL: failure('EOrder:Order minimum not met'),
  DUPLICATE_CLIENT_ORDER_ID: failure('EGeneral:Invalid arguments:cl_ord_id'),
  INSUFFICIENT_FUNDS: failure('EOrder:Insufficient funds'),
  POST_ONLY_WOULD_TAKE: failure('EOrder:Post only order'),
  POST_ONLY_CONFLICT: failure('EGeneral:Invalid arguments:oflags'),
  TOO_MANY_ORDERS: failure('EOrder:Orders limit exceeded'),
  UNKNOWN_ORDER: failure('EOrder:Unknown order'),
};

export const refusalAnswer = (reason: AccountRefusal): VenueAnswer => REFUSALS[reason];
