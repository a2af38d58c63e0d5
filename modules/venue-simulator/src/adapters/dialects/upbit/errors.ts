import type { VenueAnswer } from '../../../app/dialect-server.ts';
import type { AccountRefusal } from '../../../domain/accounts/orders.ts';
import { json } from '../shared/rest.ts';

export function failure(status: number, name: string, message: string): VenueAnswer {
  return json(status, { error: { name, message } });
}

export const ORDER_NOT_FOUND = failure(404, 'order_not_found', '주문을 찾지 못했습니다.');
export const NO_SUCH_MARKET = failure(404, 'notfoundmarket', '마켓 정보를 찾을 수 없습니다.');

export function invalid(name: string): VenueAnswer {
  return failure(400, 'validation_error', `잘못된 API 요청입니다. (${name})`);
}

/** Source: docs.upbit.com, "REST API usage and errors". */
export function refusalAnswer(reason: AccountRefusal, side: 'bid' | 'ask'): VenueAnswer {
  switch (reason) {
    case 'UNKNOWN_SYMBOL':
      return NO_SUCH_MARKET;
    case 'UNKNOWN_ORDER':
      return ORDER_NOT_FOUND;
    case 'INSUFFICIENT_FUNDS':
      return failure(400, `insufficient_funds_${side}`, '주문가능한 금액이 부족합니다.');
    case 'QUANTITY_TOO_SMALL':
    case 'NOTIONAL_TOO_SMALL':
      return failure(400, `under_min_total_${side}`, '최소주문금액 이상으로 주문해주세요.');
    case 'PRICE_INVALID':
    case 'PRICE_OFF_TICK':
      return failure(400, `invalid_price_${side}`, '주문가격 단위를 잘못 입력하셨습니다.');
    case 'QUANTITY_INVALID':
    case 'QUANTITY_OFF_STEP':
      return failure(400, `invalid_volume_${side}`, '주문수량을 잘못 입력하셨습니다.');
    default:
      return failure(400, `create_${side}_error`, '주문 요청 정보가 올바르지 않습니다.');
  }
}
