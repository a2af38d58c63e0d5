import {
  type AssetId,
  Decimal,
  type ExecutionId,
  type LedgerEntry,
  type Order,
  type OrderEvent,
  type OrderId,
} from '@ats/domain';
import type { LogRecord } from '@ats/storage';
import type { Hold } from '../domain/hold.ts';
import { LedgerSums } from '../domain/ledger-sums.ts';
import { balanceKey } from '../store/balance-items.ts';
import { readLedgerEntry, readOrderCommand, readOrderEvent } from '../store/log-records.ts';
import {
  APPLIED_INPUTS_MAX,
  executionKey,
  orderItems,
  refusalWords,
} from '../store/order-items.ts';
import type { Rebuilder, RebuiltItem } from './rebuild-state.ts';

/** The order whose fill an entry books. */
const filledOrderOf = ({ entryId, causeId }: LedgerEntry): OrderId =>
  entryId.slice(`fill:${causeId}:`.length) as OrderId;

/** What the log says of one order. */
interface Told {
  order: Order;
  /** By version: what was applied, and what the order's own detail is then. */
  readonly events: Map<number, { readonly inputId: string; readonly detail: string | undefined }>;
  missingQuantity: Decimal | undefined;
}

/** Orders with their holds and fills, and balances: from commands, events and ledger entries. */
export class OrdersRebuilder implements Rebuilder {
  readonly topics = ['orders.commands', 'orders.events', 'ledger.entries'] as const;
  private readonly orders = new Map<OrderId, Told>();
  private readonly sums = new LedgerSums();
  private readonly holds = new Map<OrderId, Map<AssetId, Decimal>>();
  private readonly fills = new Map<OrderId, string[]>();

  add(record: LogRecord): void {
    if (record.topic === 'ledger.entries') return this.addEntry(readLedgerEntry(record));
    if (record.topic === 'orders.events') return this.addEvent(readOrderEvent(record));
    const command = readOrderCommand(record);
    if (command.kind === 'submit') this.told(command.order);
  }

  private told(order: Order): Told {
    const known = this.orders.get(order.orderId);
    if (known !== undefined) return known;
    const told: Told = { order, events: new Map(), missingQuantity: undefined };
    this.orders.set(order.orderId, told);
    return told;
  }

  private addEvent({ order, inputId = '', missingQuantity }: OrderEvent): void {
    const told = this.told(order);
    // Of a wish that was refused only the event has the reason: the order keeps why it ended.
    const refused = inputId !== '' && order.detail.startsWith(refusalWords(inputId));
    told.events.set(order.version, { inputId, detail: refused ? undefined : order.detail });
    if (order.version < told.order.version) return;
    told.order = order;
    told.missingQuantity = missingQuantity;
  }

  private addEntry(entry: LedgerEntry): void {
    if (!this.sums.add(entry)) return;
    const { kind, causeId, entryId, postings } = entry;
    if (kind !== 'reserve' && kind !== 'release' && kind !== 'fill') return;
    const orderId = kind === 'fill' ? filledOrderOf(entry) : (causeId as OrderId);
    if (kind === 'fill') {
      const fills = this.fills.get(orderId);
      if (fills === undefined) this.fills.set(orderId, [entryId]);
      else fills.push(entryId);
    }
    const held = this.holds.get(orderId) ?? new Map<AssetId, Decimal>();
    this.holds.set(orderId, held);
    for (const { bucket, asset, amount } of postings) {
      if (bucket !== 'reserved') continue;
      held.set(asset, (held.get(asset) ?? Decimal.ZERO).add(amount));
    }
  }

  *items(): Generator<RebuiltItem> {
    for (const { accountId, venue, asset, available, reserved } of this.sums.balances()) {
      const key = balanceKey({ accountId, venue, asset });
      yield { key, attributes: { available, reserved } };
    }
    for (const told of this.orders.values()) {
      const order = { ...told.order, detail: detailOf(told) };
      const { orderId, terms } = order;
      const entryPrefix = `fill:${terms.venue}:${terms.instrument}:`;
      const executionIds = (this.fills.get(orderId) ?? []).map(
        (entryId) => entryId.slice(entryPrefix.length, -`:${orderId}`.length) as ExecutionId,
      );
      const missingQuantity = told.missingQuantity ?? Decimal.ZERO;
      const applied = appliedTo(told, executionIds);
      yield* orderItems({ order, hold: this.holdOf(order), missingQuantity, applied });
      for (const executionId of executionIds) {
        yield { key: executionKey({ orderId, executionId }), attributes: {} };
      }
    }
  }

  private holdOf({ orderId, accountId, terms }: Order): Hold {
    const parts = [...(this.holds.get(orderId) ?? [])]
      .filter(([, amount]) => !amount.isZero())
      .map(([asset, amount]) => ({ asset, amount }));
    return { orderId, accountId, venue: terms.venue, parts };
  }
}

/** The order's own detail is that of its newest event which was not a refused wish. */
function detailOf({ order, events }: Told): string {
  const newestFirst = [...events].sort(([one], [other]) => other - one);
  if (newestFirst.length === 0) return order.detail;
  return newestFirst.find(([, { detail }]) => detail !== undefined)?.[1].detail ?? '';
}

/** A submit is remembered by the order's own progress, a fill by its own item. */
function appliedTo({ events }: Told, executionIds: readonly ExecutionId[]): readonly string[] {
  const others = new Set(['', 'submit', ...executionIds.map((id) => `report:${id}`)]);
  return [...events]
    .sort(([one], [other]) => one - other)
    .map(([, { inputId }]) => inputId)
    .filter((inputId) => !others.has(inputId))
    .slice(-APPLIED_INPUTS_MAX);
}
