import { newOrderToWire, ORDER_SERVICE, orderFromWire } from '@ats/contracts';
import { AtsError, type ErrorCode, type Order, type ReasonCode } from '@ats/domain';
import type { RpcDirectory } from '@ats/runtime';
import type { OrderDesk, SubmitOutcome } from '../app/order-desk.ts';

/** Codes that a trade's reader should tell apart; all others are `GATEWAY_REFUSED`. */
const REASON_OF: Readonly<Partial<Record<ErrorCode, ReasonCode>>> = {
  ORDER_FUNDS_INSUFFICIENT: 'INVENTORY_SHORT',
  ORDER_GATE_CLOSED: 'HALTED',
  RPC_UNAVAILABLE: 'GATEWAY_UNAVAILABLE',
  RPC_CIRCUIT_OPEN: 'GATEWAY_UNAVAILABLE',
  STORAGE_UNAVAILABLE: 'GATEWAY_UNAVAILABLE',
  STORAGE_QUEUE_FULL: 'GATEWAY_UNAVAILABLE',
};

/** Orders asked for at once; the gateway gives no more. */
const PAGE = 200;

/** The order gateway over its contract. */
export function openOrderDesk(options: {
  readonly rpc: RpcDirectory;
  readonly deadlineMs: number;
}): OrderDesk {
  const client = options.rpc.client(ORDER_SERVICE);
  const { deadlineMs } = options;
  return {
    async submit(submission) {
      const { tradeId: correlationId, orders, purpose, traceparent, ...rest } = submission;
      const request = {
        ...rest,
        tradeId: correlationId,
        orders: orders.map(newOrderToWire),
        purpose: purpose === 'entry' ? 'ORDER_PURPOSE_ENTRY' : 'ORDER_PURPOSE_UNWIND',
      } as const;
      try {
        const answer = await client.SubmitOrders(request, {
          ...{ deadlineMs, correlationId },
          ...traced(traceparent),
        });
        return { kind: 'taken', orders: answer.orders.map(orderFromWire) };
      } catch (error) {
        return outcomeOf(error);
      }
    },
    async cancel({ requestId, orderId, traceparent }) {
      try {
        await client.CancelOrder({ requestId, orderId }, { deadlineMs, ...traced(traceparent) });
        return true;
      } catch {
        // Whatever the reason: the order is asked for, and the cancel asked again.
        return false;
      }
    },
    async ofAccount(accountId) {
      const page = async (openOnly: boolean, pageToken: string) => {
        const asked = { accountId, openOnly, pageToken, pageSize: PAGE };
        const { orders, nextPageToken } = await client.ListOrders(asked, { deadlineMs });
        return { orders: orders.map(orderFromWire), next: nextPageToken };
      };
      try {
        const open: Order[] = [];
        let token = '';
        do {
          const { orders, next } = await page(true, token);
          open.push(...orders);
          token = next;
        } while (token !== '');
        // Asked for last: an order that ends in between is in both, one that begins in this.
        return { open, newest: (await page(false, '')).orders };
      } catch {
        return undefined;
      }
    },
    async find(orderId) {
      try {
        const { order } = await client.GetOrder({ orderId }, { deadlineMs });
        return order === null ? 'absent' : orderFromWire(order);
      } catch (error) {
        return error instanceof AtsError && error.code === 'ORDER_UNKNOWN' ? 'absent' : 'unknown';
      }
    },
  };
}

const traced = (traceparent: string | undefined) =>
  traceparent === undefined ? {} : { traceparent };

function outcomeOf(error: unknown): SubmitOutcome {
  if (!(error instanceof AtsError) || error.retry === 'unknown') {
    return { kind: 'unknown', detail: String(error) };
  }
  // An approval that has expired meanwhile says nothing of an earlier try, which may be on its way.
  if (error.code === 'ORDER_NOT_APPROVED') return { kind: 'unknown', detail: error.message };
  const reason = REASON_OF[error.code] ?? 'GATEWAY_REFUSED';
  return { kind: 'refused', reason, detail: `${error.code}: ${error.message}` };
}
