import { Decimal } from '@ats/domain';
import { type Outbox, transactSurely } from '@ats/orders';
import type { NewRecord, StateStore, TransactItem } from '@ats/storage';
import { z } from 'zod';
import { limitId } from '../domain/limits/limit-change.ts';
import { LIMIT_NAMES, type LimitName } from '../domain/limits/limit-names.ts';
import type { LimitState } from '../domain/limits/limit-state.ts';

const PARTITION = 'limit-levels';
const PAGE = 1000;
/** States in one transaction. */
const SAVED_MAX = 50;

const stateSchema = z
  .object({
    name: z.enum(LIMIT_NAMES as readonly [LimitName, ...LimitName[]]),
    of: z.string(),
    level: z.enum(['ok', 'warn', 'breach']),
    value: z.string().transform(Decimal.parse),
    sinceUs: z.number(),
    raisedAtUs: z.number(),
    raises: z.number(),
    haltedAt: z.string().transform(Decimal.parse).optional(),
    halted: z.boolean(),
    figures: z.string(),
  })
  .transform(({ haltedAt, ...state }): LimitState => {
    return { ...state, haltedAt, calmSinceUs: undefined };
  });

/** A state and what people are told of how it came about. */
export interface LimitNews {
  readonly state: LimitState;
  readonly records: readonly NewRecord[];
}

/** Levels of limits as people were told of them: both are stored in one transaction. */
export class LimitStateStore {
  private readonly state: StateStore;
  private readonly outbox: Outbox;
  private closed = false;

  constructor(options: { readonly state: StateStore; readonly outbox: Outbox }) {
    this.state = options.state;
    this.outbox = options.outbox;
  }

  async load(): Promise<readonly LimitState[]> {
    const found: LimitState[] = [];
    let after: string | undefined;
    do {
      const more = after === undefined ? {} : { after };
      const query = { table: 'risk', partition: PARTITION, limit: PAGE, ...more } as const;
      const page = await this.state.query(query);
      for (const { attributes } of page.items) {
        found.push(stateSchema.parse(JSON.parse(String(attributes['json']))));
      }
      after = page.next;
    } while (after !== undefined);
    return found;
  }

  /**
   * Stores some, and publishes what is told of them.
   * @returns how many of the first
   * @throws what the store throws: nothing is stored then
   */
  async save(news: readonly LimitNews[]): Promise<number> {
    const some = news.slice(0, SAVED_MAX);
    const records = some.flatMap((one) => one.records);
    const states = some.map(({ state }): TransactItem => {
      const key = { table: 'risk', partition: PARTITION, sort: limitId(state) } as const;
      const { calmSinceUs, ...kept } = state;
      return { kind: 'update', key, set: { json: JSON.stringify(kept) } };
    });
    const entry = this.outbox.entry(records);
    const { state, outbox } = this;
    const giveUp = (): boolean => this.closed;
    const items = [...states, entry.item];
    const { kind } = await transactSurely({ state, outbox, entry, items, giveUp });
    if (kind !== 'committed') return 0;
    void outbox.publish(entry);
    return some.length;
  }

  close(): void {
    this.closed = true;
  }
}
