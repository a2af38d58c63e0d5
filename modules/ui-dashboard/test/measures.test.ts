import { quantileOf } from '../src/app/measures.ts';
import { samplesOf } from '../src/app/metrics-text.ts';

const TEXT = `# HELP ats_x_seconds How long, {by} "what".
# TYPE ats_x_seconds histogram
ats_x_seconds_bucket{le="0.001",of="a \\"b\\" \\\\ {c}"} 90
ats_x_seconds_bucket{le="0.01",of="a"} 98
ats_x_seconds_bucket{le="+Inf",of="a"} 100
ats_up 1

ats_y{of="z"} NaN
`;

describe('metrics of services', () => {
  it('are read with their labels, whatever is in them', () => {
    const samples = samplesOf(TEXT);
    expect(samples).toHaveLength(5);
    expect(samples[0]).toEqual({
      name: 'ats_x_seconds_bucket',
      labels: { le: '0.001', of: 'a "b" \\ {c}' },
      value: 90,
    });
    expect(samples[3]).toEqual({ name: 'ats_up', labels: {}, value: 1 });
    expect(samples[4]?.value).toBeNaN();
  });

  it('give quantiles as the upper bound of the bucket that they fall into', () => {
    const buckets = samplesOf(TEXT).slice(0, 3);
    expect(quantileOf(buckets, 0.5)).toBe(0.001);
    expect(quantileOf(buckets, 0.95)).toBe(0.01);
    expect(quantileOf(buckets, 0.99)).toBe(Number.POSITIVE_INFINITY);
    expect(quantileOf([], 0.5)).toBeNaN();
  });
});
