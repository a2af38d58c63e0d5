/**
 * The closed list of topics. A topic's partitions never change in number: that would send a key
 * elsewhere and break its order. `key` says what the key of a record is, and so what is in order.
 */
export const LOG_TOPICS = {
  'orders.commands': { partitions: 8, key: 'account id: all orders of an account are in order' },
  'orders.events': { partitions: 8, key: 'account id' },
  'exec.reports': { partitions: 8, key: 'account id of the order that it reports on' },
  'risk.decisions': { partitions: 4, key: 'opportunity or order id' },
  trades: { partitions: 4, key: 'trade id' },
  'ledger.entries': { partitions: 8, key: 'account id' },
  alerts: { partitions: 1, key: 'what the alert is about' },
  access: { partitions: 1, key: 'who did it' },
} as const;

export type WorkTopic = keyof typeof LOG_TOPICS;
/** Where the records of a topic go that nobody can handle; one partition. */
export type DeadTopic = `${WorkTopic}.dead`;
export type LogTopic = WorkTopic | DeadTopic;

export interface LogHeaders {
  /** Full name of the payload's message, such as `ats.order.v1.OrderEvent`. */
  readonly schema: string;
  /** The event's own id: the same event appended twice has it twice. */
  readonly eventId: string;
  /** Leads to the call or the market frame that caused the event. */
  readonly correlationId: string;
  /** W3C trace context. */
  readonly traceparent?: string;
  /** On a dead-letter topic: where the record came from and why it is here. */
  readonly deadLetter?: DeadLetter;
}

export interface DeadLetter {
  readonly topic: LogTopic;
  readonly partition: number;
  readonly offset: number;
  /** The group that could not handle it. */
  readonly group: string;
  readonly reason: string;
}

export interface NewRecord {
  readonly topic: LogTopic;
  /** Records of one key are in one partition, in the order in which they were appended. */
  readonly key: string;
  readonly headers: LogHeaders;
  readonly payload: Uint8Array;
}

/** Where a record stands. Offsets of a partition count from 0 and grow. */
export interface LogPosition {
  readonly topic: LogTopic;
  readonly partition: number;
  readonly offset: number;
}

export interface LogRecord extends NewRecord, LogPosition {
  /** When it entered the log, microseconds since the epoch. */
  readonly loggedAtUs: number;
}

/** What is delivered at once: records of one partition, in order, at least one. */
export interface LogBatch {
  readonly topic: LogTopic;
  readonly partition: number;
  readonly records: readonly LogRecord[];
  /**
   * Says that everything up to and with `record` (the batch's last unless given) has had its
   * effect, so that the group goes on after it. Resolves when that is durable. May be called
   * after the handler has ended. Never moves the group backwards.
   *
   * @returns `lost` when another member of the group has the partition now.
   */
  commit(record?: LogRecord): Promise<{ readonly kind: 'committed' | 'lost' }>;
  /**
   * Puts a record that can never be handled onto the dead-letter topic, durably; the caller then
   * goes on as if it had handled it. After a crash between the two it may be there twice.
   */
  park(record: LogRecord, reason: string): Promise<void>;
}

export interface SubscribeOptions {
  /** Each record goes to one member of a group; groups do not know of each other. */
  readonly group: string;
  readonly topics: readonly LogTopic[];
  /** Where a group begins that has never committed. `start` unless told. */
  readonly from?: 'start' | 'end';
  /** Records in a batch at most; 256 unless told. */
  readonly batchMax?: number;
  /**
   * Called with one batch at a time for each partition. When it rejects, what it has not committed
   * is delivered again after a growing delay, for ever, and the partition waits: a handler that
   * knows that trying again is useless parks the record.
   */
  handle(batch: LogBatch): Promise<void>;
}

export interface LogSubscription {
  /** The partitions that this member has now. */
  readonly assigned: readonly { readonly topic: LogTopic; readonly partition: number }[];
  /** Delivers nothing more; resolves when the handlers under way have ended. */
  close(): Promise<void>;
}

/** How far a group is behind in one partition. */
export interface PartitionLag {
  readonly topic: LogTopic;
  readonly partition: number;
  /** The first offset that is not committed. */
  readonly committed: number;
  /** The offset that the next record will get. */
  readonly next: number;
  readonly lag: number;
}

export interface ReadOptions {
  readonly topic: LogTopic;
  readonly partition: number;
  /** The first offset wanted. */
  readonly from: number;
  /** Records wanted at most; 1000 unless told. */
  readonly limit?: number;
}

/** The limits of every adapter. */
export const LOG_LIMITS = { recordBytesMax: 1_000_000, keyBytesMax: 512 } as const;

/**
 * Says what happened.
 *
 * Ordering: records of one key are in one partition in the order of the calls of `append`, and
 * are delivered in that order. Across partitions there is none.
 * Durability: `append` and `commit` resolve when the record or the offset survives a crash; nothing
 * is delivered before that.
 * Delivery: at least once for each group. What was delivered and not committed comes again after a
 * failure, a restart or a rebalance; handlers recognise an event by `headers.eventId`.
 * Idempotency: none; what is appended twice is there twice, with one event id. After
 * STORAGE_UNAVAILABLE with retry `unknown` a record may or may not be there.
 * When full: a bounded queue of records waits for the disk or the brokers; beyond it `append`
 * rejects with STORAGE_QUEUE_FULL (retry `safe`: nothing happened). A slow consumer holds nobody
 * up: its lag grows, and that is a metric. What breaks `LOG_LIMITS` is STORAGE_INPUT_INVALID.
 */
export interface EventLog {
  append(record: NewRecord): Promise<LogPosition>;
  /** Resolves when the member has joined its group. */
  subscribe(options: SubscribeOptions): Promise<LogSubscription>;
  /** Reads without a group, to replay; an empty list at the end. */
  read(options: ReadOptions): Promise<readonly LogRecord[]>;
  /** One entry for each partition of the topics. */
  lag(options: {
    readonly group: string;
    readonly topics: readonly LogTopic[];
  }): Promise<readonly PartitionLag[]>;
  health(): { readonly ok: boolean; readonly reason: string };
  /** Ends the subscriptions, finishes what waits, then closes. */
  close(): Promise<void>;
}
