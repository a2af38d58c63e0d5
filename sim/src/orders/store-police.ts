import { type AccountId, accountId, Decimal, hasEnded, type OrderId } from '@ats/domain';
import {
  balancesPartition,
  LedgerSums,
  openOrdersPartition,
  orderKey,
  readBalanceItem,
  readLedgerEntry,
  readOrderItem,
} from '@ats/orders';
import { rebuildDifferences } from './rebuild-check.ts';
import type { SimDisk } from './sim-disk.ts';
import type { SimVenue } from './sim-venue.ts';

const ACCOUNT: AccountId = accountId('main');
const ITEMS_MAX = 1000;

/** Looks at what is on the disks and at the venues, and says what must never be. */
export class StorePolice {
  private readonly disk: SimDisk;
  private readonly venues: readonly SimVenue[];
  private readonly violated: (what: string) => void;
  private readonly sums = new LedgerSums();
  private readEntries = 0;

  constructor(parts: {
    readonly disk: SimDisk;
    readonly venues: readonly SimVenue[];
    readonly violated: (what: string) => void;
  }) {
    this.disk = parts.disk;
    this.venues = parts.venues;
    this.violated = parts.violated;
  }

  /** What holds at every moment, whatever is under way. */
  async check(): Promise<void> {
    const records = this.disk.all('ledger.entries');
    if (records.length !== this.readEntries) {
      this.readEntries = records.length;
      for (const record of records) this.sums.add(readLedgerEntry(record));
      for (const [asset, sum] of this.sums.deltas()) {
        if (!sum.isZero()) this.violated(`${asset} is not conserved: the ledger sums to ${sum}`);
      }
    }
    for (const { available, reserved, venue, asset } of await this.balances()) {
      if (available.isNegative() || reserved.isNegative()) {
        this.violated(`${venue} ${asset} is below zero: ${available} available, ${reserved} held`);
      }
    }
    for (const { venue, account } of this.venues) {
      const names = account.orders().map(({ clientOrderId }) => clientOrderId);
      if (new Set(names).size !== names.length) this.violated(`${venue} got an order twice`);
    }
  }

  /** What has not come to its end, in words. */
  async open(): Promise<readonly string[]> {
    const { state } = this.disk;
    const found: string[] = [];
    const orders = await state.query({
      table: 'orders',
      partition: openOrdersPartition(ACCOUNT),
      limit: ITEMS_MAX,
    });
    for (const { key } of orders.items) {
      const item = await state.get(orderKey(key.sort as OrderId));
      const status = item === undefined ? 'not there' : readOrderItem(item).order.status;
      found.push(`order ${key.sort} is ${status}`);
    }
    const sagas = await state.query({ table: 'sagas', partition: 'open', limit: ITEMS_MAX });
    for (const { key, attributes } of sagas.items) {
      found.push(`trade ${key.sort} is ${attributes['state']}`);
    }
    for (const { venue, account } of this.venues) {
      const work = await state.query({ table: 'orders', partition: `work/${venue}` });
      if (work.items.length > 0) found.push(`${work.items.length} orders are at work at ${venue}`);
      const standing = account.openOrders().length;
      if (standing > 0) found.push(`${standing} orders stand at ${venue}`);
    }
    return found;
  }

  /** Open orders of people, that only they can end. */
  async openOrderIds(): Promise<readonly OrderId[]> {
    const page = await this.disk.state.query({
      table: 'orders',
      partition: openOrdersPartition(ACCOUNT),
      limit: ITEMS_MAX,
    });
    return page.items.map(({ key }) => key.sort as OrderId);
  }

  /** What must hold once all is quiet: store, log and venues agree to the last digit. */
  async finish(acknowledged: ReadonlySet<OrderId>): Promise<void> {
    await this.check();
    for (const what of await this.open()) this.violated(`after the calm, ${what}`);
    for (const orderId of acknowledged) {
      const item = await this.disk.state.get(orderKey(orderId));
      if (item === undefined) this.violated(`acknowledged order ${orderId} is lost`);
      else if (!hasEnded(readOrderItem(item).order)) this.violated(`order ${orderId} never ended`);
    }
    for (const what of await rebuildDifferences(this.disk)) this.violated(what);
    const stored = await this.balances();
    for (const balance of stored) {
      const logged = this.sums.balance(balance);
      for (const bucket of ['available', 'reserved'] as const) {
        const told = logged?.[bucket] ?? Decimal.ZERO;
        if (balance[bucket].equals(told)) continue;
        const where = `${balance.venue} ${balance.asset} ${bucket}`;
        this.violated(`${where}: the store has ${balance[bucket]}, the log makes ${told}`);
      }
    }
    for (const { venue, account } of this.venues) {
      for (const { asset, available, locked } of account.balances) {
        const ours = stored.find((one) => one.venue === venue && one.asset === asset);
        const total = ours === undefined ? Decimal.ZERO : ours.available.add(ours.reserved);
        if (total.equals(available.add(locked))) continue;
        this.violated(`${venue} ${asset}: ours ${total}, theirs ${available.add(locked)}`);
      }
      const booked = this.disk
        .all('ledger.entries')
        .filter(({ headers }) => headers.eventId.startsWith(`fill:${venue}:`));
      const ids = new Set(booked.map(({ headers }) => headers.eventId));
      if (ids.size !== account.trades.length) {
        this.violated(`${venue}: ${account.trades.length} trades, ${ids.size} are booked`);
      }
    }
  }

  private async balances() {
    const page = await this.disk.state.query({
      table: 'balances',
      partition: balancesPartition(ACCOUNT),
      limit: ITEMS_MAX,
    });
    return page.items.map(readBalanceItem);
  }
}
