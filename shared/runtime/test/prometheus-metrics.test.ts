import { LatencyRecorder, openMetrics } from '../src/index.ts';
import { exposition, formatFor } from '../src/metrics-text.ts';

const options = { name: 'ats_test_things_total', help: 'Things.', labels: ['kind'] } as const;
const waits = { name: 'ats_test_seconds', help: 'Waits.', labels: ['kind'], buckets: [0.001, 0.1] };
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

async function openMetricsText(metrics: ReturnType<typeof openMetrics>): Promise<string> {
  return exposition(await metrics.collect(), 'openmetrics');
}

describe('metrics', () => {
  test('two who register one name count into one metric', async () => {
    const metrics = openMetrics({ service: 'test' });
    metrics.counter(options).add({ kind: 'log' });
    metrics.counter(options).add({ kind: 'state' }, 2);
    const text = await metrics.text();
    expect(text).toContain('ats_test_things_total{kind="log",service="test"} 1');
    expect(text).toContain('ats_test_things_total{kind="state",service="test"} 2');
  });

  test('one name with other labels is a defect, and says which', () => {
    const metrics = openMetrics({ service: 'test' });
    metrics.counter(options);
    expect(() => metrics.counter({ ...options, labels: ['venue'] })).toThrow(
      expect.objectContaining({ code: 'INVARIANT_VIOLATED', context: { name: options.name } }),
    );
  });

  test('nothing of an amount is there from then on', async () => {
    const metrics = openMetrics({ service: 'test' });
    metrics.counter(options).add({ kind: 'log' }, 0);
    expect(await metrics.text()).toContain('ats_test_things_total{kind="log",service="test"} 0');
  });

  test('a label called service says who was called, not who counts', async () => {
    const metrics = openMetrics({ service: 'host' });
    metrics.counter({ ...options, labels: ['service'] }).add({ service: 'risk' });
    expect(await metrics.text()).toContain('ats_test_things_total{service="risk"} 1');
  });

  test('both formats come from one registry, in any order', async () => {
    const metrics = openMetrics({ service: 'test' });
    metrics.counter(options).add({ kind: 'a "b"\\\n' });
    const line = 'ats_test_things_total{kind="a \\"b\\"\\\\\\n",service="test"} 1\n';
    const before = await metrics.text();
    expect(before).toContain(`# TYPE ats_test_things_total counter\n${line}`);
    const open = await openMetricsText(metrics);
    expect(open).toContain(`# TYPE ats_test_things counter\n${line}`);
    expect(open).toMatch(/# EOF\n$/);
    expect(await metrics.text()).toBe(before);
  });

  test('the trace of what took so long is an example of its bucket', async () => {
    const metrics = openMetrics({ service: 'test' });
    const histogram = metrics.histogram(waits);
    histogram.observe({ kind: 'risk' }, 0.05, `00-${TRACE}-00f067aa0ba902b7-01`);
    histogram.observe({ kind: 'risk' }, 0.000_5);
    histogram.observe({ kind: 'risk' }, 7, 'nonsense');
    const lines = (await openMetricsText(metrics)).split('\n');
    const examples = lines.filter((line) => line.includes(' # {'));
    const bucket = 'ats_test_seconds_bucket{le="0.1",kind="risk",service="test"} 2';
    expect(examples).toEqual([expect.stringContaining(`${bucket} # {trace_id="${TRACE}"} 0.05 `)]);
    expect(await metrics.text()).not.toContain(TRACE);
  });

  test('a recorder that is followed is a histogram in seconds', async () => {
    const metrics = openMetrics({ service: 'test' });
    const recorder = new LatencyRecorder();
    metrics.latencies(waits).follow({ kind: 'book' }, recorder);
    for (const us of [100, 900, 50_000, 2_000_000]) recorder.record(us);
    const text = await metrics.text();
    const labels = 'kind="book",service="test"';
    expect(text).toContain(
      [
        `ats_test_seconds_bucket{le="0.001",${labels}} 2`,
        `ats_test_seconds_bucket{le="0.1",${labels}} 3`,
        `ats_test_seconds_bucket{le="+Inf",${labels}} 4`,
        `ats_test_seconds_sum{${labels}} 2.051`,
        `ats_test_seconds_count{${labels}} 4`,
      ].join('\n'),
    );
  });

  test('families are told before anything is counted', () => {
    const metrics = openMetrics({ service: 'test' });
    metrics.counter(options);
    metrics.latencies(waits);
    expect(metrics.families()).toMatchObject([
      { ...options, type: 'counter' },
      { name: 'ats_test_seconds', type: 'histogram', labels: ['kind'] },
    ]);
  });

  test('OpenMetrics is for whoever asks for it', () => {
    expect(formatFor(undefined)).toBe('text');
    expect(formatFor('text/html,*/*')).toBe('text');
    expect(formatFor('application/openmetrics-text;version=1.0.0,text/plain;q=0.5')).toBe(
      'openmetrics',
    );
  });
});
