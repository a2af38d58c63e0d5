import { type WireMessages, wireCodec } from '@ats/contracts';
import { Decimal } from '@ats/domain';
import type { Clock } from '@ats/runtime';
import type { ItemKey, LogRecord, StateStore, TransactItem } from '@ats/storage';
import type { Kept } from './log-follower.ts';

type Trade = Pick<
  WireMessages['ats.execution.v1.ArbitrageTrade'],
  'tradeId' | 'unhedgedUsdSeconds'
>;

const TRADE = wireCodec('ats.execution.v1.ArbitrageTrade');
const SUM: ItemKey = { table: 'risk', partition: 'unhedged', sort: 'sum' };
/** How long a trade is known: its events come again soon or not at all. */
const KEPT_US = 7 * 86_400_000_000;
/** Digits of a measured figure. */
const SCALE = 3;

const markKey = (tradeId: string): ItemKey => {
  return { table: 'risk', partition: `unhedged/${tradeId}`, sort: '' };
};

const exact = (usdSeconds: number): Decimal =>
  Decimal.fromNumber(Math.round(usdSeconds * 10 ** SCALE)).divide(new Decimal(1000n, 0), {
    scale: SCALE,
    rounding: 'half-even',
  });

/** Value that trades left open times the time it was, since ever, from their events on the log. */
export class UnhedgedKeeper implements Kept<Trade> {
  readonly topic = 'trades';
  /** Others follow trades for other ends. */
  readonly purpose = 'unhedged';
  private readonly state: StateStore;
  private readonly clock: Clock;
  private sum = Decimal.ZERO;

  constructor(options: { readonly state: StateStore; readonly clock: Clock }) {
    this.state = options.state;
    this.clock = options.clock;
  }

  /** In the numeraire, times seconds. */
  get total(): Decimal {
    return this.sum;
  }

  read(record: LogRecord): Trade | undefined {
    const { tradeId, unhedgedUsdSeconds } = TRADE.decode(record.payload);
    return unhedgedUsdSeconds > 0 ? { tradeId, unhedgedUsdSeconds } : undefined;
  }

  async load(): Promise<void> {
    const sum = (await this.state.get(SUM))?.attributes['usdSeconds'];
    this.sum = sum instanceof Decimal ? sum : Decimal.ZERO;
  }

  itemsOf({ tradeId }: Trade): readonly string[] {
    return [tradeId, SUM.sort];
  }

  async count(trades: readonly Trade[]): Promise<boolean> {
    const most = new Map<string, Decimal>();
    for (const { tradeId, unhedgedUsdSeconds } of trades) {
      const figure = exact(unhedgedUsdSeconds);
      most.set(tradeId, figure.max(most.get(tradeId) ?? Decimal.ZERO));
    }
    const expiresAtUs = this.clock.nowUs() + KEPT_US;
    let more = Decimal.ZERO;
    const marks: TransactItem[] = [];
    const known = await Promise.all(
      [...most].map(async ([id, figure]) => ({
        id,
        figure,
        item: await this.state.get(markKey(id)),
      })),
    );
    for (const { id, figure, item } of known) {
      const counted = item?.attributes['usdSeconds'];
      const before = counted instanceof Decimal ? counted : Decimal.ZERO;
      // The figure of a trade only grows: what is less came late.
      if (!figure.greaterThan(before)) continue;
      more = more.add(figure.subtract(before));
      const what = { key: markKey(id), attributes: { usdSeconds: figure }, expiresAtUs };
      marks.push(
        item === undefined
          ? { kind: 'create', ...what }
          : { kind: 'replace', ifVersion: item.version, ...what },
      );
    }
    if (marks.length === 0) return true;
    const sum: TransactItem = { kind: 'update', key: SUM, increment: { usdSeconds: more } };
    const result = await this.state.transact([...marks, sum]);
    if (result.kind !== 'committed') return false;
    this.sum = this.sum.add(more);
    return true;
  }
}
