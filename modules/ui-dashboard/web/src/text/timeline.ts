import type { Message } from '../../../src/contract.ts';

type Trade = Message<'ats.execution.v1.ArbitrageTrade'>;
type Order = Message<'ats.order.v1.Order'>;
type OrderEvent = Message<'ats.order.v1.OrderEvent'>;
type TradeOrder = Message<'ats.execution.v1.TradeOrder'>;
type Opportunity = Message<'ats.opportunity.v1.Opportunity'>;

/** One thing that happened. */
export interface Mark {
  readonly name: string;
  readonly atUs: number;
}

/** The engine's own lane, or that of one order. */
export interface Lane {
  readonly key: string;
  readonly of: 'engine' | 'buy' | 'sell';
  /** Empty for the engine. */
  readonly venue: string;
  readonly marks: readonly Mark[];
  /** What is known to have happened to the order, without when. */
  readonly facts: readonly string[];
}

export interface Timeline {
  readonly lanes: readonly Lane[];
  readonly fromUs: number;
  readonly toUs: number;
}

const known = (marks: readonly Mark[]): readonly Mark[] =>
  marks.filter(({ atUs }) => atUs > 0).toSorted((a, b) => a.atUs - b.atUs);

interface Sources {
  readonly trade: Trade;
  readonly opportunity: Opportunity | undefined;
  readonly orders: readonly Order[];
  /** What this page has heard of orders since it was opened, the oldest first. */
  readonly events: readonly OrderEvent[];
}

const WORDS: Partial<Record<Order['status'], string>> = {
  ORDER_STATUS_FILLED: 'filled',
  ORDER_STATUS_PARTIALLY_FILLED: 'filled in part',
  ORDER_STATUS_CANCELED: 'cancelled',
  ORDER_STATUS_REJECTED: 'rejected',
  ORDER_STATUS_EXPIRED: 'expired',
};

const ENDED: ReadonlySet<Order['status']> = new Set([
  'ORDER_STATUS_FILLED',
  'ORDER_STATUS_CANCELED',
  'ORDER_STATUS_REJECTED',
  'ORDER_STATUS_EXPIRED',
]);

/** The first event that says so, for what an order only keeps as a fact. */
function heard(events: readonly OrderEvent[], fact: 'sent' | 'acknowledged'): Mark {
  const first = events.find(({ order }) => order?.progress?.[fact] === true);
  return { name: fact, atUs: first?.occurredAtUs ?? 0 };
}

function laneOf(leg: TradeOrder, order: Order | undefined, events: readonly OrderEvent[]): Lane {
  const fills = events
    .filter((one) => one.order?.status === 'ORDER_STATUS_PARTIALLY_FILLED')
    .map(({ occurredAtUs }) => ({ name: 'filled in part', atUs: occurredAtUs }));
  const ended = order !== undefined && ENDED.has(order.status);
  const end = (order === undefined ? undefined : WORDS[order.status]) ?? 'changed';
  const reports = [heard(events, 'sent'), heard(events, 'acknowledged')];
  return {
    key: leg.orderId,
    of: leg.side === 'ORDER_SIDE_BUY' ? 'buy' : 'sell',
    venue: leg.venue,
    marks: known([
      { name: 'planned', atUs: leg.plannedAtUs },
      { name: 'accepted', atUs: order?.createdAtUs ?? 0 },
      ...reports,
      ...fills,
      { name: end, atUs: ended ? order.updatedAtUs : 0 },
    ]),
    facts: reports
      .filter(({ name, atUs }) => atUs === 0 && order?.progress?.[name as 'sent'] === true)
      .map(({ name }) => name),
  };
}

/** The ledger keeps an edge at its best, which may be a later look than the one that was traded. */
const isTraded = ({ frameAtUs }: Trade, opportunity: Opportunity | undefined): boolean =>
  opportunity?.frameAtUs === frameAtUs;

/** @returns what is known of when things happened, on one scale for all lanes */
export function timelineOf({ trade, orders, events, ...sources }: Sources): Timeline {
  const opportunity = isTraded(trade, sources.opportunity) ? sources.opportunity : undefined;
  const engine: Lane = {
    key: 'engine',
    of: 'engine',
    venue: '',
    facts: [],
    marks: known([
      { name: 'frame', atUs: trade.frameAtUs },
      { name: 'book', atUs: opportunity?.bookAtUs ?? 0 },
      { name: 'decision', atUs: opportunity?.decidedAtUs ?? 0 },
      { name: 'risk', atUs: opportunity?.riskAnsweredAtUs ?? 0 },
      { name: 'begun', atUs: trade.createdAtUs },
      { name: 'unwinding', atUs: trade.unwindingAtUs },
    ]),
  };
  const planned = [...trade.legs, ...trade.unwinds].map((leg) =>
    laneOf(
      leg,
      orders.find(({ orderId }) => orderId === leg.orderId),
      events.filter(({ order }) => order?.orderId === leg.orderId),
    ),
  );
  const lanes = [engine, ...planned].filter(({ marks }) => marks.length > 0);
  const times = lanes.flatMap(({ marks }) => marks.map(({ atUs }) => atUs));
  return { lanes, fromUs: Math.min(...times), toUs: Math.max(...times) };
}
