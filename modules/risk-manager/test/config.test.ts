import { riskConfig } from './samples.ts';

describe('the configuration of risk', () => {
  it.each([
    ['an unknown venue', { venues: { block: ['gamma'] } }, 'is no venue'],
    ['a limit on an unknown venue', { venues: { notionalMax: { gamma: '1' } } }, 'no such venue'],
    ['an unknown symbol', { symbols: { block: ['DOGE'] } }, 'is neither a listed'],
    ['money without limits', { money: {} }, 'at least one money'],
    [
      'limits in an unknown money',
      { money: { EUR: { notionalMax: '1', exposureMax: '1' } } },
      'asset EUR is not described',
    ],
    ['a negative amount', { spreadCeilingBps: '-1' }, 'decimal of 0 or more'],
    ['an unknown key', { notionalMax: '1' }, 'notionalMax'],
    ['a rate of nothing', { rate: { perSecond: 0, burst: 1 } }, 'perSecond'],
  ])('refuses %s', (_what, risk, message) => {
    expect(() => riskConfig(risk)).toThrow(message);
  });
});
