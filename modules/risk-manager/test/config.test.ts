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
    ['a time zone that does not exist', { timeZone: 'Mars/Base' }, 'IANA time zone'],
    ['an unknown limit', { limits: { luck: { max: '1' } } }, 'limits'],
    ['a warning above the limit', { limits: { drawdown: { warn: '2', max: '1' } } }, 'above max'],
    [
      'figures of its own for a limit that is one for all',
      { limits: { drawdown: { for: { kraken: { max: '1' } } } } },
      'no figures of its own',
    ],
    ['a negative amount', { spreadCeilingBps: '-1' }, 'decimal of 0 or more'],
    ['an unknown key', { notionalMax: '1' }, 'notionalMax'],
    ['a rate of nothing', { rate: { perSecond: 0, burst: 1 } }, 'perSecond'],
  ])('refuses %s', (_what, risk, message) => {
    expect(() => riskConfig(risk)).toThrow(message);
  });
});
