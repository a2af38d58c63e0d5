import {
  Decimal,
  deriveClientOrderId,
  type Listing,
  marketId,
  type OrderId,
  type VenueId,
} from '@ats/domain';
import { seededRandom, type Timers, type VirtualClock } from '@ats/runtime';
import type { VenueSubmit } from '@ats/venue-gateway';
import type { AccountTrade } from '@ats/venue-simulator';
import type { Session } from '../../adapters/parity/session-reader.ts';
import type { ParityFill, ParityOrder } from '../../domain/parity/compare.ts';
import { type LiveTop, showTop } from '../live-top.ts';
import { TapeVenue } from '../tape-venue.ts';
import { replayVenue, sentOrders } from './replay-venue.ts';
import { openingOf, type SessionConfig } from './session-config.ts';

const ANSWER_MS_MAX = 60_000;

interface ReplayVenuesParts {
  readonly session: Session;
  readonly run: SessionConfig;
  readonly clock: VirtualClock;
  readonly timers: Timers;
  /** The newest books as they have arrived. */
  readonly tops: ReadonlyMap<string, Pick<LiveTop, 'top'>>;
}

/** The venues of a replay, and what their orders came to. */
export function openReplayVenues(parts: ReplayVenuesParts) {
  const { session, run, clock, timers, tops } = parts;
  const { listings } = run;
  const sent = sentOrders(session.sent, session.met);
  const queues = Map.groupBy(sent, (one) => one.sent.clientOrderId);
  const ends = endsOf(session);
  const fills: AccountTrade[] = [];
  const submitted = new Map<string, ParityOrder>();
  const names = [...new Set(listings.map(({ venue }) => venue))];
  const tapes = new Map(names.map((venue) => [venue, openTape(parts, venue, fills)] as const));
  const connectors = new Map(
    [...tapes].map(([venue, tape]) => {
      const connector = replayVenue(tape, {
        ...{ clock, timers },
        next: (clientOrderId) => queues.get(clientOrderId)?.shift(),
        endOf: (clientOrderId) => ends.get(clientOrderId),
        onSubmit(order) {
          if (submitted.has(order.clientOrderId)) return;
          submitted.set(order.clientOrderId, orderOf(venue, order, clock.nowUs()));
        },
        showNewest(market) {
          const known = tops.get(marketId(market.market.listing));
          market.clear();
          if (known !== undefined) showTop(market, known.top, clock.nowUs());
        },
      });
      return [venue, connector] as const;
    }),
  );
  return { tapes, connectors, sent, orders: () => withFills(submitted, fills) };
}

function openTape(
  { session, run, clock, timers }: ReplayVenuesParts,
  venue: VenueId,
  fills: AccountTrade[],
): TapeVenue {
  const opening = openingOf(session);
  const listings: readonly Listing[] = run.listings.filter((one) => one.venue === venue);
  const assets = listings.flatMap(({ base, quote }) => [base.id, quote.id]);
  const held = (asset: string): Decimal => opening.get(`${venue} ${asset}`) ?? Decimal.ZERO;
  return new TapeVenue({
    ...{ venue, listings, clock, timers },
    deposits: new Map(assets.map((asset) => [asset, held(asset)])),
    feeIn: run.feeIn(venue),
    feeAsset: undefined,
    tiers: undefined,
    latencyUs: () => 0,
    rejectShare: 0,
    random: seededRandom(0).stream('parity'),
    outages: [],
    answerMsMax: ANSWER_MS_MAX,
    asListed: true,
    catchUp: () => undefined,
    onFill: (trade) => fills.push(trade),
  });
}

/** When the session saw the end of each order, by client order id. */
function endsOf({ inputs }: Session): ReadonlyMap<string, number> {
  const ends = new Map<string, number>();
  for (const row of inputs) {
    if (row.kind !== 'orders') continue;
    for (const { orderId } of row.orders) {
      const source = { orderId: orderId as OrderId, revision: 0 };
      ends.set(deriveClientOrderId(source), row.atUs);
    }
  }
  return ends;
}

function orderOf(venue: VenueId, order: VenueSubmit, sentAtUs: number): ParityOrder {
  const { clientOrderId, instrument, side, limitPrice: price, quantity } = order;
  const times = { sentAtUs, arrivedAtUs: 0, knownAtUs: 0 };
  return { clientOrderId, venue, instrument, side, price, quantity, ...times, fills: [] };
}

function withFills(
  submitted: ReadonlyMap<string, ParityOrder>,
  trades: readonly AccountTrade[],
): readonly ParityOrder[] {
  const byOrder = Map.groupBy(trades, ({ clientOrderId = '' }) => clientOrderId);
  return [...submitted.values()].map((order) => {
    const own = byOrder.get(order.clientOrderId) ?? [];
    const fills = own.map(
      ({ price, quantity, fee, feeAsset }): ParityFill => ({ price, quantity, fee, feeAsset }),
    );
    return { ...order, arrivedAtUs: own[0]?.timeUs ?? 0, fills };
  });
}
