import { ledgerEntryFromWire, ledgerEntryToWire, wireCodec } from '@ats/contracts';
import { AtsError, type LedgerEntry } from '@ats/domain';
import {
  balanceItems,
  ledgerEntryRecord,
  type Movement,
  moveMoney,
  type Outbox,
  transactSurely,
} from '@ats/orders';
import type { Item, ItemKey, StateStore, TransactItem } from '@ats/storage';

/** What came of a movement; the same one is posted once, whoever asks for it again. */
export type PostOutcome =
  | { readonly kind: 'posted' | 'repeated'; readonly entry: LedgerEntry }
  | { readonly kind: 'refused'; readonly reason: 'FUNDS_INSUFFICIENT' | 'MOVEMENT_INVALID' };

const CODEC = wireCodec('ats.ledger.v1.LedgerEntry');
const CONFLICTS_MAX = 20;

/** The item whose existence says that a movement is posted. It never expires. */
export const postedKey = (entryId: string): ItemKey => ({
  table: 'idempotency',
  partition: 'ledger',
  sort: entryId,
});

export const postedAttributes = (entry: LedgerEntry) => ({
  entry: CODEC.encode(ledgerEntryToWire(entry)),
});

const postedItem = (entry: LedgerEntry): TransactItem => {
  return { kind: 'create', key: postedKey(entry.entryId), attributes: postedAttributes(entry) };
};

function entryOf(item: Item | undefined): LedgerEntry | undefined {
  const bytes = item?.attributes['entry'];
  return bytes instanceof Uint8Array ? ledgerEntryFromWire(CODEC.decode(bytes)) : undefined;
}

export interface LedgerDeskOptions {
  readonly state: StateStore;
  readonly outbox: Outbox;
  /** Whether to wait no longer for a store that does not answer. */
  readonly giveUp: () => boolean;
}

/** Posts money that comes or goes otherwise than by a fill. */
export class LedgerDesk {
  private readonly parts: LedgerDeskOptions;

  constructor(parts: LedgerDeskOptions) {
    this.parts = parts;
  }

  async post(movement: Movement): Promise<PostOutcome> {
    return this.postAll([movement]);
  }

  /**
   * Posts movements of one account together or not at all. `entry` of the outcome is the first.
   * Fewer than 33 of them, for what a transaction can hold.
   */
  async postAll(movements: readonly Movement[]): Promise<PostOutcome> {
    const { outbox } = this.parts;
    const made = movements.map(moveMoney);
    const entries = made.flatMap((one) => (one.kind === 'made' ? [one.entry] : []));
    const [first] = entries;
    const [movement] = movements;
    if (first === undefined || movement === undefined || entries.length < movements.length) {
      return { kind: 'refused', reason: 'MOVEMENT_INVALID' };
    }
    const { accountId, reference: correlationId, venue, asset } = movement;
    for (let attempt = 0; attempt < CONFLICTS_MAX; attempt += 1) {
      const entry = outbox.entry(
        entries.map((one) => ledgerEntryRecord(one, { accountId, correlationId })),
      );
      const items = [
        ...entries.map((one) => postedItem(one)),
        ...balanceItems(entries),
        entry.item,
      ];
      const result = await transactSurely({ ...this.parts, entry, items });
      if (result.kind === 'conflict') continue;
      if (result.kind === 'committed') {
        void outbox.publish(entry);
        return { kind: 'posted', entry: first };
      }
      const before = result.refusals.find((one) => one.key.table === 'idempotency');
      if (before === undefined) return { kind: 'refused', reason: 'FUNDS_INSUFFICIENT' };
      return { kind: 'repeated', entry: entryOf(before.current) ?? first };
    }
    throw new AtsError({
      code: 'STORAGE_UNAVAILABLE',
      message: 'a balance is being changed by others all the time',
      retry: 'safe',
      context: { field: 'balance', value: `${venue}/${asset}` },
    });
  }

  /** The entry that was posted under one of these ids, if any was. */
  async findPosted(entryIds: readonly string[]): Promise<LedgerEntry | undefined> {
    for (const entryId of entryIds) {
      const entry = entryOf(await this.parts.state.get(postedKey(entryId)));
      if (entry !== undefined) return entry;
    }
    return undefined;
  }
}
