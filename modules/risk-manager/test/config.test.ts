import { riskConfig } from './samples.ts';

describe('the configuration of risk', () => {
  it.each([
    ['an unknown venue', { venues: { block: ['gamma'] } }, 'is no venue'],
    [
      'a limit on an unknown venue',
      { limits: { venueNotional: { for: { gamma: { max: '1' } } } } },
      'no venue',
    ],
    ['an unknown symbol', { symbols: { block: ['DOGE'] } }, 'is neither a listed'],
    [
      'limits in an unknown money',
      { limits: { tradeNotional: { for: { EUR: { max: '1' } } } } },
      'no money of',
    ],
    ['a time zone that does not exist', { timeZone: 'Mars/Base' }, 'IANA time zone'],
    ['an unknown limit', { limits: { luck: { max: '1' } } }, 'limits'],
    ['a warning above the limit', { limits: { drawdown: { warn: '2', max: '1' } } }, 'above max'],
    [
      'figures of its own for a limit that is one for all',
      { limits: { drawdown: { for: { kraken: { max: '1' } } } } },
      'no figures of its own',
    ],
    ['a negative amount', { limits: { spread: { max: '-1' } } }, 'decimal of 0 or more'],
    ['an unknown key', { notionalMax: '1' }, 'notionalMax'],
    ['no approval at all', { approvalBurst: 0 }, 'approvalBurst'],
    ['a short key', { approvalKey: 'short' }, '32 characters'],
  ])('refuses %s', (_what, risk, message) => {
    expect(() => riskConfig(risk)).toThrow(message);
  });
});
