import { wireCodec } from '@ats/contracts';
import type { EventLog, LogRecord } from '@ats/storage';
import { manualClock, manualTimers, memoryMetrics, silentLogger } from '@ats/testkit';
import { type AccessEntry, openAccessLog, systemEntropy } from '../src/index.ts';

const EVENT = wireCodec('ats.access.v1.AccessEvent');

function openStage() {
  const clock = manualClock(1_790_000_000_000_000);
  const timers = manualTimers(clock);
  const metrics = memoryMetrics();
  const records: Pick<LogRecord, 'payload'>[] = [];
  const eventLog = { append: async (record: LogRecord) => void records.push(record) };
  const log = openAccessLog({
    ...{ clock, timers, metrics, logger: silentLogger(), entropy: systemEntropy },
    eventLog: async () => eventLog as unknown as EventLog,
  });
  const told = async () => {
    await new Promise(setImmediate);
    return records.map(({ payload }) => EVENT.decode(payload));
  };
  const folded = () => metrics.value('ats_access_entries_folded_total');
  return { log, told, timers, folded };
}

const refusal = (changes: Partial<AccessEntry> = {}): AccessEntry => ({
  ...{ actor: 'unknown', actorKind: 'stranger', source: '10.0.0.1', action: 'session.use' },
  ...{ outcome: 'denied', reason: 'REQUEST_UNAUTHENTICATED' },
  ...changes,
});

describe('the access log', () => {
  it('takes so many entries a minute of one stranger, and counts the rest', async () => {
    const { log, told, timers, folded } = openStage();
    for (let count = 0; count < 500; count += 1) log.write(refusal());
    log.write(refusal({ source: '10.0.0.2' }));
    expect(await told()).toHaveLength(21);
    expect(folded()).toBe(480);
    timers.advance(60_000);
    const all = await told();
    expect(all).toHaveLength(22);
    expect(all.at(-1)).toMatchObject({
      ...{ actorKind: 'stranger', source: '10.0.0.1', outcome: 'denied' },
      request: '{"refusalsMore":480}',
    });
    log.write(refusal());
    expect(await told()).toHaveLength(23);
  });

  it('is not filled from many addresses either', async () => {
    const { log, told } = openStage();
    for (let host = 0; host < 10_000; host += 1) log.write(refusal({ source: `host ${host}` }));
    expect((await told()).length).toBeLessThan(250);
    await log.close();
    expect((await told()).at(-1)).toMatchObject({ source: 'elsewhere' });
  });

  it('takes every entry of somebody whom it knows', async () => {
    const { log, told } = openStage();
    for (let count = 0; count < 100; count += 1) log.write(refusal({ actorKind: 'user' }));
    expect(await told()).toHaveLength(100);
  });
});
