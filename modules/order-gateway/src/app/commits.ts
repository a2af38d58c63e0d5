import { AtsError } from '@ats/domain';
import type { Outbox, OutboxEntry } from '@ats/orders';
import type { Logger, Timers } from '@ats/runtime';
import type { ItemRefusal, NewRecord, StateStore, TransactItem } from '@ats/storage';
import { gateClosed } from './gates.ts';

export interface CommitsOptions {
  readonly state: Pick<StateStore, 'transact' | 'get'>;
  readonly outbox: Pick<Outbox, 'entry' | 'publish'>;
  readonly timers: Timers;
  readonly logger: Logger;
  /** Entries that may wait for the log before nothing more is taken, unwinds included. */
  readonly unpublishedMax: number;
}

export type Committed =
  | { readonly kind: 'committed' }
  | { readonly kind: 'conditions'; readonly refusals: readonly ItemRefusal[] }
  | { readonly kind: 'failed'; readonly error: AtsError };

const CONFLICTS_MAX = 5;
const CONFLICT_PAUSE_MS = 5;
/** The store must say so often that a transaction did not happen before that is believed. */
const ABSENT_MAX = 3;
const LOOK_PAUSE_MS = 500;

/**
 * Makes one transaction with what is to be said of it in the log. Nothing is published that was
 * not committed, and all that was committed is published, also where the store could not say:
 * then the outbox entry itself is looked for.
 */
export class Commits {
  private readonly options: CommitsOptions;
  private unpublished = 0;
  private closed = false;

  constructor(options: CommitsOptions) {
    this.options = options;
  }

  async make(items: readonly TransactItem[], records: readonly NewRecord[]): Promise<Committed> {
    const { outbox, state, unpublishedMax, timers } = this.options;
    if (this.unpublished >= unpublishedMax) {
      const reason = `${this.unpublished} entries wait for the log`;
      return { kind: 'failed', error: gateClosed({ gate: 'outbox', venue: '', reason }) };
    }
    const entry = outbox.entry(records);
    const all = [...items, entry.item];
    for (let attempt = 1; ; attempt += 1) {
      try {
        const result = await state.transact(all);
        if (result.kind === 'committed') {
          this.publish(entry);
          return result;
        }
        if (result.kind === 'refused') return { kind: 'conditions', refusals: result.refusals };
      } catch (thrown) {
        return this.failed(thrown, entry);
      }
      if (attempt === CONFLICTS_MAX) {
        const reason = 'too many transactions are at the same balances';
        return { kind: 'failed', error: gateClosed({ gate: 'store', venue: '', reason }) };
      }
      await timers.sleep(CONFLICT_PAUSE_MS * attempt);
    }
  }

  /** Whether more can be taken. */
  health(): { readonly ok: boolean; readonly reason: string } {
    const ok = this.unpublished < this.options.unpublishedMax;
    return { ok, reason: ok ? '' : `${this.unpublished} entries wait for the log` };
  }

  /** What is still not known is found in the outbox at the next start. */
  close(): void {
    this.closed = true;
  }

  private publish(entry: OutboxEntry): void {
    this.unpublished += 1;
    void this.options.outbox.publish(entry).then(() => {
      this.unpublished -= 1;
    });
  }

  private failed(thrown: unknown, entry: OutboxEntry): Committed {
    if (!(thrown instanceof AtsError)) throw thrown;
    if (thrown.retry === 'unknown') void this.findOut(entry);
    return { kind: 'failed', error: thrown };
  }

  private async findOut(entry: OutboxEntry): Promise<void> {
    const { state, timers, logger } = this.options;
    this.unpublished += 1;
    try {
      for (let absent = 0; absent < ABSENT_MAX && !this.closed; ) {
        await timers.sleep(LOOK_PAUSE_MS);
        try {
          if ((await state.get(entry.key)) !== undefined) return this.publish(entry);
          absent += 1;
        } catch (error) {
          logger.warn('gateway.outcome.unknown', 'the store does not say what happened', { error });
        }
      }
    } finally {
      this.unpublished -= 1;
    }
  }
}
