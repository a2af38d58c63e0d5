import { Decimal } from '@ats/domain';
import {
  curveAfter,
  curveFrom,
  type ProfitPoint,
  thinnedCurve,
} from '../../../src/domain/profit/profit-curve.ts';

const SECOND_US = 1_000_000;

const point = (second: number): ProfitPoint => ({
  atUs: second * SECOND_US,
  profit: Decimal.parse(String(second)),
  drawdown: Decimal.parse('0.1234567891'),
});

const curveOf = (seconds: readonly number[]): readonly ProfitPoint[] =>
  seconds.reduce<readonly ProfitPoint[]>((curve, second) => curveAfter(curve, point(second)), []);

const secondsOf = (curve: readonly ProfitPoint[]): readonly number[] =>
  curve.map(({ atUs }) => atUs / SECOND_US);

describe('the curve of profit', () => {
  it('takes one point a minute, whatever the clock does', () => {
    expect(secondsOf(curveOf([0, 1, 59, 60, 61, 30, 121]))).toEqual([0, 60, 121]);
  });

  it('keeps minutes of a day and hours of a month, and forgets what is older', () => {
    const DAY = 86_400;
    // Every ten minutes, which is as good and sooner done.
    const minutes = Array.from({ length: 34 * 144 }, (_, index) => index * 600);
    const seconds = secondsOf(curveOf(minutes));
    const last = minutes.at(-1) ?? 0;
    const lastDay = seconds.filter((second) => last - second < DAY);
    expect(lastDay).toEqual(minutes.slice(-144));
    const before = seconds.slice(0, -144);
    expect(before).toEqual(
      minutes.filter((second) => {
        const age = last - second;
        return second % 3600 === 0 && age >= DAY && age < 32 * DAY;
      }),
    );
    expect(before).toHaveLength(31 * 24);
  });

  it('has a point for each hour though the system was away', () => {
    const hours = [0, 1800, 3600 + 120, 4 * 3600, 40 * 3600];
    expect(secondsOf(curveOf(hours))).toEqual([0, 3720, 14_400, 144_000]);
    expect(secondsOf(curveFrom(curveOf(hours), 14_400 * SECOND_US))).toEqual([14_400, 144_000]);
  });

  it('is thinned evenly, and never loses its newest point', () => {
    const curve = curveOf([0, 60, 120, 180, 240]);
    expect(secondsOf(thinnedCurve(curve, 3))).toEqual([0, 120, 240]);
    expect(secondsOf(thinnedCurve(curve, 2))).toEqual([60, 240]);
    expect(thinnedCurve(curve, 0)).toEqual([]);
    expect(thinnedCurve(curve, 100)).toEqual(curve);
  });

  it('keeps no more digits than a chart shows', () => {
    expect(String(curveOf([0])[0]?.drawdown)).toBe('0.12345679');
  });
});
