import type { Message } from '../../../src/contract.ts';

type Trade = Message<'ats.execution.v1.ArbitrageTrade'>;
type Order = Message<'ats.order.v1.Order'>;
type Opportunity = Message<'ats.opportunity.v1.Opportunity'>;

/** One thing that happened. */
export interface Mark {
  readonly name: string;
  readonly atUs: number;
}

/** The engine's own lane, or that of one order. */
export interface Lane {
  readonly name: string;
  readonly marks: readonly Mark[];
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
}

const ENDED: ReadonlySet<Order['status']> = new Set([
  'ORDER_STATUS_FILLED',
  'ORDER_STATUS_CANCELED',
  'ORDER_STATUS_REJECTED',
  'ORDER_STATUS_EXPIRED',
]);

const WORDS: Partial<Record<Order['status'], string>> = {
  ORDER_STATUS_FILLED: 'filled',
  ORDER_STATUS_CANCELED: 'cancelled',
  ORDER_STATUS_REJECTED: 'rejected',
  ORDER_STATUS_EXPIRED: 'expired',
};

/** @returns what is known of when things happened, on one scale for all lanes */
export function timelineOf({ trade, opportunity, orders }: Sources): Timeline {
  const engine: Lane = {
    name: 'engine',
    marks: known([
      { name: 'frame', atUs: trade.frameAtUs },
      { name: 'book', atUs: opportunity?.bookAtUs ?? 0 },
      { name: 'decision', atUs: opportunity?.decidedAtUs ?? 0 },
      { name: 'risk', atUs: opportunity?.riskAnsweredAtUs ?? 0 },
      { name: 'begun', atUs: trade.createdAtUs },
      { name: 'unwinding', atUs: trade.unwindingAtUs },
    ]),
  };
  const planned = [...trade.legs, ...trade.unwinds].map((leg): Lane => {
    const order = orders.find(({ orderId }) => orderId === leg.orderId);
    const ended = order !== undefined && ENDED.has(order.status);
    return {
      name: `${leg.side === 'ORDER_SIDE_BUY' ? 'buy' : 'sell'} ${leg.venue}`,
      marks: known([
        { name: 'planned', atUs: leg.plannedAtUs },
        { name: 'taken', atUs: order?.createdAtUs ?? 0 },
        {
          name: (order === undefined ? undefined : WORDS[order.status]) ?? 'changed',
          atUs: ended ? order.updatedAtUs : 0,
        },
      ]),
    };
  });
  const lanes = [engine, ...planned].filter(({ marks }) => marks.length > 0);
  const times = lanes.flatMap(({ marks }) => marks.map(({ atUs }) => atUs));
  return { lanes, fromUs: Math.min(...times), toUs: Math.max(...times) };
}
