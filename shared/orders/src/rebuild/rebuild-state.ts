import {
  type AttributeInput,
  type EventLog,
  type ItemKey,
  type LogRecord,
  type LogTopic,
  partitionsOf,
} from '@ats/storage';

/** An item of the state as the log makes it. */
export interface RebuiltItem {
  readonly key: ItemKey;
  readonly attributes: Readonly<Record<string, AttributeInput>>;
  readonly expiresAtUs?: number;
}

/** Makes a service's items of the log alone: it is shown every record of its topics, then asked. */
export interface Rebuilder {
  readonly topics: readonly LogTopic[];
  /** Records of one partition in order; a record can come twice, with one event id. */
  add(record: LogRecord): void;
  items(): Iterable<RebuiltItem>;
}

/** What the log alone makes of the state. */
export interface RebuiltState {
  readonly items: readonly RebuiltItem[];
  /** Records that were read. */
  readonly records: number;
}

const READ_MAX = 1000;

/** Reads the whole log, each topic once. What it makes of it is kept in memory. */
export async function rebuildState(options: {
  readonly log: Pick<EventLog, 'read'>;
  readonly rebuilders: readonly Rebuilder[];
  readonly nowUs: number;
}): Promise<RebuiltState> {
  const { log, rebuilders, nowUs } = options;
  let records = 0;
  for (const topic of new Set(rebuilders.flatMap(({ topics }) => topics))) {
    const wanting = rebuilders.filter(({ topics }) => topics.includes(topic));
    for await (const record of recordsOf(log, topic)) {
      records += 1;
      for (const one of wanting) one.add(record);
    }
  }
  const items = rebuilders.flatMap((one) => [...one.items()]);
  return { items: items.filter(({ expiresAtUs }) => (expiresAtUs ?? nowUs + 1) > nowUs), records };
}

async function* recordsOf(log: Pick<EventLog, 'read'>, topic: LogTopic) {
  for (let partition = 0; partition < partitionsOf(topic); partition += 1) {
    for (let from = 0; ; ) {
      const records = await log.read({ topic, partition, from, limit: READ_MAX });
      const last = records.at(-1);
      if (last === undefined) break;
      yield* records;
      from = last.offset + 1;
    }
  }
}
