import {
  accountId,
  type InstrumentId,
  type OrderId,
  orderId,
  requestId,
  tradeId,
  venueId,
} from '@ats/domain';
import type { Item, ItemKey, StateStore, TransactItem } from '@ats/storage';
import { z } from 'zod';
import type { Markets } from '../domain/exposure/markets.ts';
import type { ApprovedTrade } from '../domain/working/trade-book.ts';
import type { WorkingOrder } from '../domain/working/working-book.ts';

const PARTITION = 'working';
/** Trades that are only approved, and what a base of each market was worth. */
const TRADES = 'trades';
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

/** What is stored of everything that is approved and on its way. */
export interface StoredWorking {
  readonly orders: readonly WorkingOrder[];
  readonly trades: readonly ApprovedTrade[];
}

/** Orders are stored by the first digit of their id: what changes is a small part. */
export const shardOf = (id: OrderId): string => id.charAt(0);

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
  async load(): Promise<StoredWorking> {
    const { items } = await this.state.query({ table: 'risk', partition: PARTITION });
    const of = (sort: string): unknown => jsonOf(items.find(({ key }) => key.sort === sort));
    for (const { unit, ...name } of z.array(unitSchema).parse(of(UNITS))) {
      this.markets.restoreUnit(name, unit);
    }
    const shards = items.filter(({ key }) => key.sort !== UNITS && key.sort !== TRADES);
    const stored = shards.flatMap((shard) => z.array(orderSchema).parse(jsonOf(shard)));
    const orders = stored.map(({ venue, instrument, ...order }) => {
      return { ...order, market: this.markets.of({ venue, instrument }) };
    });
    return { orders, trades: z.array(tradeSchema).parse(of(TRADES)) };
  }

  /** The steps that store these shards as they are at this moment, and the rest. */
  items(changed: ReadonlySet<string>, working: Iterable<WorkingOrder>, trades: unknown) {
    const shards = new Map<string, object[]>([...changed].map((shard) => [shard, []]));
    for (const { market, ...order } of working) {
      const { venue, instrument } = market;
      shards.get(shardOf(order.orderId))?.push({ ...order, venue, instrument });
    }
    const units = [...this.markets.all()]
      .filter(({ sums, unit }) => sums.worst !== 0n && unit !== 0n)
      .map(({ venue, instrument, unit }) => ({ venue, instrument, unit }));
    const listed = [...shards].map(([shard, orders]) => item(shard, orders));
    return [...listed, item(TRADES, trades), item(UNITS, units)];
  }

  /** Resolves when the steps are durable. @throws what the store throws */
  async save(items: readonly TransactItem[]): Promise<void> {
    while ((await this.state.transact(items)).kind === 'conflict');
  }
}

const jsonOf = (found: Item | undefined): unknown =>
  found === undefined ? [] : JSON.parse(String(found.attributes['json']));
