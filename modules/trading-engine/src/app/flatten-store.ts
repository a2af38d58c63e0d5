import {
  type Alert,
  Decimal,
  type InstrumentId,
  type MarketId,
  orderId,
  requestId,
  venueId,
} from '@ats/domain';
import { alertRecord, type Outbox, transactSurely } from '@ats/orders';
import type { ItemKey, StateStore, TransactItem } from '@ats/storage';
import { z } from 'zod';
import type { FlattenState } from '../domain/flatten/flatten-state.ts';

const KEY: ItemKey = { table: 'sagas', partition: 'flatten', sort: '' };

const decimal = z.string().transform((text) => Decimal.parse(text));
const orderSchema = z.object({
  requestId: z.string().transform(requestId),
  orderId: z.string().transform(orderId),
  venue: z.string().transform(venueId),
  instrument: z.string().transform((text) => text as InstrumentId),
  side: z.enum(['buy', 'sell']),
  quantity: decimal,
  limitPrice: decimal,
  mark: decimal,
  rate: decimal,
  plannedAtUs: z.number(),
  sendBeforeUs: z.number(),
});
const filledSchema = z.object({ orderId: z.string().transform(orderId), quantity: decimal });
const stateSchema = z.object({
  flattenId: z.string(),
  sinceUs: z.number(),
  phase: z.enum(['closing', 'flat']),
  orders: z.number(),
  open: z.array(orderSchema),
  filled: z
    .array(z.tuple([z.string().transform((id) => id as MarketId), filledSchema]))
    .transform((entries) => new Map(entries)),
  cost: decimal,
  told: z.array(z.string()),
  version: z.number(),
});

/** What is told of a change, in the change's own transaction. @param change as in `alertRecord` */
export interface Telling {
  readonly alert: Alert;
  readonly change: string;
}

/** The flatten under way, if there is one: one item, changed by one engine alone. */
export class FlattenStore {
  private readonly state: StateStore;
  private readonly outbox: Outbox;
  private closed = false;

  constructor(options: { readonly state: StateStore; readonly outbox: Outbox }) {
    this.state = options.state;
    this.outbox = options.outbox;
  }

  /** @throws what the store throws */
  async load(): Promise<FlattenState | undefined> {
    const item = await this.state.get(KEY);
    if (item === undefined) return undefined;
    return stateSchema.parse(JSON.parse(String(item.attributes['json'])));
  }

  /**
   * Replaces what is stored; `undefined` ends it.
   * @throws what the store throws, and when someone else changed it: then `load` says what is
   */
  async save(
    before: FlattenState | undefined,
    after: FlattenState | undefined,
    telling?: Telling,
  ): Promise<FlattenState | undefined> {
    const next = after && { ...after, version: (before?.version ?? 0) + 1 };
    const item = itemOf(before, next);
    const records = telling === undefined ? [] : [alertRecord(telling.alert, telling.change)];
    const entry = this.outbox.entry(records);
    const { state, outbox } = this;
    const result =
      records.length === 0
        ? await state.transact([item])
        : await transactSurely({
            ...{ state, outbox, entry, giveUp: () => this.closed },
            items: [item, entry.item],
          });
    if (result.kind !== 'committed') throw new Error(`the flatten was not stored: ${result.kind}`);
    if (records.length > 0) void outbox.publish(entry);
    return next;
  }

  close(): void {
    this.closed = true;
  }
}

function itemOf(before: FlattenState | undefined, after: FlattenState | undefined): TransactItem {
  const conditions =
    before === undefined
      ? ([{ kind: 'absent' }] as const)
      : ([{ kind: 'equals', attribute: 'version', value: BigInt(before.version) }] as const);
  if (after === undefined) return { kind: 'delete', key: KEY, conditions };
  const json = JSON.stringify({ ...after, filled: [...after.filled] });
  const set = { json, version: BigInt(after.version) };
  return { kind: 'update', key: KEY, set, conditions };
}
