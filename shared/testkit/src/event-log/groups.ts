import type { LogBatch, LogRecord } from '@ats/storage';
import { until } from '../until.ts';
import { ids, named, received, type Stage, sampleRecord, TOPIC } from './stage.ts';

export function groupHalf(stage: () => Stage): void {
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
}
