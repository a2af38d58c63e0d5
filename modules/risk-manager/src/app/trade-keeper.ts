import { arbitrageTradeFromWire, wireCodec } from '@ats/contracts';
import {
  type AccountId,
  type ArbitrageTrade,
  accountId,
  Decimal,
  TRADE_ENDS,
  type TradeId,
  tradeId,
} from '@ats/domain';
import type { Clock } from '@ats/runtime';
import type { Item, ItemKey, LogRecord, StateStore, TransactItem } from '@ats/storage';
import type { TradeBook } from '../domain/working/trade-book.ts';
import type { Kept } from './log-follower.ts';

const TRADE = wireCodec('ats.execution.v1.ArbitrageTrade');
/** How long a trade that has ended is known: its records come again soon or not at all. */
const ENDED_KEPT_US = 7 * 86_400_000_000;
const OPEN = 'open-trades';
const BEGUN = 'trades-begun';
const OPEN_MAX = 1000;

const markKey = (id: TradeId): ItemKey => ({ table: 'risk', partition: `trade/${id}`, sort: '' });
const openKey = (id: TradeId): ItemKey => ({ table: 'risk', partition: OPEN, sort: id });

const hasEnded = ({ state }: ArbitrageTrade): boolean =>
  (TRADE_ENDS as readonly string[]).includes(state);

/** Which trades are open and how many were begun on a day, from the trades on the log. */
export class TradeKeeper implements Kept<ArbitrageTrade> {
  readonly topic = 'trades';
  private readonly options: {
    readonly state: StateStore;
    readonly clock: Clock;
    readonly book: TradeBook;
    readonly dayOf: (atUs: number) => string;
    /** Told of trades that have ended: of what was approved for them nothing comes any more. */
    readonly onEnded: (trade: { accountId: AccountId; tradeId: TradeId }) => void;
  };

  constructor(options: TradeKeeper['options']) {
    this.options = options;
  }

  read({ payload }: LogRecord): ArbitrageTrade {
    return arbitrageTradeFromWire(TRADE.decode(payload));
  }

  async load(): Promise<void> {
    const { state, book } = this.options;
    const { items } = await state.query({ table: 'risk', partition: OPEN, limit: OPEN_MAX });
    for (const { key, attributes } of items) {
      const [day, account] = [String(attributes['day']), accountId(String(attributes['account']))];
      book.onTrade(tradeId(key.sort), { accountId: account, day, ended: false });
    }
    const query = { table: 'risk', partition: BEGUN, order: 'descending', limit: 1 } as const;
    const [newest] = (await state.query(query)).items;
    if (newest !== undefined) book.setBegun({ day: newest.key.sort, count: countOf(newest) });
  }

  /** Of a trade: how far it is known, whether it is open, and how many were begun on its day. */
  itemsOf({ tradeId: id, createdAtUs }: ArbitrageTrade): readonly string[] {
    return [`${id} known`, `${id} open`, this.options.dayOf(createdAtUs)];
  }

  async count(trades: readonly ArbitrageTrade[]): Promise<boolean> {
    const { state, book, dayOf } = this.options;
    const newest = new Map<TradeId, ArbitrageTrade>();
    for (const trade of trades) {
      const before = newest.get(trade.tradeId);
      if (before === undefined || before.version < trade.version) newest.set(trade.tradeId, trade);
    }
    const all = [...newest.values()];
    const marks = await Promise.all(all.map(({ tradeId: id }) => state.get(markKey(id))));
    const fresh = all.flatMap((trade, index) => {
      const mark = marks[index];
      return mark === undefined || versionOf(mark) < trade.version ? [{ trade, mark }] : [];
    });
    if (fresh.length === 0) return true;
    const begun = new Map<string, bigint>();
    for (const { trade, mark } of fresh) {
      // What closes a remainder of others is no trade that anybody has begun.
      if (mark !== undefined || trade.origin === 'accumulator') continue;
      const day = dayOf(trade.createdAtUs);
      begun.set(day, (begun.get(day) ?? 0n) + 1n);
    }
    const items = [
      ...fresh.flatMap(({ trade, mark }) => this.items(trade, mark)),
      ...[...begun].map(([day, count]): TransactItem => {
        const key = { table: 'risk', partition: BEGUN, sort: day } as const;
        return { kind: 'update', key, increment: { count } };
      }),
    ];
    const result = await state.transact(items);
    if (result.kind !== 'committed') return false;
    for (const { trade } of fresh) this.tell(trade);
    for (const [day, count] of begun) book.addBegun(day, Number(count));
    return true;
  }

  private tell(trade: ArbitrageTrade): void {
    const { book, dayOf, onEnded } = this.options;
    const { accountId: account, tradeId: id, createdAtUs } = trade;
    const ended = hasEnded(trade);
    book.onTrade(id, { accountId: account, day: dayOf(createdAtUs), ended });
    if (ended) onEnded({ accountId: account, tradeId: id });
  }

  private items(trade: ArbitrageTrade, mark: Item | undefined): readonly TransactItem[] {
    const { clock, dayOf } = this.options;
    const { tradeId: id, version, createdAtUs } = trade;
    const ended = hasEnded(trade);
    const marked = {
      key: markKey(id),
      attributes: { version: BigInt(version) },
      ...(ended ? { expiresAtUs: clock.nowUs() + ENDED_KEPT_US } : {}),
    };
    const set = { day: dayOf(createdAtUs), account: trade.accountId };
    return [
      mark === undefined
        ? { kind: 'create', ...marked }
        : { kind: 'replace', ifVersion: mark.version, ...marked },
      ended ? { kind: 'delete', key: openKey(id) } : { kind: 'update', key: openKey(id), set },
    ];
  }
}

const numberOf = ({ attributes }: Item, name: string): number => {
  const value = attributes[name];
  return value instanceof Decimal ? value.toNumber() : 0;
};
const versionOf = (mark: Item): number => numberOf(mark, 'version');
const countOf = (begun: Item): number => numberOf(begun, 'count');
