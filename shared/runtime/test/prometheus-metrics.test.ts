import { openMetrics } from '../src/index.ts';

const options = { name: 'ats_test_things_total', help: 'Things.', labels: ['kind'] } as const;

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
});
