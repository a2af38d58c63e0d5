import type { AccountId, TradeId } from '@ats/domain';

/** A trade that is open, or approved and not begun. */
interface OpenTrade {
  readonly accountId: AccountId;
  /** The day that it counts for. */
  readonly day: string;
  /** When the store is asked whether it came to be; 0 for one that the log has told of. */
  readonly checkAtUs: number;
}

/** A trade that is only approved. */
export interface ApprovedTrade extends OpenTrade {
  readonly tradeId: TradeId;
}

/**
 * How many trades are open and how many were begun on a day, from the moment they are approved.
 * What the log has told of is counted by whoever keeps it; this adds what is only approved.
 */
export class TradeBook {
  private readonly trades = new Map<TradeId, OpenTrade>();
  /** Of those, how many are only approved, by the day that they count for. */
  private readonly approvedOn = new Map<string, number>();
  private readonly onChange: (tradeId: TradeId) => void;
  private begun = { day: '', count: 0 };

  /** @param onChange told of each trade that came to be approved, or is not only that any more */
  constructor(onChange: (tradeId: TradeId) => void = () => undefined) {
    this.onChange = onChange;
  }

  get openCount(): number {
    return this.trades.size;
  }

  has(tradeId: TradeId): boolean {
    return this.trades.has(tradeId);
  }

  begunOn(day: string): number {
    const told = this.begun.day === day ? this.begun.count : 0;
    return told + (this.approvedOn.get(day) ?? 0);
  }

  /** Counts what is approved; asked for again it counts once. */
  reserve(tradeId: TradeId, made: OpenTrade): void {
    if (this.trades.get(tradeId)?.checkAtUs !== 0) this.put(tradeId, made);
  }

  /** What the log says of a trade. */
  onTrade(tradeId: TradeId, seen: Omit<OpenTrade, 'checkAtUs'> & { readonly ended: boolean }) {
    const { ended, ...trade } = seen;
    this.put(tradeId, ended ? undefined : { ...trade, checkAtUs: 0 });
  }

  /** How many trades the log has told of on its newest day. */
  setBegun(begun: { readonly day: string; readonly count: number }): void {
    this.begun = begun;
  }

  /** More trades that the log has told of; a day before the newest is of no use any more. */
  addBegun(day: string, count: number): void {
    if (day === this.begun.day) this.begun = { day, count: this.begun.count + count };
    else if (day > this.begun.day) this.begun = { day, count };
  }

  /** Trades that the store is to be asked about now: did any order of them come to be? */
  due(nowUs: number): readonly ApprovedTrade[] {
    return this.approved().filter(({ checkAtUs }) => checkAtUs <= nowUs);
  }

  /** Nothing came of an approval. */
  drop(tradeId: TradeId): void {
    if (this.trades.get(tradeId)?.checkAtUs !== 0) this.put(tradeId, undefined);
  }

  /** Those that are only approved. */
  approved(): readonly ApprovedTrade[] {
    return [...this.trades]
      .filter(([, trade]) => isOnlyApproved(trade))
      .map(([tradeId, trade]) => ({ tradeId, ...trade }));
  }

  private put(tradeId: TradeId, trade: OpenTrade | undefined): void {
    const before = this.trades.get(tradeId);
    this.count(before, -1);
    if (isOnlyApproved(before) || isOnlyApproved(trade)) this.onChange(tradeId);
    if (trade === undefined) this.trades.delete(tradeId);
    else this.trades.set(tradeId, trade);
    this.count(trade, 1);
  }

  private count(trade: OpenTrade | undefined, by: number): void {
    if (!isOnlyApproved(trade)) return;
    const count = (this.approvedOn.get(trade.day) ?? 0) + by;
    if (count === 0) this.approvedOn.delete(trade.day);
    else this.approvedOn.set(trade.day, count);
  }
}

const isOnlyApproved = (trade: OpenTrade | undefined): trade is OpenTrade =>
  trade !== undefined && trade.checkAtUs !== 0;
