import { join } from 'node:path';
import { type AccountId, AtsError, type OrderEvent } from '@ats/domain';
import { seededRandom, systemClock, systemTimers } from '@ats/runtime';
import {
  type EventLog,
  type LogRecord,
  openLmdbEventLog,
  openLmdbStateStore,
  partitionOf,
  type StateStore,
} from '@ats/storage';
import { memoryMetrics, silentLogger } from '@ats/testkit';
import { Outbox, orderEventRecord } from '../../src/index.ts';
import { ALICE, newOrder } from '../samples.ts';

/** Whether the log takes the records that come now. */
export interface LogSwitch {
  takes: (eventId: string) => boolean;
}

/** The real log behind a line that can be cut. */
function cuttable(log: EventLog, line: LogSwitch): EventLog {
  return {
    append(record) {
      if (line.takes(record.headers.eventId)) return log.append(record);
      const message = 'the line to the log is cut';
      return Promise.reject(new AtsError({ code: 'STORAGE_UNAVAILABLE', message, retry: 'safe' }));
    },
    subscribe: (options) => log.subscribe(options),
    read: (options) => log.read(options),
    lag: (options) => log.lag(options),
    health: () => log.health(),
    close: () => log.close(),
  };
}

/** An outbox on a real log and a real store in a folder. */
export class OutboxStage {
  readonly metrics = memoryMetrics();
  readonly line: LogSwitch = { takes: () => true };
  readonly state: StateStore;
  readonly log: EventLog;
  readonly outbox: Outbox;

  private constructor(state: StateStore, log: EventLog) {
    this.state = state;
    this.log = cuttable(log, this.line);
    this.outbox = new Outbox({
      owner: 'test',
      state,
      log: this.log,
      clock: systemClock,
      timers: systemTimers,
      random: seededRandom(1).stream('outbox'),
      logger: silentLogger(),
      metrics: this.metrics,
    });
  }

  static async open(folder: string): Promise<OutboxStage> {
    const logger = silentLogger();
    const parts = { clock: systemClock, timers: systemTimers, logger, metrics: memoryMetrics() };
    const state = await openLmdbStateStore({ ...parts, folder: join(folder, 'state') });
    const log = await openLmdbEventLog({ ...parts, folder: join(folder, 'log') });
    return new OutboxStage(state, log);
  }

  /** Commits a transaction that tells of one version of one order. */
  async commit(name: string, version: number) {
    const entry = this.outbox.entry([eventRecord(name, version)]);
    const result = await this.state.transact([entry.item]);
    if (result.kind !== 'committed') throw new Error(`not committed: ${result.kind}`);
    return entry;
  }

  /** Event ids in the order in which the log has them, repeats among them. */
  async told(): Promise<readonly string[]> {
    const partition = partitionOf('orders.events', ALICE);
    const all: LogRecord[] = [];
    for (;;) {
      const page = await this.log.read({ topic: 'orders.events', partition, from: all.length });
      if (page.length === 0) return all.map(({ headers }) => headers.eventId);
      all.push(...page);
    }
  }

  async stored(): Promise<number> {
    const page = await this.state.query({ table: 'outbox', partition: 'test', limit: 1000 });
    return page.items.length;
  }

  async close(): Promise<void> {
    await this.outbox.close();
    await this.log.close();
    await this.state.close();
  }
}

export function eventRecord(name: string, version: number, accountId: AccountId = ALICE) {
  const order = { ...newOrder(), orderId: name as OrderEvent['order']['orderId'], version };
  return orderEventRecord(
    { order: { ...order, accountId }, previousStatus: 'NEW', occurredAtUs: 1 },
    { correlationId: name },
  );
}
