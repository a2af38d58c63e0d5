import { executionReportToWire, SIDES, type WireServices } from '@ats/contracts';
import { AtsError, type VenueId, venueId } from '@ats/domain';
import type { RpcHandlers } from '@ats/runtime';
import type { VenueDesk } from './venue-desk.ts';

type VenueHandlers = RpcHandlers<WireServices['ats.venue.v1.VenueService']>;

/** The venue service's contract, answered by the desks. */
export function venueHandlers(
  desks: ReadonlyMap<VenueId, VenueDesk>,
  testKey: (venue: string) => Promise<boolean>,
): VenueHandlers {
  return {
    async GetVenueState({ venue, fillsSinceUs }) {
      const desk = desks.get(venueId(venue));
      if (desk === undefined) {
        throw new AtsError({
          code: 'VENUE_UNKNOWN',
          message: `the venue gateway serves no venue called "${venue}"`,
          remedy: `Name one of ${[...desks.keys()].join(', ')}.`,
          context: { field: 'venue', value: venue },
        });
      }
      const state = await desk.state(fillsSinceUs);
      return {
        askedAtUs: state.askedAtUs,
        answeredAtUs: state.answeredAtUs,
        balances: state.balances.map(({ asset, available, locked }) => ({
          asset,
          available: available.toString(),
          locked: locked.toString(),
        })),
        openOrders: state.openOrders.map(({ order, orderId }) => ({
          venueOrderId: order.venueOrderId,
          clientOrderId: order.clientOrderId ?? '',
          orderId: orderId ?? '',
          instrument: order.instrument,
          side: SIDES.toWire(order.side),
          quantity: order.quantity.toString(),
          limitPrice: order.limitPrice?.toString() ?? '',
          cumulativeQuantity: order.cumulativeQuantity.toString(),
        })),
        fills: state.fills.map(executionReportToWire),
      };
    },
    TestKey: async ({ venue }) => ({ told: await testKey(venue) }),
    ListVenues: () => ({
      venues: [...desks].map(([venue, desk]) => ({ venue, ...desk.connection() })),
    }),
  };
}
