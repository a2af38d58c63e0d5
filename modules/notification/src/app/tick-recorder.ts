import { type Alert, AtsError } from '@ats/domain';
import { readAlert } from '@ats/orders';
import type {
  AlertTick,
  EventLog,
  LogBatch,
  LogRecord,
  LogSubscription,
  StateStore,
  TickStore,
} from '@ats/storage';
import { messageRecord } from './delivery-history.ts';
import type { FinishedMessage } from './dispatcher.ts';
import { keys } from './keys.ts';
import { put, readJson } from './stored.ts';

/** Apart from the group that tells people: a tick store that is away holds up nobody's alerts. */
const GROUP = 'notification.record';
const BATCH_MAX = 256;
/** Messages that may be in the tick store's queue at once. */
const PAGE = 200;

export interface TickRecorderOptions {
  readonly log: EventLog;
  readonly store: Pick<StateStore, 'get' | 'query' | 'transact'>;
  /** Opened when there is something to write. */
  readonly ticks: () => Promise<TickStore>;
}

/**
 * Copies into the tick store what is durable elsewhere: alerts from the log, ended messages from
 * the history. How far it has come is stored once what it wrote can be read, so that nothing is
 * left out whatever is killed; around a kill some lines may be there twice.
 */
export class TickRecorder {
  private readonly options: TickRecorderOptions;
  private subscription: LogSubscription | undefined;
  /** The last alert that the queue took, by partition: a failed flush does not queue it again. */
  private readonly queued = new Map<number, number>();
  /** Where the history is recorded to, and what of it the queue has; undefined until it is read. */
  private place: { readonly recorded: string; readonly queued: string } | undefined;
  private failure: string | undefined;

  constructor(options: TickRecorderOptions) {
    this.options = options;
  }

  async start(): Promise<void> {
    this.subscription = await this.options.log.subscribe({
      group: GROUP,
      topics: ['alerts'],
      batchMax: BATCH_MAX,
      handle: (batch) => this.handle(batch),
    });
  }

  /** Why alerts are not recorded; undefined when they are. */
  get trouble(): string | undefined {
    return this.failure;
  }

  async close(): Promise<void> {
    await this.subscription?.close();
  }

  /** Records messages that have ended since the last time. @throws when the tick store is away */
  async recordMessages(): Promise<void> {
    const { store } = this.options;
    this.place ??= await this.storedPlace();
    for (;;) {
      let queued: string = this.place.queued;
      if (queued === this.place.recorded) {
        const query = { table: 'notifications', partition: 'history', limit: PAGE } as const;
        const { items } = await store.query(queued === '' ? query : { ...query, after: queued });
        if (items.length === 0) return;
        const ticks = await this.options.ticks();
        for (const item of items) {
          if (!ticks.append(messageRecord(readJson<FinishedMessage>(item)))) throw queueFull();
          queued = item.key.sort;
          this.place = { ...this.place, queued };
        }
      }
      await (await this.options.ticks()).flush();
      await store.transact([put(keys.recorded(), queued)]);
      this.place = { recorded: queued, queued };
    }
  }

  private async storedPlace(): Promise<{ readonly recorded: string; readonly queued: string }> {
    const item = await this.options.store.get(keys.recorded());
    const recorded = item === undefined ? '' : readJson<string>(item);
    return { recorded, queued: recorded };
  }

  private async handle(batch: LogBatch): Promise<void> {
    try {
      const ticks = await this.options.ticks();
      const { partition } = batch;
      for (const record of batch.records) {
        if (record.offset <= (this.queued.get(partition) ?? -1)) continue;
        const tick = alertRecord(record);
        if (tick !== undefined && !ticks.append(tick)) throw queueFull();
        this.queued.set(partition, record.offset);
      }
      await ticks.flush();
      await batch.commit();
      this.failure = undefined;
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
      throw error;
    }
  }
}

/** Undefined for what cannot be read: those who tell people park it. */
function alertRecord(record: LogRecord): AlertTick | undefined {
  let alert: Alert;
  try {
    alert = readAlert(record);
  } catch (error) {
    if (error instanceof AtsError) return undefined;
    throw error;
  }
  const { alertId, key, severity, area, summary, venue = '', instrument = '' } = alert;
  return {
    ...{ kind: 'alert', venue, instrument, receivedAtUs: record.loggedAtUs },
    ...{ alertId, key, severity, area, summary },
    change: alert.resolvedAtUs === undefined ? 'raised' : 'resolved',
    record: JSON.stringify(alert),
  };
}

const queueFull = (): AtsError =>
  new AtsError({
    code: 'STORAGE_QUEUE_FULL',
    message: 'the tick store takes nothing more now',
    remedy: 'It is tried again by itself; see why the tick store is behind.',
    retry: 'safe',
  });
