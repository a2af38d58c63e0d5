import { executionReportFromWire, VENUE_SERVICE, type WireMessages } from '@ats/contracts';
import { type AssetId, assetId, Decimal, orderId } from '@ats/domain';
import type { RpcDirectory } from '@ats/runtime';
import type { ReadVenue } from '../app/venue-reconciliation.ts';
import type { VenueOpenOrder } from '../domain/comparison.ts';

type WireState = WireMessages['ats.venue.v1.GetVenueStateResponse'];

/** Asks the venue gateway. */
export function venueReader({
  rpc,
  deadlineMs,
}: {
  readonly rpc: RpcDirectory;
  readonly deadlineMs: number;
}): ReadVenue {
  const client = rpc.client(VENUE_SERVICE);
  return async ({ venue, fillsSinceUs }) => {
    const state = await client.GetVenueState({ venue, fillsSinceUs }, { deadlineMs });
    return {
      askedAtUs: state.askedAtUs,
      totals: totalsOf(state),
      openOrders: state.openOrders.map(openOrderOf),
      // Fills of strangers' orders show in the balances.
      fills: state.fills.filter((fill) => fill.orderId !== '').map(executionReportFromWire),
    };
  };
}

function totalsOf({ balances }: WireState): ReadonlyMap<AssetId, Decimal> {
  const totals = new Map<AssetId, Decimal>();
  for (const { asset, available, locked } of balances) {
    const id = assetId(asset);
    const sum = Decimal.parse(available).add(Decimal.parse(locked));
    totals.set(id, (totals.get(id) ?? Decimal.ZERO).add(sum));
  }
  return totals;
}

function openOrderOf(order: WireState['openOrders'][number]): VenueOpenOrder {
  const side = order.side === 'ORDER_SIDE_BUY' ? 'buy' : 'sell';
  const price = order.limitPrice === '' ? 'market' : order.limitPrice;
  return {
    venueOrderId: order.venueOrderId,
    orderId: order.orderId === '' ? undefined : orderId(order.orderId),
    description: `${side} ${order.quantity} ${order.instrument} at ${price}`,
  };
}
