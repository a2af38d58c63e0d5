import { dashboardJson, quantileBy } from '../grafana/dashboard.ts';
import { DASHBOARDS } from '../grafana/dashboards.ts';

interface Placed {
  readonly id: number;
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
}

describe('dashboards', () => {
  it.each(DASHBOARDS)('$title has no panels over each other', (dashboard) => {
    const { panels } = dashboardJson(dashboard) as { readonly panels: readonly Placed[] };
    const squares = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`),
    );
    expect(new Set(squares).size).toBe(squares.length);
    expect(Math.max(...panels.map(({ gridPos: { x, w } }) => x + w))).toBeLessThanOrEqual(24);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  });

  it('take quantiles of the buckets that the matchers name', () => {
    expect(quantileBy(0.99, 'venue', 'ats_x_seconds{stage="a"}')).toBe(
      'histogram_quantile(0.99, sum by (venue, le) (rate(ats_x_seconds_bucket{stage="a"}[$__rate_interval])))',
    );
  });
});
