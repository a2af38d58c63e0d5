import { createHash } from 'node:crypto';
import type {
  EventLog,
  LogBatch,
  LogPosition,
  LogRecord,
  LogTopic,
  NewRecord,
  SubscribeOptions,
} from '@ats/storage';
import { killedWriter, type WriterProgram } from './killed-writer.ts';
import { settle } from './manual-time.ts';
import { type MemoryMetrics, memoryMetrics } from './memory-metrics.ts';
import { type SilentLogger, silentLogger } from './silent-logger.ts';
import { until } from './until.ts';

/** What an adapter must be opened with in a test. */
export interface EventLogEnvironment {
  readonly logger: SilentLogger;
  readonly metrics: MemoryMetrics;
  readonly queueMax: number;
  readonly queueBytesMax: number;
}

export interface EventLogContract {
  /** Opens the log; each time the same records and commits are found in it. */
  open(environment: EventLogEnvironment): Promise<EventLog>;
  /** Makes the place empty; called before each test. */
  reset(): Promise<void>;
  /** A program that opens the same place and calls `appendForEver`. */
  readonly writer: () => WriterProgram;
}

const WRITERS = 16;
const TOPIC = 'orders.events';

/** A record with every header, whose payload proves itself. */
export function sampleRecord(
  options: { topic?: LogTopic; key?: string; number?: number } = {},
): NewRecord {
  const { topic = TOPIC, key = 'account', number = 0 } = options;
  const text = `${key} ${number}`;
  const digest = createHash('sha256').update(text).digest('hex');
  return {
    topic,
    key,
    headers: {
      schema: 'ats.order.v1.OrderEvent',
      eventId: text,
      correlationId: 'correlation',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    },
    payload: new TextEncoder().encode(`${text} ${digest}`),
  };
}

/**
 * Appends from many writers at once, each with a key of its own, and prints partition, offset and
 * event id of each record once it is acknowledged. Never returns: to be killed.
 */
export async function appendForEver(log: EventLog): Promise<void> {
  const writer = async (key: string): Promise<void> => {
    for (let number = 0; ; number += 1) {
      const record = sampleRecord({ key, number });
      const { partition, offset } = await log.append(record);
      process.stdout.write(`${partition} ${offset} ${record.headers.eventId}\n`);
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, (_, index) => writer(`k${index}`)));
}

class Stage {
  readonly contract: EventLogContract;
  readonly environment: EventLogEnvironment = {
    logger: silentLogger(),
    metrics: memoryMetrics(),
    queueMax: 1000,
    queueBytesMax: 1_000_000,
  };
  log!: EventLog;

  constructor(contract: EventLogContract) {
    this.contract = contract;
  }

  async open(): Promise<void> {
    await this.contract.reset();
    this.log = await this.contract.open(this.environment);
  }

  async reopen(): Promise<void> {
    await this.log.close();
    this.log = await this.contract.open(this.environment);
  }

  /** Appends numbered records of one key, all at once. */
  append(count: number, { key = 'account', from = 0 } = {}): Promise<LogPosition[]> {
    const numbers = Array.from({ length: count }, (_, index) => from + index);
    return Promise.all(numbers.map((number) => this.log.append(sampleRecord({ key, number }))));
  }

  async partitionOf(key: string): Promise<number> {
    return (await this.log.append(sampleRecord({ key, number: -1 }))).partition;
  }

  /** Subscribes and collects what comes; commits every batch unless told otherwise. */
  async collect(options: Partial<SubscribeOptions> & { commits?: boolean } = {}) {
    const { commits = true, ...rest } = options;
    const records: LogRecord[] = [];
    const handle = async (batch: LogBatch): Promise<void> => {
      records.push(...batch.records);
      if (commits) await batch.commit();
    };
    const given = { group: 'oms', topics: [TOPIC] as const, handle, ...rest };
    const subscription = await this.log.subscribe(given);
    return { records, subscription, close: () => subscription.close() };
  }
}

const ids = (records: readonly LogRecord[]): string[] => records.map((one) => one.headers.eventId);
const named = (from: number, to: number, key = 'account'): string[] =>
  Array.from({ length: to - from }, (_, index) => `${key} ${from + index}`);
const received = (records: readonly LogRecord[], count: number): Promise<unknown> =>
  until(() => records.length >= count, { what: `${count} records` });

function appendHalf(stage: () => Stage): void {
  it('gives back a record with every header, exactly', async () => {
    const record = { ...sampleRecord({ key: 'é 1' }), payload: Uint8Array.from([0, 255, 1]) };
    const position = await stage().log.append(record);
    const { topic, partition, offset } = position;
    const [found] = await stage().log.read({ topic, partition, from: offset });
    expect(found).toEqual({ ...record, ...position, loggedAtUs: found?.loggedAtUs });
    expect(Number.isSafeInteger(found?.loggedAtUs)).toBe(true);
  });

  it('keeps one key in one partition, in the order of the calls, without gaps', async () => {
    const positions = await stage().append(300);
    const [first] = positions;
    expect(positions).toEqual(positions.map((_, offset) => ({ ...first, offset })));
    const { topic, partition } = first as LogPosition;
    expect(ids(await stage().log.read({ topic, partition, from: 0 }))).toEqual(named(0, 300));
  });

  it('replays from any offset, as much as asked for', async () => {
    const [first] = await stage().append(50);
    const { topic, partition } = first as LogPosition;
    const some = await stage().log.read({ topic, partition, from: 20, limit: 10 });
    expect(ids(some)).toEqual(named(20, 30));
    expect(await stage().log.read({ topic, partition, from: 50 })).toEqual([]);
  });

  it('spreads keys over partitions', async () => {
    const keys = Array.from({ length: 64 }, (_, index) => `account-${index}`);
    const partitions = await Promise.all(keys.map((key) => stage().partitionOf(key)));
    expect(new Set(partitions).size).toBeGreaterThan(4);
  });

  it.each<[string, object]>([
    ['an unknown topic', { topic: 'nowhere' }],
    ['a payload too large', { payload: new Uint8Array(1_000_001) }],
    ['a key too long', { key: 'k'.repeat(513) }],
  ])('refuses %s', async (_, change) => {
    const result = stage().log.append({ ...sampleRecord(), ...change });
    await expect(result).rejects.toMatchObject({ code: 'STORAGE_INPUT_INVALID', retry: 'never' });
  });

  it('refuses records beyond its queue, names the limit, and goes on in order', async () => {
    const { queueMax } = stage().environment;
    const numbers = Array.from({ length: queueMax + 10 }, (_, number) => number);
    const results = await Promise.allSettled(
      numbers.map((number) => stage().log.append(sampleRecord({ number }))),
    );
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused).toHaveLength(10);
    const context = { field: 'eventLog.queueMax', value: queueMax };
    for (const { reason } of refused) {
      expect(reason).toMatchObject({ code: 'STORAGE_QUEUE_FULL', retry: 'safe', context });
    }
    expect(results.slice(0, queueMax).every(({ status }) => status === 'fulfilled')).toBe(true);
    const [{ offset } = { offset: 0 }] = await stage().append(1, { from: queueMax });
    expect(offset).toBe(queueMax);
  });

  it('refuses records beyond the bytes that may wait', async () => {
    const payload = new Uint8Array(400_000);
    const append = (): Promise<LogPosition> => stage().log.append({ ...sampleRecord(), payload });
    const results = await Promise.allSettled([append(), append(), append()]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    const context = { field: 'eventLog.queueBytesMax' };
    expect(results[2]).toMatchObject({ reason: { code: 'STORAGE_QUEUE_FULL', context } });
    await append();
  });
}

function groupHalf(stage: () => Stage): void {
  it('delivers what was there and what comes, in order, to each group', async () => {
    await stage().append(10);
    const one = await stage().collect({ group: 'oms' });
    const two = await stage().collect({ group: 'audit' });
    await stage().append(10, { from: 10 });
    for (const { records } of [one, two]) {
      await received(records, 20);
      expect(ids(records)).toEqual(named(0, 20));
    }
  });

  it('begins at the end where a new group asks for it, and stays there', async () => {
    await stage().append(5);
    const first = await stage().collect({ from: 'end', commits: false });
    await stage().append(5, { from: 5 });
    await received(first.records, 5);
    await first.close();
    const second = await stage().collect({ from: 'end' });
    await received(second.records, 5);
    expect(ids(first.records)).toEqual(named(5, 10));
    expect(ids(second.records)).toEqual(named(5, 10));
  });

  it('resumes after reopening at its commit, and repeats what was not committed', async () => {
    await stage().append(10);
    const seen: LogRecord[] = [];
    await stage().collect({
      batchMax: 10,
      handle: async ({ records, commit }) => {
        seen.push(...records);
        await commit(records.find(({ headers }) => headers.eventId === 'account 5'));
      },
    });
    await received(seen, 10);
    await stage().reopen();
    const { records } = await stage().collect();
    await received(records, 4);
    expect(ids(records)).toEqual(named(6, 10));
  });

  it('never moves a group backwards', async () => {
    await stage().append(10);
    const batches: LogBatch[] = [];
    const handle = async (batch: LogBatch): Promise<void> => void batches.push(batch);
    await stage().collect({ batchMax: 5, handle });
    await until(() => batches.length === 2, { what: 'two batches' });
    const [early, late] = batches as [LogBatch, LogBatch];
    expect(await late.commit()).toEqual({ kind: 'committed' });
    expect(await early.commit()).toEqual({ kind: 'committed' });
    const lag = await stage().log.lag({ group: 'oms', topics: [TOPIC] });
    expect(lag[early.partition]).toMatchObject({ committed: 10, next: 10, lag: 0 });
  });

  it('says how far a group is behind', async () => {
    const [first] = await stage().append(7);
    const lag = await stage().log.lag({ group: 'oms', topics: [TOPIC, 'alerts'] });
    expect(lag.reduce((sum, one) => sum + one.lag, 0)).toBe(7);
    expect(lag.find((one) => one.lag > 0)).toEqual({
      topic: TOPIC,
      partition: first?.partition,
      committed: 0,
      next: 7,
      lag: 7,
    });
    const { metrics } = stage().environment;
    const { close } = await stage().collect({ commits: false });
    expect(metrics.value('ats_storage_log_lag_records', { group: 'oms' })).toBe(7);
    await close();
    await stage().collect();
    await until(() => metrics.value('ats_storage_log_lag_records', { group: 'oms' }) === 0);
  });

  it('delivers a batch that was refused again, in order, and nothing after it before', async () => {
    await stage().append(6);
    const seen: string[] = [];
    let failures = 2;
    await stage().collect({
      batchMax: 3,
      handle: async ({ records, commit }) => {
        seen.push(...ids(records));
        if (failures > 0) {
          failures -= 1;
          throw new Error('the store is down');
        }
        await commit();
      },
    });
    await until(() => seen.length === 12, { what: 'two repetitions' });
    expect(seen).toEqual([...named(0, 3), ...named(0, 3), ...named(0, 3), ...named(3, 6)]);
    const { metrics } = stage().environment;
    expect(metrics.value('ats_storage_log_handler_failures_total')).toBe(2);
  });

  it('repeats of a refused batch only what it had not committed', async () => {
    await stage().append(4);
    const seen: string[] = [];
    await stage().collect({
      handle: async ({ records, commit }) => {
        seen.push(...ids(records));
        await commit(records[0]);
        if (records.length > 1) throw new Error('stop');
      },
    });
    await until(() => seen.length >= 10, { what: 'four deliveries' });
    expect(seen).toEqual([...named(0, 4), ...named(1, 4), ...named(2, 4), ...named(3, 4)]);
  });

  it('parks poison on the dead-letter topic with where it came from, and goes on', async () => {
    await stage().append(3);
    const good: string[] = [];
    await stage().collect({
      handle: async (batch) => {
        for (const record of batch.records) {
          if (record.headers.eventId === 'account 1') await batch.park(record, 'no such thing');
          else good.push(record.headers.eventId);
        }
        await batch.commit();
      },
    });
    await until(() => good.length === 2, { what: 'the records around the poison' });
    const topic = `${TOPIC}.dead` as const;
    const parked = await until(
      async () => {
        const found = await stage().log.read({ topic, partition: 0, from: 0 });
        return found.length === 1 ? found : undefined;
      },
      { what: 'a dead letter' },
    );
    const { headers, payload } = sampleRecord({ number: 1 });
    const origin = { topic: TOPIC, offset: 1, group: 'oms', reason: 'no such thing' };
    expect(parked[0]?.headers).toMatchObject({ ...headers, deadLetter: origin });
    expect(parked[0]?.payload).toEqual(payload);
    expect(stage().environment.metrics.value('ats_storage_log_parked_total')).toBe(1);
  });

  it('gives each partition to one member, and a member that leaves loses nothing', async () => {
    const one = await stage().collect();
    const two = await stage().collect();
    const owned = [one, two].map(({ subscription }) =>
      subscription.assigned.map(({ partition }) => partition),
    );
    expect(owned.map((list) => list.length)).toEqual([4, 4]);
    expect(owned.flat().sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    const keys = Array.from({ length: 16 }, (_, index) => `a${index}`);
    await Promise.all(keys.map((key) => stage().append(5, { key })));
    await until(() => one.records.length + two.records.length === 80, { what: 'all records' });
    await one.close();
    expect(two.subscription.assigned).toHaveLength(8);
    await Promise.all(keys.map((key) => stage().append(5, { key, from: 5 })));
    await until(() => one.records.length + two.records.length === 160, { what: 'all records' });
    for (const key of keys) {
      const all = [...one.records, ...two.records].filter((record) => record.key === key);
      expect(ids(all)).toEqual(named(0, 10, key));
    }
  });

  it('has one handler at work in a partition while members come and go', async () => {
    const working = new Set<number>();
    const collisions: number[] = [];
    const handle = async (batch: LogBatch): Promise<void> => {
      if (working.has(batch.partition)) collisions.push(batch.partition);
      working.add(batch.partition);
      await settle();
      await batch.commit();
      working.delete(batch.partition);
    };
    const keys = Array.from({ length: 16 }, (_, index) => `a${index}`);
    const done = Promise.all(keys.map((key) => stage().append(30, { key })));
    const options = { handle, batchMax: 1 };
    const first = await stage().collect(options);
    const second = stage().collect(options);
    await Promise.all([first.close(), stage().collect(options), second.then((one) => one.close())]);
    await done;
    const lagOf = async (): Promise<number> => {
      const lag = await stage().log.lag({ group: 'oms', topics: [TOPIC] });
      return lag.reduce((sum, one) => sum + one.lag, 0);
    };
    await until(async () => (await lagOf()) === 0, { timeoutMs: 20_000, what: 'the end' });
    expect(collisions).toEqual([]);
  });

  it('does not take a commit from a member that has lost the partition', async () => {
    await stage().append(3);
    const batches: LogBatch[] = [];
    const slow = await stage().collect({ handle: async (batch) => void batches.push(batch) });
    await until(() => batches.length === 1, { what: 'a batch' });
    await slow.close();
    expect(await batches[0]?.commit()).toEqual({ kind: 'lost' });
    const { records } = await stage().collect();
    await received(records, 3);
    expect(ids(records)).toEqual(named(0, 3));
  });

  it('ends a subscription when the handler under way has ended', async () => {
    await stage().append(1);
    let finish: (() => void) | undefined;
    const gate = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const steps: string[] = [];
    const { close } = await stage().collect({
      handle: async ({ commit }) => {
        steps.push('begun');
        await gate;
        steps.push((await commit()).kind);
      },
    });
    await until(() => steps.length === 1, { what: 'the handler' });
    const closing = close().then(() => steps.push('closed'));
    finish?.();
    await closing;
    expect(steps).toEqual(['begun', 'committed', 'closed']);
    await stage().append(1, { from: 1 });
    expect(steps).toHaveLength(3);
  });
}

function durableHalf(stage: () => Stage): void {
  it('refuses everything once it is closed, and finds it all after reopening', async () => {
    const [first] = await stage().append(5);
    await stage().log.close();
    const closed = { code: 'STORAGE_UNAVAILABLE', retry: 'safe' };
    expect(stage().log.health().ok).toBe(false);
    await expect(stage().log.append(sampleRecord())).rejects.toMatchObject(closed);
    await expect(stage().collect()).rejects.toMatchObject(closed);
    const { topic, partition } = first as LogPosition;
    await expect(stage().log.read({ topic, partition, from: 0 })).rejects.toMatchObject(closed);
    await stage().reopen();
    expect(ids(await stage().log.read({ topic, partition, from: 0 }))).toEqual(named(0, 5));
    expect((await stage().append(1, { from: 5 }))[0]).toEqual({ ...first, offset: 5 });
  });

  it('finds after kill -9 all that was acknowledged, whole and in its place', async () => {
    await stage().log.close();
    const acknowledged = await killedWriter(stage().contract.writer(), { linesMin: 1000 });
    stage().log = await stage().contract.open(stage().environment);
    const found: LogRecord[] = [];
    for (let partition = 0; partition < 8; partition += 1) {
      const limit = 1_000_000;
      const records = await stage().log.read({ topic: TOPIC, partition, from: 0, limit });
      expect(records.map(({ offset }) => offset)).toEqual([...records.keys()]);
      found.push(...records);
    }
    const places = new Set(
      found.map(({ partition, offset, headers }) => `${partition} ${offset} ${headers.eventId}`),
    );
    expect(acknowledged.filter((line) => !places.has(line))).toEqual([]);
    // What was written and not yet acknowledged may be there: one record for each writer.
    expect(found.length).toBeLessThanOrEqual(acknowledged.length + 2 * WRITERS);
    for (const key of new Set(found.map((record) => record.key))) {
      const all = found.filter((record) => record.key === key);
      expect(ids(all)).toEqual(named(0, all.length, key));
      for (const [number, { payload, headers }] of all.entries()) {
        expect({ payload, headers }).toMatchObject({
          payload: sampleRecord({ key, number }).payload,
          headers: sampleRecord({ key, number }).headers,
        });
      }
    }
  });
}

/** Every promise of `EventLog`, asked of one adapter. Call it inside a `describe`. */
export function eventLogContract(contract: EventLogContract): void {
  let current: Stage;
  const stage = (): Stage => current;
  beforeEach(async () => {
    current = new Stage(contract);
    await current.open();
  });
  afterEach(() => current.log.close());

  describe('records', () => appendHalf(stage));
  describe('groups', () => groupHalf(stage));
  describe('durability', () => durableHalf(stage));
}
