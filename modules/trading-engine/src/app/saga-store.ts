import { arbitrageTradeFromWire, arbitrageTradeToWire, wireCodec } from '@ats/contracts';
import {
  type ArbitrageTrade,
  type AssetId,
  AtsError,
  assert,
  Decimal,
  type TradeId,
} from '@ats/domain';
import { type Outbox, transactSurely } from '@ats/orders';
import { fullJitterMs, type Logger, type RandomStream, type Timers } from '@ats/runtime';
import type { Item, ItemKey, NewRecord, StateStore, TransactItem } from '@ats/storage';
import type { FlattenState } from '../domain/flatten/flatten-state.ts';
import { hasTradeEnded } from '../domain/trade/trade-machine.ts';
import type { Bases } from './bases.ts';
import { carriedClosedRecord, exposedRecord, lateFillRecord } from './trade-alert.ts';

const TRADE = wireCodec('ats.execution.v1.ArbitrageTrade');
const OPEN = 'open';
const ENDED = 'ended';
const ACCUMULATOR = 'accumulator';
const BACKOFF = { baseMs: 20, maxMs: 1000 };
const PAGE = 200;
/** How long a trade that has ended can be asked for by its id. */
const KEPT_US = 7 * 24 * 3600 * 1e6;

export interface SagaStoreOptions {
  readonly state: StateStore;
  readonly outbox: Outbox;
  readonly timers: Timers;
  readonly random: RandomStream;
  readonly logger: Logger;
  readonly bases?: Pick<Bases, 'fenceOf'>;
}

const openKey = (tradeId: TradeId): ItemKey => ({
  table: 'sagas',
  partition: OPEN,
  sort: tradeId,
});
const endedKey = (tradeId: TradeId): ItemKey => ({
  table: 'sagas',
  partition: tradeId,
  sort: ENDED,
});
export const accumulatorKey = (base: AssetId): ItemKey => ({
  table: 'sagas',
  partition: ACCUMULATOR,
  sort: base,
});

const attributesOf = (trade: ArbitrageTrade) => ({
  trade: TRADE.encode(arbitrageTradeToWire(trade)),
  version: BigInt(trade.version),
  state: trade.state,
});

/** What is stored of a trade that has not ended. */
export const openItem = (trade: ArbitrageTrade) => {
  return { key: openKey(trade.tradeId), attributes: attributesOf(trade) };
};

/** What is stored of a trade that has ended. @param endedAtUs before any late fill */
export const endedItem = (trade: ArbitrageTrade, endedAtUs: number) => ({
  key: endedKey(trade.tradeId),
  attributes: attributesOf(trade),
  expiresAtUs: endedAtUs + KEPT_US,
});

/** What a trade hands to the accumulator in all, and what it had handed over before. */
export function carriedBy(after: ArbitrageTrade, before?: ArbitrageTrade) {
  const { bridge } = after;
  return [
    { asset: after.base, is: after.carriedOut, was: before?.carriedOut },
    ...(bridge === undefined
      ? []
      : [{ asset: bridge.asset, is: bridge.carriedOut, was: before?.bridge?.carriedOut }]),
  ];
}

/** The steps that hand over what is new. */
function carrying(after: ArbitrageTrade, before?: ArbitrageTrade): readonly TransactItem[] {
  return carriedBy(after, before).flatMap(({ asset, is, was = Decimal.ZERO }): TransactItem[] => {
    const quantity = is.subtract(was).normalized();
    if (quantity.isZero()) return [];
    return [{ kind: 'update', key: accumulatorKey(asset), increment: { quantity } }];
  });
}

/**
 * Trades as they are stored: each change is one transaction with the record that tells the log of
 * it and with what it moves into or out of the hedge accumulator. Storage that is away is waited
 * for: a call resolves when the change is durable.
 */
export class SagaStore {
  private readonly options: SagaStoreOptions;
  private closed = false;

  constructor(options: SagaStoreOptions) {
    this.options = options;
  }

  /** @returns false when a trade of this id is there already, or its carried base is gone */
  async create(trade: ArbitrageTrade): Promise<boolean> {
    const items: TransactItem[] = [
      { kind: 'create', ...openItem(trade) },
      { kind: 'check', key: endedKey(trade.tradeId), conditions: [{ kind: 'absent' }] },
    ];
    if (!trade.carriedIn.isZero()) {
      items.push({
        kind: 'update',
        key: accumulatorKey(trade.base),
        increment: { quantity: trade.carriedIn.negate() },
        conditions: [{ kind: 'equals', attribute: 'quantity', value: trade.carriedIn }],
      });
    }
    return this.commit(trade, [...items, ...this.fence(trade)]);
  }

  /** @param version of the trade as it is stored */
  async replace(trade: ArbitrageTrade, version: number): Promise<void> {
    const key = openKey(trade.tradeId);
    const conditions = [{ kind: 'equals', attribute: 'version', value: BigInt(version) }] as const;
    const items: TransactItem[] = hasTradeEnded(trade)
      ? [
          { kind: 'delete', key, conditions },
          { kind: 'create', ...endedItem(trade, trade.updatedAtUs) },
        ]
      : [{ kind: 'update', key, set: attributesOf(trade), conditions }];
    if (hasTradeEnded(trade)) items.push(...carrying(trade));
    const done = await this.commit(trade, [...items, ...this.fence(trade)]);
    assert(done, 'a trade was changed by someone else', { tradeId: trade.tradeId, version });
  }

  /**
   * Changes a trade that has ended, if `change` does. A trade that is not known any more, or is
   * open, is left alone. @returns the trade before and after, undefined where nothing changed
   */
  async amend(
    tradeId: TradeId,
    change: (trade: ArbitrageTrade) => ArbitrageTrade,
  ): Promise<{ readonly before: ArbitrageTrade; readonly after: ArbitrageTrade } | undefined> {
    for (;;) {
      const item = await this.options.state.get(endedKey(tradeId));
      if (item === undefined) return undefined;
      const before = readTrade(item);
      const after = change(before);
      if (after === before) return undefined;
      const { version: ifVersion, key, expiresAtUs } = item;
      const attributes = attributesOf(after);
      const expiry = expiresAtUs === undefined ? {} : { expiresAtUs };
      const items: TransactItem[] = [{ kind: 'replace', key, ifVersion, attributes, ...expiry }];
      items.push(...carrying(after, before));
      // Refused: it has changed meanwhile. What it is now is read again.
      if (await this.commit(after, items, [lateFillRecord(after)])) return { before, after };
    }
  }

  private fence({ base }: ArbitrageTrade): readonly TransactItem[] {
    const fence = this.options.bases?.fenceOf(base);
    return fence === undefined ? [] : [fence];
  }

  /** Trades that have not ended, as the last run left them. */
  async open(): Promise<readonly ArbitrageTrade[]> {
    const trades: ArbitrageTrade[] = [];
    let after: string | undefined;
    do {
      const page = await this.options.state.query({
        table: 'sagas',
        partition: OPEN,
        limit: PAGE,
        ...(after === undefined ? {} : { after }),
      });
      trades.push(...page.items.map(readTrade));
      after = page.next;
    } while (after !== undefined);
    return trades;
  }

  async find(tradeId: TradeId): Promise<ArbitrageTrade | undefined> {
    const { state } = this.options;
    const item = (await state.get(openKey(tradeId))) ?? (await state.get(endedKey(tradeId)));
    return item === undefined ? undefined : readTrade(item);
  }

  /** What trades have carried to the accumulator and nothing has closed: signed, in base. */
  async accumulated(): Promise<ReadonlyMap<AssetId, Decimal>> {
    return new Map((await this.carried()).map(({ base, quantity }) => [base, quantity]));
  }

  private async carried() {
    const page = { table: 'sagas', partition: ACCUMULATOR, limit: PAGE } as const;
    const { items } = await this.options.state.query(page);
    return items.map(({ key, version, attributes: { quantity } }) => ({
      base: key.sort as AssetId,
      quantity: quantity instanceof Decimal ? quantity : Decimal.ZERO,
      version,
    }));
  }

  /**
   * Forgets what was carried, and says so: whoever calls it closes positions, and what was carried
   * is in them.
   * @throws what the store throws
   */
  async forgetAccumulated(flatten: Pick<FlattenState, 'flattenId' | 'sinceUs'>): Promise<void> {
    const { state, outbox } = this.options;
    for (const { base, quantity, version } of await this.carried()) {
      if (quantity.isZero()) continue;
      const key = accumulatorKey(base);
      const conditions = [{ kind: 'version', version }] as const;
      const increment = { quantity: quantity.negate() };
      const entry = outbox.entry([carriedClosedRecord({ ...flatten, base, quantity, version })]);
      // Refused: a trade has ended meanwhile. It is looked at again.
      const { kind } = await transactSurely({
        ...{ state, outbox, entry, giveUp: () => this.closed },
        items: [{ kind: 'update', key, increment, conditions }, entry.item],
      });
      if (kind === 'committed') void outbox.publish(entry);
    }
  }

  /** Nothing is tried again from now on: what is not stored is not done. */
  close(): void {
    this.closed = true;
  }

  /** @returns whether it was made; tries for as long as storage is away */
  private async commit(
    trade: ArbitrageTrade,
    items: readonly TransactItem[],
    alerts: readonly NewRecord[] = trade.state === 'EXPOSED' ? [exposedRecord(trade)] : [],
  ): Promise<boolean> {
    const { state, outbox, logger } = this.options;
    const entry = outbox.entry([tradeRecord(trade), ...alerts]);
    const giveUp = (): boolean => this.closed;
    let doubtful = false;
    for (let attempt = 0; ; attempt += 1) {
      try {
        const result = await state.transact([...items, entry.item]);
        // A refusal may be that of our own first attempt, whose answer was lost.
        const made = result.kind === 'refused' && doubtful;
        if (result.kind === 'committed' || (made && (await outbox.wasMade(entry, { giveUp })))) {
          void outbox.publish(entry);
          return true;
        }
        if (result.kind === 'refused') return false;
      } catch (error) {
        if (this.closed || !isStorage(error)) throw error;
        doubtful ||= error.retry === 'unknown';
        const { tradeId } = trade;
        logger.error('trade.store_failed', 'a trade waits for storage', { error, tradeId });
      }
      await this.options.timers.sleep(
        fullJitterMs({ ...BACKOFF, attempt, random: this.options.random.next() }),
      );
    }
  }
}

const isStorage = (error: unknown): error is AtsError =>
  error instanceof AtsError &&
  (error.code === 'STORAGE_UNAVAILABLE' || error.code === 'STORAGE_QUEUE_FULL');

function tradeRecord(trade: ArbitrageTrade): NewRecord {
  return {
    topic: 'trades',
    key: trade.tradeId,
    headers: {
      schema: TRADE.fullName,
      eventId: `${trade.tradeId}:${trade.version}`,
      correlationId: trade.opportunityId ?? trade.tradeId,
    },
    payload: TRADE.encode(arbitrageTradeToWire(trade)),
  };
}

/** What a record of topic `trades` says. @throws MESSAGE_MALFORMED */
export const readTradeRecord = ({ payload }: NewRecord): ArbitrageTrade =>
  arbitrageTradeFromWire(TRADE.decode(payload));

/** @throws MESSAGE_MALFORMED when the item is no trade */
function readTrade({ key, attributes }: Item): ArbitrageTrade {
  const { trade } = attributes;
  if (trade instanceof Uint8Array) return arbitrageTradeFromWire(TRADE.decode(trade));
  throw new AtsError({
    code: 'MESSAGE_MALFORMED',
    message: `item ${key.sort} of table sagas is no trade`,
    remedy: 'Restore the state store from a backup; its contents were changed from outside.',
    context: { field: 'sagas', value: key.sort },
  });
}
