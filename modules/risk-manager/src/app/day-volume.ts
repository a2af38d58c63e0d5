import { type AssetId, assetId, Decimal } from '@ats/domain';
import type { ItemKey, StateStore, TransactItem } from '@ats/storage';
import type { TradedVolume } from '../domain/allotment.ts';
import type { Markets } from '../domain/exposure/markets.ts';

const PARTITION = 'volume';
/** Days that are kept in memory: the newest. */
const DAYS = 2;

/** By day, what was bought and sold in each money. */
export type Volumes = ReadonlyMap<string, ReadonlyMap<AssetId, Decimal>>;

/** What was bought and sold by day and money; stored with the positions that it made. */
export class DayVolume implements TradedVolume {
  private readonly state: StateStore;
  private readonly markets: Markets;
  private days = new Map<string, Map<AssetId, Decimal>>();

  constructor(options: { readonly state: StateStore; readonly markets: Markets }) {
    this.state = options.state;
    this.markets = options.markets;
  }

  async load(): Promise<void> {
    const query = { table: 'risk', partition: PARTITION, order: 'descending' } as const;
    const { items } = await this.state.query({ ...query, limit: DAYS });
    const days = items.map(({ key, attributes }) => {
      const amounts = Object.entries(attributes).flatMap(([money, amount]) =>
        amount instanceof Decimal ? [[assetId(money), amount] as const] : [],
      );
      return [key.sort, new Map(amounts)] as const;
    });
    this.days = new Map(days);
  }

  /** The steps that store more of it. */
  items(volumes: Volumes): readonly TransactItem[] {
    return [...volumes].map(([day, amounts]) => {
      const key: ItemKey = { table: 'risk', partition: PARTITION, sort: day };
      return { kind: 'update', key, increment: Object.fromEntries(amounts) };
    });
  }

  /** Counts what has been stored. */
  add(volumes: Volumes): void {
    for (const [day, amounts] of volumes) {
      const known = this.days.get(day) ?? new Map<AssetId, Decimal>();
      this.days.set(day, known);
      for (const [money, amount] of amounts) {
        known.set(money, (known.get(money) ?? Decimal.ZERO).add(amount));
      }
    }
    for (const old of [...this.days.keys()].sort().slice(0, -DAYS)) this.days.delete(old);
  }

  on(day: string): Decimal | undefined {
    let sum = Decimal.ZERO;
    for (const [money, amount] of this.days.get(day) ?? []) {
      const rate = this.markets.rateOf(money);
      if (rate === undefined) return undefined;
      sum = sum.add(amount.multiply(rate));
    }
    return sum;
  }
}
