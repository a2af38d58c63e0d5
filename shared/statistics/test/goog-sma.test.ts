import { readFileSync } from 'node:fs';
import {
  annualReturn,
  calmarRatio,
  deviationOf,
  downsideDeviation,
  drawdownPeriods,
  meanOf,
  totalReturn,
} from '../src/index.ts';

/**
 * Daily equity of the moving-average example over GOOG, as backtesting.py 0.6.6 (PyPI) computes it:
 * `Backtest(GOOG, SmaCross, finalize_trades=True).run()._equity_curve`, in whole cents.
 */
const curve = readFileSync(new URL('fixtures/goog-sma-equity.csv', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => {
    const [date = '', equity = ''] = line.split(',');
    return { timeUs: Date.parse(date) * 1000, value: Number(equity) };
  });
const returns = curve.slice(1).map(({ value }, at) => value / (curve[at]?.value ?? 0) - 1);
const DAYS = 252;
const DAY_US = 86_400_000_000;
/** It asks for 1e-8 of each. */
const DIGITS = 8;

const expectShare = (found: number, percent: number): void =>
  expect(found * 100).toBeCloseTo(percent, DIGITS - 2);

// Values typed from `test_compute_stats` of backtesting.py 0.6.6, backtesting/test/_test.py, which
// are those of its website as well.
describe('against what backtesting.py publishes for its moving averages over GOOG', () => {
  const annual = annualReturn(returns, DAYS);
  const falls = drawdownPeriods(curve);
  const deepest = Math.max(...falls.map(({ depth }) => depth));

  it('the return is 414.23 %, and 21.19 % a year', () => {
    expect(curve.at(-1)?.value).toBeCloseTo(51_422.99, 2);
    expectShare(totalReturn(returns), 414.2298999999996);
    expectShare(annual, 21.191099249053224);
  });

  it('the drawdowns are 47.98 % and 584 days at most, 5.93 % and 41 days on average', () => {
    expectShare(deepest, 47.98012705007589);
    expectShare(meanOf(falls.map(({ depth }) => depth)), 5.925851581948801);
    const days = falls.map(({ lastingUs }) => lastingUs / DAY_US);
    expect(Math.max(...days)).toBe(584);
    expect(Math.ceil(meanOf(days))).toBe(41);
  });

  it('the Calmar ratio is 0.44, and the Sortino ratio of its compounded return 1.09', () => {
    const calmar = calmarRatio({ annualReturn: annual, drawdownMax: deepest });
    expect(calmar).toBeCloseTo(0.44166409202994605, DIGITS);
    // Sortino's ratio as it defines it: ours has the mean of returns in the numerator.
    const downside = downsideDeviation(returns) * Math.sqrt(DAYS);
    expect(annual / downside).toBeCloseTo(1.0853434352488662, DIGITS);
  });

  it('the deviation of returns gives its volatility and Sharpe ratio, compounded', () => {
    const grown = (1 + annual) ** (2 / DAYS);
    const volatility = Math.sqrt((deviationOf(returns) ** 2 + grown) ** DAYS - grown ** DAYS);
    expectShare(volatility, 36.49716090702389);
    expect(annual / volatility).toBeCloseTo(0.5806232244485349, DIGITS);
  });
});
