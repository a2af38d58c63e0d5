import { Decimal } from '@ats/domain';
import {
  curveAfter,
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

  it('keeps a day and forgets what is older', () => {
    const minutes = Array.from({ length: 1500 }, (_, minute) => minute * 60);
    const curve = curveOf(minutes);
    expect(curve).toHaveLength(1440);
    expect(secondsOf(curve)[0]).toBe(60 * 60);
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
