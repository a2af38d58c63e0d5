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
import type { InputRow, OrderWord } from '../../domain/parity/session-rows.ts';
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

/** Durable writes lie between the end of an order and the first word of it: at least this. */
const BEFORE_WORD_US = 200;
const END = /(FILLED|CANCELED|REJECTED|EXPIRED)$/;

/** When orders had ended in the session, by client order id: shortly before it first heard so. */
function endsOf({ inputs }: Session): ReadonlyMap<string, number> {
  const ends = new Map<string, number>();
  for (const row of inputs) {
    for (const { orderId, status } of wordsOf(row)) {
      if (!END.test(status) || status.endsWith('PARTIALLY_FILLED')) continue;
      const clientOrderId = deriveClientOrderId({ orderId: orderId as OrderId, revision: 0 });
      if (!ends.has(clientOrderId)) ends.set(clientOrderId, row.atUs - BEFORE_WORD_US);
    }
  }
  return ends;
}

/** What the engine heard of orders: from the log, or because it asked. */
function wordsOf(row: InputRow): readonly Pick<OrderWord, 'orderId' | 'status'>[] {
  if (row.kind === 'orders') return row.orders;
  if (row.kind !== 'call' || !row.key.startsWith('GetOrder ')) return [];
  const { order } = (row.answer ?? {}) as { order?: OrderWord | null };
  return order === undefined || order === null ? [] : [order];
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
