import { openTracing, traceOf, virtualTimers } from '@ats/runtime';
import { memoryMetrics, openSpanReceiver, silentLogger } from '@ats/testkit';
import {
  type LogRecord,
  MemoryEventLog,
  type NewRecord,
  readingOf,
  tellReading,
  tracedEventLog,
} from '../../src/index.ts';

const recordOf = (traceparent: string): NewRecord => ({
  topic: 'orders.commands',
  key: 'main',
  headers: { schema: 's', eventId: 'o-1:submit', correlationId: 'c', traceparent },
  payload: new Uint8Array(),
});

async function stage() {
  const receiver = await openSpanReceiver();
  const config = { endpoint: receiver.url, headers: '', sampleRatio: 0, queueSpans: 100 };
  const tracing = await openTracing({ config, metrics: memoryMetrics(), logger: silentLogger() });
  const tracer = tracing.of('test');
  const timers = virtualTimers();
  const { clock } = timers;
  const log = tracedEventLog(new MemoryEventLog({ clock, timers }), { tracer, clock });
  const end = async () => {
    await log.close();
    await tracing.close();
    await receiver.close();
    return receiver.spans;
  };
  return { log, tracer, end };
}

describe('a log that is traced', () => {
  test('a reader follows from the publication, and that from what made the record', async () => {
    const { log, tracer, end } = await stage();
    const made = traceOf('order');
    const { topic, partition } = await log.append(recordOf(made));
    const [record] = (await log.read({ topic, partition, from: 0 })) as [LogRecord];
    // What is in the log is what was handed over: it is archived, and compared.
    expect(record.headers.traceparent).toBe(made);
    tellReading(tracer, record, { reader: 'oms-core', startUs: 1, endUs: 2 });
    const [publish, process] = await end();
    expect(publish).toMatchObject({ name: 'orders.commands publish' });
    expect(publish?.parentSpanId).toBe(made.slice(36, 52));
    expect(process).toMatchObject({ name: 'orders.commands process' });
    expect(process?.parentSpanId).toBe(publish?.spanId);
    expect(readingOf(record, 'oms-core')?.slice(36, 52)).toBe(process?.spanId);
  });

  test('what a later run publishes again is the same span', async () => {
    const { log, end } = await stage();
    await log.append(recordOf(traceOf('order')));
    await log.append(recordOf(traceOf('order')));
    const spans = await end();
    expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(1);
  });

  test('records whose trace is not kept pass without a span', async () => {
    const { log, end } = await stage();
    await log.append(recordOf(traceOf('order').replace(/01$/, '00')));
    expect(await end()).toEqual([]);
  });
});
