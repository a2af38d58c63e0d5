import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { memoryMetrics, openSpanReceiver, silentLogger, until } from '@ats/testkit';
import { NO_TRACER, openTracing, type TracingConfig, traceOf } from '../../src/index.ts';

const logger = silentLogger();
const config = (endpoint: string, more: Partial<TracingConfig> = {}): TracingConfig => ({
  ...{ endpoint, headers: '', sampleRatio: 0.05, queueSpans: 100 },
  ...more,
});
const span = (id: string) => ({
  name: 'work',
  traceparent: traceOf(id),
  startUs: 1e15,
  endUs: 1e15 + 7,
});

describe('spans on their way to a collector', () => {
  test('what waits is sent before the process ends', async () => {
    const receiver = await openSpanReceiver();
    const metrics = memoryMetrics();
    const tracing = await openTracing({ config: config(receiver.url), metrics, logger });
    tracing.of('oms-core').record({
      ...span('one'),
      kind: 'consumer',
      attributes: { 'ats.order.id': 'o-1', absent: undefined },
      events: [{ name: 'COMPLETED', atUs: 1e15 + 3 }],
    });
    await tracing.close();
    expect(receiver.spans).toEqual([
      {
        service: 'oms-core',
        traceId: traceOf('one').slice(3, 35),
        spanId: traceOf('one').slice(36, 52),
        parentSpanId: '',
        name: 'work',
        startUs: 1e15,
        endUs: 1e15 + 7,
        attributes: { 'ats.order.id': 'o-1' },
        events: [{ name: 'COMPLETED', atUs: 1e15 + 3 }],
      },
    ]);
    expect(metrics.value('ats_runtime_spans_total', { result: 'exported' })).toBe(1);
    await receiver.close();
  });

  test('spans of traces that are not kept are passed over', async () => {
    const receiver = await openSpanReceiver();
    const metrics = memoryMetrics();
    const tracing = await openTracing({ config: config(receiver.url), metrics, logger });
    const tracer = tracing.of('x');
    tracer.record({ ...span('one'), traceparent: traceOf('one').replace(/01$/, '00') });
    await tracing.close();
    expect(receiver.spans).toEqual([]);
    await receiver.close();
  });

  test('a part of new traces is kept, trades are always, and children follow', async () => {
    const tracing = await openTracing({
      ...{ config: config('http://127.0.0.1:1', { sampleRatio: 0 }), logger },
      metrics: memoryMetrics(),
    });
    const tracer = tracing.of('x');
    expect(tracer.follow(undefined, false)).toMatch(/-00$/);
    expect(tracer.follow(undefined, true)).toMatch(/-01$/);
    expect(tracer.follow(traceOf('a'), false)).toMatch(/-01$/);
    expect(tracer.follow(traceOf('a').replace(/01$/, '00'), false)).toMatch(/-00$/);
    const kept = tracer.follow(traceOf('a').replace(/01$/, '00'), true);
    expect(kept.slice(0, 36)).toBe(traceOf('a').slice(0, 36));
    await tracing.close();
  });

  test('a collector that hangs holds nobody up: what does not fit is dropped', async () => {
    const { server, url } = await hanging();
    const metrics = memoryMetrics();
    const tracing = await openTracing({ config: config(url, { queueSpans: 10 }), metrics, logger });
    const tracer = tracing.of('x');
    // One batch is on its way for as long as the collector hangs.
    for (let index = 0; index < 10; index += 1) tracer.record(span(`first-${index}`));
    await until(() => server.listening);
    for (let index = 0; index < 1000; index += 1) tracer.record(span(`next-${index}`));
    const dropped = metrics.value('ats_runtime_spans_total', { result: 'dropped' });
    expect(dropped).toBeGreaterThanOrEqual(990);
    server.closeAllConnections();
    await tracing.close();
    const lost = metrics.value('ats_runtime_spans_total', { result: 'failed' });
    expect(dropped + lost).toBe(1010);
    server.close();
  }, 30_000);

  test('without an endpoint nothing is loaded and nothing is recorded', async () => {
    const tracing = await openTracing({ config: config(''), metrics: memoryMetrics(), logger });
    expect(tracing.of('x')).toBe(NO_TRACER);
    await tracing.close();
  });
});

/** Takes connections and never answers. */
async function hanging(): Promise<{ readonly server: Server; readonly url: string }> {
  const server = createServer(() => undefined);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
