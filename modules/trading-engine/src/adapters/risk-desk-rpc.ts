import { haltModeOf, RISK_SERVICE } from '@ats/contracts';
import { Decimal, type InstrumentId, orderId, venueId } from '@ats/domain';
import type { RpcDirectory } from '@ats/runtime';
import type { RiskDesk } from '../app/risk-desk.ts';

/** Orders that risk takes in one question. */
const ORDERS_MAX = 500;

/** The risk manager over its contract. */
export function openRiskDesk(options: {
  readonly rpc: RpcDirectory;
  readonly deadlineMs: number;
}): RiskDesk {
  const { rpc, deadlineMs } = options;
  const client = rpc.client(RISK_SERVICE);
  return {
    mode: async () => haltModeOf(await client.GetRiskStatus({}, { deadlineMs })),
    async counted(orderIds) {
      const counted = new Map();
      for (let from = 0; from < orderIds.length; from += ORDERS_MAX) {
        const asked = { orderIds: orderIds.slice(from, from + ORDERS_MAX) };
        const { orders } = await client.GetCountedFills(asked, { deadlineMs });
        for (const one of orders) counted.set(orderId(one.orderId), Decimal.parse(one.quantity));
      }
      return counted;
    },
    async positions(accountId) {
      const asked = { accountId, venue: '', instrument: '' };
      const { positions } = await client.GetPositions(asked, { deadlineMs });
      return positions
        .map(({ venue, instrument, quantity }) => ({
          venue: venueId(venue),
          instrument: instrument as InstrumentId,
          quantity: Decimal.parse(quantity),
        }))
        .filter(({ quantity }) => !quantity.isZero());
    },
  };
}
