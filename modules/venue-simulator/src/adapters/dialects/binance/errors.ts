import type { VenueAnswer } from '../../../app/dialect-server.ts';
import type { AccountRefusal } from '../../../domain/accounts/orders.ts';
import { json } from '../shared/rest.ts';

/** Source: binance-spot-api-docs, errors.md and filters.md. */
export function failure(code: number, msg: string, status = 400): VenueAnswer {
  return json(status, { code, msg });
}

export const INVALID_SYMBOL = failure(-1121, 'Invalid symbol.');

export function mandatory(name: string): VenueAnswer {
  return failure(
    -1102,
    `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`,
  );
}

export function illegal(name: string): VenueAnswer {
  return failure(
    -1100,
    `Illegal characters found in parameter '${name}'; legal range is '^[A-Z0-9-_.]{1,20}$'.`,
  );
}

const REFUSALS: Readonly<Record<AccountRefusal, VenueAnswer>> = {
  UNKNOWN_SYMBOL: INVALID_SYMBOL,
  PRICE_INVALID: mandatory('price'),
  PRICE_OFF_TICK: failure(-1013, 'Filter failure: PRICE_FILTER'),
  QUANTITY_INVALID: mandatory('quantity'),
  QUANTITY_OFF_STEP: failure(-1013, 'Filter failure: LOT_SIZE'),
  QUANTITY_TOO_SMALL: failure(-1013, 'Filter failure: LOT_SIZE'),
  NOTIONAL_TOO_SMALL: failure(-1013, 'Filter failure: NOTIONAL'),
  DUPLICATE_CLIENT_ORDER_ID: failure(-2010, 'Duplicate order sent.'),
  INSUFFICIENT_FUNDS: failure(-2010, 'Account has insufficient balance for requested action.'),
  POST_ONLY_WOULD_TAKE: failure(-2010, 'Order would immediately match and take.'),
  POST_ONLY_CONFLICT: failure(-1106, "Parameter 'timeInForce' sent when not required."),
  TOO_MANY_ORDERS: failure(-1013, 'Filter failure: MAX_NUM_ORDERS'),
  UNKNOWN_ORDER: failure(-2011, 'Unknown order sent.'),
};

export const refusalAnswer = (reason: AccountRefusal): VenueAnswer => REFUSALS[reason];
