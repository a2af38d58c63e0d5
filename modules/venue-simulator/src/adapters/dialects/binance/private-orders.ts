import type { VenueAnswer } from '../../../app/dialect-server.ts';
import type { Account } from '../../../domain/accounts/account.ts';
import type {
  AccountOrder,
  AccountTimeInForce,
  NewAccountOrder,
} from '../../../domain/accounts/orders.ts';
import { asDecimal } from '../shared/private.ts';
import { failure, mandatory } from './errors.ts';

const CLIENT_ID = /^[a-zA-Z0-9-_]{1,36}$/;
const TIMES_IN_FORCE: Readonly<Record<string, AccountTimeInForce>> = {
  GTC: 'gtc',
  IOC: 'ioc',
  FOK: 'fok',
};

type OrderKind = Pick<NewAccountOrder, 'type' | 'timeInForce' | 'postOnly'>;

/** @returns the order that the parameters describe, or what is wrong with them. */
export function readOrder(
  params: URLSearchParams,
  clientOrderId: string,
): NewAccountOrder | VenueAnswer {
  const symbol = params.get('symbol');
  if (symbol === null) return mandatory('symbol');
  const side = params.get('side');
  if (side !== 'BUY' && side !== 'SELL') {
    return side === null ? mandatory('side') : failure(-1117, 'Invalid side.');
  }
  if (!CLIENT_ID.test(clientOrderId)) {
    const legal = "legal range is '^[a-zA-Z0-9-_]{1,36}$'.";
    return failure(-1100, `Illegal characters found in parameter 'newClientOrderId'; ${legal}`);
  }
  const kind = kindOf(params);
  if ('status' in kind) return kind;
  for (const name of ['price', 'quantity', 'quoteOrderQty']) {
    const value = params.get(name);
    if (value !== null && asDecimal(value) === undefined) {
      const legal = "legal range is '^([0-9]{1,20})(\\.[0-9]{1,20})?$'.";
      return failure(-1100, `Illegal characters found in parameter '${name}'; ${legal}`);
    }
  }
  const quoteAmount = asDecimal(params.get('quoteOrderQty'));
  const quantity = asDecimal(params.get('quantity'));
  if (kind.type === 'limit' && !params.has('price')) return mandatory('price');
  if (kind.type === 'limit' || quoteAmount === undefined) {
    if (quantity === undefined) return mandatory('quantity');
  }
  return {
    ...kind,
    symbol,
    clientOrderId,
    side: side === 'BUY' ? 'bid' : 'ask',
    price: kind.type === 'limit' ? asDecimal(params.get('price')) : undefined,
    quantity,
    quoteAmount: quantity === undefined ? quoteAmount : undefined,
  };
}

function kindOf(params: URLSearchParams): OrderKind | VenueAnswer {
  const wanted = params.get('timeInForce');
  switch (params.get('type')) {
    case null:
      return mandatory('type');
    case 'LIMIT': {
      if (wanted === null) return mandatory('timeInForce');
      const timeInForce = TIMES_IN_FORCE[wanted];
      if (timeInForce === undefined) return failure(-1115, 'Invalid timeInForce.');
      return { type: 'limit', timeInForce, postOnly: false };
    }
    case 'LIMIT_MAKER':
    case 'MARKET':
      if (wanted !== null) return failure(-1106, "Parameter 'timeInForce' sent when not required.");
      return params.get('type') === 'MARKET'
        ? { type: 'market', timeInForce: 'ioc', postOnly: false }
        : { type: 'limit', timeInForce: 'gtc', postOnly: true };
    default:
      return failure(-1116, 'Invalid orderType.');
  }
}

/** @returns the order of `symbol` that `orderId` or `origClientOrderId` names. */
export function findOrder(
  account: Account,
  params: URLSearchParams,
): AccountOrder | VenueAnswer | undefined {
  const orderId = params.get('orderId');
  const clientOrderId = params.get('origClientOrderId');
  if (orderId === null && clientOrderId === null) {
    const either = "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!";
    return failure(-1102, either);
  }
  const order =
    orderId === null
      ? account.orderOfClientId(clientOrderId ?? '')
      : account.order(Number(orderId));
  return order?.listing.symbol === params.get('symbol') ? order : undefined;
}
