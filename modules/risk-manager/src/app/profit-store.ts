import { assetId, Decimal, type InstrumentId, type VenueId } from '@ats/domain';
import type { ItemKey, StateStore } from '@ats/storage';
import { z } from 'zod';
import type { ProfitPoint } from '../domain/profit/profit-curve.ts';
import type { ProfitHistory } from '../domain/profit/windows.ts';
import type { Mark } from './mark-book.ts';

const KEY: ItemKey = { table: 'risk', partition: 'profit', sort: 'history' };

/** Beside the history: it is larger, and changes once a minute. */
const CURVE_KEY: ItemKey = { ...KEY, sort: 'curve' };

const decimal = z.string().transform(Decimal.parse);
const sums = z
  .array(z.tuple([z.string().transform(assetId), decimal]))
  .transform((pairs) => new Map(pairs));
const standing = z.object({
  atUs: z.number(),
  profit: decimal,
  realisedIn: sums,
  feesIn: sums,
  fundingIn: sums,
  unhedged: decimal,
});
const window = z.object({ startedAtUs: z.number(), start: standing });
const mark = z.object({
  venue: z.string().transform((text) => text as VenueId),
  instrument: z.string().transform((text) => text as InstrumentId),
  price: decimal,
  atUs: z.number(),
});
const storedSchema = z.object({
  history: z.object({
    last: standing,
    drawdown: z.object({ equity: decimal, peak: decimal, depth: decimal, deepest: decimal }),
    windows: z.object({ day: window, week: window, month: window }),
  }),
  marks: z.array(mark),
});

const curveSchema = z.array(
  z
    .tuple([z.number(), decimal, decimal])
    .transform(([atUs, profit, drawdown]) => ({ atUs, profit, drawdown })),
);

/** What is stored of profit: its history, and the marks that it was counted by. */
export interface StoredProfit {
  readonly history: ProfitHistory;
  readonly marks: readonly Mark[];
}

export class ProfitStore {
  private readonly state: StateStore;

  constructor(state: StateStore) {
    this.state = state;
  }

  async load(): Promise<StoredProfit | undefined> {
    const item = await this.state.get(KEY);
    if (item === undefined) return undefined;
    return storedSchema.parse(JSON.parse(String(item.attributes['json'])));
  }

  async loadCurve(): Promise<readonly ProfitPoint[]> {
    const item = await this.state.get(CURVE_KEY);
    return item === undefined ? [] : curveSchema.parse(JSON.parse(String(item.attributes['json'])));
  }

  async save(stored: StoredProfit): Promise<void> {
    const json = JSON.stringify(stored, (_key, value: unknown) =>
      value instanceof Map ? [...value] : value,
    );
    await this.put(KEY, json);
  }

  async saveCurve(curve: readonly ProfitPoint[]): Promise<void> {
    const points = curve.map(({ atUs, profit, drawdown }) => [atUs, profit, drawdown]);
    await this.put(CURVE_KEY, JSON.stringify(points));
  }

  private async put(key: ItemKey, json: string): Promise<void> {
    for (;;) {
      const { kind } = await this.state.transact([{ kind: 'update', key, set: { json } }]);
      if (kind !== 'conflict') return;
    }
  }
}
