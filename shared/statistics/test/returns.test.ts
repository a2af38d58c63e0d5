import {
  annualReturn,
  annualVolatility,
  calmarRatio,
  downsideDeviation,
  drawdownPeriods,
  omegaRatio,
  sharpeRatio,
  sortinoRatio,
  totalReturn,
} from '../src/index.ts';

const share = (percents: readonly number[]): readonly number[] =>
  percents.map((percent) => percent / 100);

/** Series of empyrical's tests, in percent; its leading NaN, which it leaves out, is left out. */
const MIXED = share([1, 10, -4, 2, 3, 2, 1, -10]);
const POSITIVE = share([1, 2, 1, 1, 1, 1, 1, 1, 1]);
const NEGATIVE = share([0, -6, -7, -1, -9, -2, -6, -8, -5]);
const SLOW = share([0, 1, 10, -4, 2, 3, 2, 1, -10]);
const ONE = [
  -0.00171614, 0.01322056, 0.03063862, -0.01422057, -0.00489779, 0.01268925, -0.03357711,
  0.01797036,
];
const TWO = [
  0.01846232, 0.00793951, -0.01448395, 0.00422537, -0.00339611, 0.03756813, 0.0151531, 0.03549769,
];
/** Its periods a year. */
const [DAILY, WEEKLY, MONTHLY] = [252, 52, 12];
const DIGITS = 8;

// Values typed from empyrical/tests/test_stats.py of quantopian/empyrical, class TestStats.
describe('against the values that empyrical publishes', () => {
  it.each([
    ['mixed', MIXED, 0.03893],
    ['negative', NEGATIVE, -0.3659],
  ])('the total return of %s is %d', (_name, returns, published) => {
    expect(totalReturn(returns)).toBeCloseTo(published, 4);
  });

  it.each([
    ['weekly', SLOW, WEEKLY, 0.24690830513998208],
    ['monthly', SLOW, MONTHLY, 0.052242061386048144],
    ['mixed, with the empty day that counts there,', [0, ...MIXED], DAILY, 1.9135925373194231],
    ['one return', [0.01], DAILY, 11.274002099240244],
    ['three years of 3 %', [0.03, 0.03, 0.03], 1, 0.03],
  ])('the annual return of %s is as published', (_name, returns, periods, published) => {
    expect(annualReturn(returns, periods)).toBeCloseTo(published, DIGITS);
  });

  it.each([
    ['daily', MIXED, DAILY, 0.9136465399704637],
    ['weekly', SLOW, WEEKLY, 0.38851569394870583],
    ['monthly', SLOW, MONTHLY, 0.18663690238892558],
  ])('the annual volatility of %s is as published', (_name, returns, periods, published) => {
    expect(annualVolatility(returns, periods)).toBeCloseTo(published, DIGITS);
  });

  it.each([
    ['mixed', MIXED, 1.7238613961706866],
    ['positive', POSITIVE, 52.915026221291804],
    ['negative', NEGATIVE, -24.406808633910085],
  ])('the Sharpe ratio of %s is as published', (_name, returns, published) => {
    expect(sharpeRatio(returns, { periodsPerYear: DAILY })).toBeCloseTo(published, DIGITS);
  });

  it.each([
    ['mixed', MIXED, 0, DAILY, 0.60448325038829653],
    ['mixed, of which 10 % are wanted,', MIXED, 0.1, DAILY, 1.7161730681956295],
    ['weekly', SLOW, 0, WEEKLY, 0.25888650451930134],
    ['monthly', SLOW, 0, MONTHLY, 0.1243650540411842],
    ['one', ONE, 0, DAILY, 0.20671788246185202],
    ['two', TWO, 0, DAILY, 0.083495680595704475],
  ])('the downside risk of %s is as published', (_name, returns, required, periods, published) => {
    const found = downsideDeviation(returns, required) * Math.sqrt(periods);
    expect(found).toBeCloseTo(published, DIGITS);
  });

  it.each([
    ['mixed', MIXED, 0, DAILY, 2.605531251673693],
    ['mixed, of which 1 % is wanted,', MIXED, 0.01, DAILY, -1.3934779588919977],
    ['negative', NEGATIVE, 0, DAILY, -13.532743075043401],
    // Those two divide by a deviation that is scaled by 252 days whatever the period: undone here.
    ['weekly', SLOW, 0, WEEKLY, 0.50690062680370862 * Math.sqrt(DAILY / WEEKLY)],
    ['monthly', SLOW, 0, MONTHLY, 0.11697706772393276 * Math.sqrt(DAILY / MONTHLY)],
    ['one', ONE, 0, DAILY, 3.0639640966566306],
    ['two', TWO, 0, DAILY, 38.090963117002495],
    ['positive', POSITIVE, 0, DAILY, Number.POSITIVE_INFINITY],
  ])('the Sortino ratio of %s is as published', (_name, returns, perPeriod, periodsPerYear, is) => {
    const found = sortinoRatio(returns, { periodsPerYear, perPeriod });
    if (Number.isFinite(is)) expect(found).toBeCloseTo(is, DIGITS);
    else expect(found).toBe(is);
  });

  it.each([
    ['weekly', WEEKLY, 2.4690830513998208],
    ['monthly', MONTHLY, 0.52242061386048144],
  ])('the Calmar ratio of %s is as published', (_name, periods, published) => {
    const figures = { annualReturn: annualReturn(SLOW, periods), drawdownMax: 0.1 };
    expect(calmarRatio(figures)).toBeCloseTo(published, DIGITS);
  });

  it.each([
    ['mixed above 1 %', MIXED, 0.01, 0.8125],
    ['positive above 1.1 %', POSITIVE, 0.011, 1.125],
    ['positive above 2 %', POSITIVE, 0.02, 0],
    ['negative above 1 %', NEGATIVE, 0.01, 0],
    // The yearly requirement of 1000 % as one of a day: (1 + 10)^(1 / 252) - 1.
    ['mixed above 1000 % a year', MIXED, 11 ** (1 / 252) - 1, 0.83354263497557934],
  ])('the omega ratio of %s is as published', (_name, returns, required, published) => {
    expect(omegaRatio(returns, required)).toBeCloseTo(published, DIGITS);
  });

  it('has no ratio where empyrical has none', () => {
    expect(sharpeRatio([0.01], { periodsPerYear: DAILY })).toBeNaN();
    expect(sortinoRatio([0.01], { periodsPerYear: DAILY })).toBeNaN();
    expect(omegaRatio([0.01])).toBeNaN();
    expect(omegaRatio(POSITIVE, 0.01)).toBeNaN();
    expect(totalReturn([])).toBeNaN();
  });
});

/** Monthly returns in percent of `data/portfolio_bacon.csv`, after Bacon (2008). */
const BACON = share([
  ...[0.3, 2.6, 1.1, -1.0, 1.5, 2.5, 1.6, 6.7, -1.4, 4.0, -0.5, 8.1],
  ...[4.0, -3.7, -6.1, 1.7, -4.9, -2.2, 7.0, 5.8, -6.5, 2.4, -0.5, -0.9],
]);

// Documented outputs of the R package PerformanceAnalytics (braverock/PerformanceAnalytics): the
// examples of DownsideDeviation, BernardoLedoitRatio and OmegaSharpeRatio.
describe('against what PerformanceAnalytics documents for the portfolio of Bacon (2008)', () => {
  it('the downside deviation below 0.5 % is 0.0255', () => {
    expect(downsideDeviation(BACON, 0.005)).toBeCloseTo(0.0255, 4);
  });

  it('omega at 0, there the ratio of Bernardo and Ledoit, is 1.78', () => {
    expect(omegaRatio(BACON)).toBeCloseTo(1.78, 2);
  });

  it('omega at 0.5 % is 1 more than the Omega-Sharpe ratio of 0.29', () => {
    expect(omegaRatio(BACON, 0.005) - 1).toBeCloseTo(0.29, 2);
  });
});

describe('periods of drawdown', () => {
  // Published in the test of backtesting.py's `compute_drawdown_duration_peaks`: drawdowns 0, 1, 7,
  // 0, 4, 0, 0 last 3 and 2 bars and are 7 and 4 deep.
  it('last as long and are as deep as backtesting.py publishes', () => {
    const drawdowns = [0, 1, 7, 0, 4, 0, 0];
    const periods = drawdownPeriods(
      drawdowns.map((drawdown, timeUs) => ({ timeUs, value: 100 - drawdown })),
    );
    expect(periods.map(({ lastingUs }) => lastingUs)).toEqual([2 + 1, 2]);
    expect(periods.map(({ depth }) => depth)).toEqual([0.07, 0.04]);
  });
});
