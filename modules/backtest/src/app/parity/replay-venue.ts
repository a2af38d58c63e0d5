import { Decimal } from '@ats/domain';
import type { Timers, VirtualClock } from '@ats/runtime';
import type { SubmitAnswer, VenueConnector, VenueSubmit } from '@ats/venue-gateway';
import type { MetRow, SentRow } from '../../domain/parity/session-rows.ts';
import type { TapeMarket } from '../tape-market.ts';
import type { TapeVenue } from '../tape-venue.ts';

/** An order of the session with what its venue said of it. */
export interface SentOrder {
  readonly sent: SentRow;
  readonly met: MetRow | undefined;
  /** When it met the book: as the venue said, else the middle between sending and answer. */
  readonly arrivedAtUs: number;
}

const amount = (text: string): string => String(Decimal.parse(text).normalized());
const nameOf = (row: SentRow | MetRow): string =>
  [row.venue, row.instrument, row.side, amount(row.price), amount(row.quantity)].join(' ');

/** The venue's other orders do not wait: how long they did is in their own times. */
const PAUSE_MS = 0.001;

/** Some venues take no dashes. */
const bare = (clientOrderId: string): string => clientOrderId.replaceAll('-', '');

/** What is left of a difference between a venue's clock and ours, at most. */
const CLOCKS_US = 20_000;

/** It arrived between sending and answer, as far as the venue's clock may be off. */
function withinClocks(saidUs: number, { sentAtUs, answeredAtUs }: SentRow): number {
  const within = Math.min(Math.max(saidUs, sentAtUs), answeredAtUs);
  return Math.abs(within - saidUs) <= CLOCKS_US ? within : saidUs;
}

/**
 * How far the venues' clock is behind ours: two processes of one machine can be tens of
 * milliseconds apart. The median way there is taken to be as long as the way back, as NTP does
 * (RFC 5905, section 8).
 */
function clockOffsetUs(sent: readonly SentRow[], met: readonly MetRow[]): number {
  const byId = new Map(met.map((row) => [bare(row.clientOrderId), row.atUs]));
  const offsets = sent.flatMap(({ clientOrderId, sentAtUs, answeredAtUs }) => {
    const atUs = byId.get(bare(clientOrderId));
    return atUs === undefined ? [] : [(sentAtUs + answeredAtUs) / 2 - atUs];
  });
  return Math.round(offsets.toSorted((one, other) => one - other)[offsets.length >> 1] ?? 0);
}

/** Finds what the venues noted of each order: by our id of it, or its terms while it was away. */
export function sentOrders(sent: readonly SentRow[], met: readonly MetRow[]): SentOrder[] {
  const offsetUs = clockOffsetUs(sent, met);
  const byName = Map.groupBy(met, nameOf);
  return sent.map((one) => {
    const rows = byName.get(nameOf(one)) ?? [];
    const named = rows.findIndex((row) => bare(row.clientOrderId) === bare(one.clientOrderId));
    const timely = rows.findIndex(
      ({ atUs }) =>
        atUs + offsetUs > one.sentAtUs - CLOCKS_US &&
        atUs + offsetUs < one.answeredAtUs + CLOCKS_US,
    );
    const at = named < 0 ? timely : named;
    const found = one.answer === 'rate-limited' || at < 0 ? undefined : rows.splice(at, 1)[0];
    const saidUs =
      found === undefined
        ? Math.round((one.sentAtUs + one.answeredAtUs) / 2)
        : found.atUs + offsetUs;
    return { sent: one, met: found, arrivedAtUs: withinClocks(saidUs, one) };
  });
}

/**
 * What came of an order as soon as the venue knows: when the engine hears of it is the recording's
 * to say, so that nothing may come later than it did.
 */
async function told(venue: TapeVenue, order: VenueSubmit): Promise<SubmitAnswer> {
  const answer = await venue.submit(order);
  if (answer.kind !== 'accepted') return answer;
  const reference = { ...order, venueOrderId: answer.venueOrderId };
  const [found, filled] = [await venue.query(reference), await venue.fillsOf(reference)];
  if (found.kind !== 'found' || filled.kind !== 'fills') return answer;
  return { ...answer, state: found.state, fills: filled.fills };
}

/**
 * A venue of a replay: each order reaches it when it did in the session, and meets the book that
 * it met there. What comes of it is the matching engine's to say.
 */
export function replayVenue(
  venue: TapeVenue,
  parts: {
    readonly clock: VirtualClock;
    readonly timers: Timers;
    /** The order's next submit in the session; undefined when there was none. */
    readonly next: (clientOrderId: string) => SentOrder | undefined;
    /** Whether the session had the order, and until when. */
    readonly endOf: (clientOrderId: string) => number | undefined;
    /** Told of each order as it is sent. */
    readonly onSubmit: (order: VenueSubmit) => void;
    /** Shows the newest book that has arrived. */
    readonly showNewest: (market: TapeMarket) => void;
  },
): VenueConnector {
  const { clock, timers } = parts;
  const until = (timeUs: number): Promise<void> =>
    timers.sleep(Math.max(0, timeUs - clock.nowUs()) / 1000);
  const submit: VenueConnector['submit'] = async (order: VenueSubmit) => {
    parts.onSubmit(order);
    const known = parts.next(order.clientOrderId);
    const market = venue.marketOf(order.instrument);
    if (known === undefined) {
      const endUs = parts.endOf(order.clientOrderId);
      if (endUs !== undefined) {
        // The session never sent it: it was withheld until it was too late.
        await until(endUs);
        return {
          kind: 'rate-limited',
          retryAfterMs: PAUSE_MS,
          detail: 'never sent in the session',
        };
      }
    } else if (known.sent.answer === 'rate-limited') {
      await until(known.sent.answeredAtUs);
      return { kind: 'rate-limited', retryAfterMs: PAUSE_MS, detail: known.sent.detail };
    } else await until(known.arrivedAtUs);
    if (known?.met === undefined) parts.showNewest(market);
    else {
      const { orders, side } = known.met;
      const parsed = orders.map(([price, size]) => ({
        price: Decimal.parse(price),
        size: Decimal.parse(size),
      }));
      market.place(side === 'buy' ? 'ask' : 'bid', parsed);
    }
    return told(venue, order);
  };
  return new Proxy<VenueConnector>(venue, {
    get: (target, name) => (name === 'submit' ? submit : Reflect.get(target, name)),
  });
}
