import {
  accountId,
  type InstrumentId,
  type OrderId,
  orderId,
  requestId,
  type TradeId,
  tradeId,
  venueId,
} from '@ats/domain';
import type { ItemKey, StateStore, TransactItem } from '@ats/storage';
import { z } from 'zod';
import type { Markets } from '../domain/exposure/markets.ts';
import type { ApprovedTrade } from '../domain/working/trade-book.ts';
import type { WorkingOrder } from '../domain/working/working-book.ts';

const PARTITION = 'working';
/** Begins the names of the parts that hold trades which are only approved. */
const TRADES = 'trades/';
/** What a base of each market was worth. */
const UNITS = 'units';

const bigints = z.string().transform(BigInt);
const orderSchema = z.object({
  orderId: z.string().transform(orderId),
  accountId: z.string().transform(accountId),
  venue: z.string().transform(venueId),
  instrument: z.string().transform((text) => text as InstrumentId),
  side: z.enum(['buy', 'sell']),
  version: z.int(),
  leaves: bigints,
  reserved: z.array(
    z.object({
      requestId: z.string().transform(requestId),
      replaces: z.boolean(),
      units: bigints,
      checkAtUs: z.number(),
    }),
  ),
  doubtfulAtUs: z.number(),
});
const tradeSchema = z.object({
  tradeId: z.string().transform(tradeId),
  accountId: z.string().transform(accountId),
  day: z.string(),
  checkAtUs: z.number(),
});
const unitSchema = z.object({ venue: z.string(), instrument: z.string(), unit: bigints });

/** Everything that is approved and on its way. */
export interface Working {
  readonly orders: Iterable<WorkingOrder>;
  readonly trades: Iterable<ApprovedTrade>;
}

/** Orders and trades are stored by the first digit of their id: what changes is a small part. */
export const shardOf = (id: OrderId): string => id.charAt(0);
export const tradeShardOf = (id: TradeId): string => `${TRADES}${id.charAt(0)}`;

const keyOf = (sort: string): ItemKey => ({ table: 'risk', partition: PARTITION, sort });

const json = (value: unknown): string =>
  JSON.stringify(value, (_key, one) => (typeof one === 'bigint' ? one.toString() : one));

const item = (sort: string, value: unknown): TransactItem => {
  return { kind: 'update', key: keyOf(sort), set: { json: json(value) } };
};

/** Stores approved and working orders, all of one moment or nothing. */
export class WorkingStore {
  private readonly state: StateStore;
  private readonly markets: Markets;

  constructor(options: { readonly state: StateStore; readonly markets: Markets }) {
    this.state = options.state;
    this.markets = options.markets;
  }

  /** Reads all of it; markets learn what they were worth. */
  async load(): Promise<Working> {
    const { items } = await this.state.query({ table: 'risk', partition: PARTITION });
    const orders: WorkingOrder[] = [];
    const trades: ApprovedTrade[] = [];
    for (const { key, attributes } of items) {
      const stored: unknown = JSON.parse(String(attributes['json']));
      if (key.sort === UNITS) {
        for (const { unit, ...name } of z.array(unitSchema).parse(stored)) {
          this.markets.restoreUnit(name, unit);
        }
      } else if (key.sort.startsWith(TRADES)) trades.push(...z.array(tradeSchema).parse(stored));
      else {
        for (const { venue, instrument, ...order } of z.array(orderSchema).parse(stored)) {
          orders.push({ ...order, market: this.markets.of({ venue, instrument }) });
        }
      }
    }
    return { orders, trades };
  }

  /** The steps that store these shards as they are at this moment, and the rest. */
  items(changed: ReadonlySet<string>, { orders, trades }: Working) {
    const shards = new Map<string, object[]>([...changed].map((shard) => [shard, []]));
    for (const { market, ...order } of orders) {
      const { venue, instrument } = market;
      shards.get(shardOf(order.orderId))?.push({ ...order, venue, instrument });
    }
    for (const trade of trades) shards.get(tradeShardOf(trade.tradeId))?.push(trade);
    const units = [...this.markets.all()]
      .filter(({ sums, unit }) => sums.worst !== 0n && unit !== 0n)
      .map(({ venue, instrument, unit }) => ({ venue, instrument, unit }));
    return [...[...shards].map(([shard, held]) => item(shard, held)), item(UNITS, units)];
  }

  /** Resolves when the steps are durable. @throws what the store throws */
  async save(items: readonly TransactItem[]): Promise<void> {
    while ((await this.state.transact(items)).kind === 'conflict');
  }
}
