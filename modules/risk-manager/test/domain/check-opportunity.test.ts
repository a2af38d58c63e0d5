import { assetId, type InstrumentId, type Opportunity, venueId } from '@ats/domain';
import type { RiskDeskOptions } from '../../src/app/risk-desk.ts';
import { rulesOf } from '../../src/index.ts';
import { openTestDesk } from '../desk.ts';
import { APPROVAL_MS, decimal, type leg, NOW_US, opportunity, riskConfig } from '../samples.ts';

function check(
  changes: Partial<Opportunity> = {},
  { risk = {}, ...options }: { risk?: Record<string, unknown> } & Partial<RiskDeskOptions> = {},
) {
  return openTestDesk(risk, options).ask(opportunity(changes));
}

const limits = (changes: Record<string, unknown>) => ({ risk: { limits: changes } });
const moneys = (max: string) => ({ for: { USDT: { max } } });

const buy = (changes: Parameters<typeof leg>[0]) => ({ buy: { ...opportunity().buy, ...changes } });
const sell = (changes: Parameters<typeof leg>[0]) => ({
  sell: { ...opportunity().sell, ...changes },
});

const approved = {
  ...{ verdict: 'approved', reason: 'APPROVED', limit: '', value: '' },
  quantity: decimal('0.1'),
};
/** Approved, but less than was asked. */
const shrunk = (quantity: string) => ({ verdict: 'approved', quantity: decimal(quantity) });

describe('a check of one opportunity', () => {
  it('approves what keeps within every limit', () => {
    expect(check()).toEqual({
      opportunityId: 'o-1',
      detail: 'Within every limit.',
      approval: expect.stringMatching(/^a2\./),
      ...approved,
    });
  });

  describe('the notional of a leg', () => {
    const most = (max: string) =>
      limits({ tradeNotional: moneys(max), tradeExposure: moneys('1000000') });

    it('may be below and at the limit', () => {
      expect(check({}, most('10100.01'))).toMatchObject(approved);
      expect(check({}, most('10100'))).toMatchObject(approved);
    });

    it('is made to fit, in steps that both markets take', () => {
      expect(check({}, most('10099.99'))).toMatchObject(shrunk('0.0999'));
      expect(check({}, most('5049'))).toMatchObject(shrunk('0.0499'));
      expect(check({}, most('10.1'))).toMatchObject(shrunk('0.0001'));
    });

    it('is refused when less than a venue takes would fit, with limit and value', () => {
      expect(check({}, most('10.09'))).toMatchObject({
        verdict: 'refused',
        reason: 'RISK_NOTIONAL_MAX',
        limit: '10.09',
        value: '10100',
        quantity: undefined,
        approval: '',
      });
    });

    it('counts a buy at its limit price when the notional is understated', () => {
      const understated = buy({ limitPrice: decimal('200000'), notional: decimal('9950') });
      expect(check(understated)).toMatchObject(shrunk('0.0505'));
    });

    it('counts a leg in the numeraire', () => {
      const conversion = { venue: venueId('beta'), instrument: 'USDT/USD' as InstrumentId };
      const inUsd = { instrument: 'BTC/USD' as InstrumentId, conversion };
      const at = (rate: string) => check(sell({ ...inUsd, conversionRate: decimal(rate) }));
      expect(at('1')).toMatchObject(approved);
      expect(at('1.005')).toMatchObject(shrunk('0.0995'));
    });

    it('is refused in a money without limits', () => {
      const usd = { numeraire: assetId('USD') };
      const conversion = { venue: venueId('beta'), instrument: 'USDT/USD' as InstrumentId };
      const legs = { ...buy({ conversion }), ...sell({ conversion }) };
      expect(check({ ...usd, ...legs })).toMatchObject({
        reason: 'RISK_NOTIONAL_MAX',
        value: 'USD',
      });
    });
  });

  it('lets both legs and fees expose the limit and no more', () => {
    const most = (max: string) =>
      limits({ tradeNotional: moneys('1000000'), tradeExposure: moneys(max) });
    expect(check({}, most('20120'))).toMatchObject(approved);
    expect(check({}, most('20119.99'))).toMatchObject(shrunk('0.0999'));
    expect(check({}, most('20'))).toMatchObject({ reason: 'RISK_EXPOSURE_MAX', value: '20120' });
  });

  it('lets a leg reach the limit of its venue, which concerns no other', () => {
    const most = (venue: string, max: string) =>
      limits({ venueNotional: { for: { [venue]: { max } } } });
    expect(check({}, most('beta', '10100'))).toMatchObject(approved);
    expect(check({}, most('beta', '5050'))).toMatchObject(shrunk('0.05'));
    expect(check({}, most('beta', '1'))).toMatchObject({ reason: 'RISK_VENUE_NOTIONAL_MAX' });
    expect(check({}, most('alpha', '10000'))).toMatchObject(approved);
  });

  it('lets a trade lose the limit at worst, and no more', () => {
    const most = (max: string) => limits({ tradeLoss: { max } });
    expect(check({}, most('80'))).toMatchObject(approved);
    expect(check({}, most('40'))).toMatchObject(shrunk('0.05'));
    expect(check({}, most('0.01'))).toMatchObject({ reason: 'RISK_TRADE_LOSS_MAX', value: '80' });
  });

  it('lets prices go as far beyond the middle of the book as the band, and no further', () => {
    const band = (max: string) => limits({ priceBand: { max } });
    // Selling above the middle is no slip: only what pays too much or asks for too little is.
    expect(check({}, band('0'))).toMatchObject(approved);
    const dear = buy({ limitPrice: decimal('100100') });
    expect(check(dear, band('10'))).toMatchObject(shrunk('0.1'));
    expect(check(dear, band('9.99'))).toMatchObject({
      ...{ reason: 'RISK_PRICE_BAND', limit: '9.99', value: '10' },
      detail: expect.stringContaining('Buying BTC/USDT on alpha at 100100 is 10 bps beyond'),
    });
    const cheap = sell({ limitPrice: decimal('99900') });
    expect(check(cheap, band('9.99'))).toMatchObject({ reason: 'RISK_PRICE_BAND' });
  });

  it('judges no price by a book that is old or gone', () => {
    const { ask, clock, markets } = openTestDesk({ limits: { priceBand: { max: '50' } } });
    clock.advanceUs(1_000_001);
    const fresh = opportunity({ times: { ...opportunity().times, decidedAtUs: clock.nowUs() } });
    expect(ask(fresh)).toMatchObject({ reason: 'RISK_BOOK_AGE_MAX', limit: '1000 ms' });
    markets.onLost({ venue: 'alpha', instrument: 'BTC/USDT' });
    expect(ask(fresh)).toMatchObject({ reason: 'RISK_BOOK_AGE_MAX', value: 'none' });
  });

  it('approves nothing on a venue where a limit is passed that is measured all the time', () => {
    const breach = {
      reason: 'RISK_VENUE_DOWN',
      detail: 'No book of beta is whole.',
      limit: '15000',
      value: '20000',
    } as const;
    const breaches = {
      refusalFor: (venue: string) => (venue === 'beta' ? breach : undefined),
    };
    expect(check({}, { breaches })).toMatchObject({ verdict: 'refused', ...breach });
  });

  it('approves nothing while approvals of an earlier run may still be used', () => {
    const { ask } = openTestDesk({ approvalMs: APPROVAL_MS + 10 });
    expect(ask(opportunity())).toMatchObject({
      reason: 'RISK_UNAVAILABLE',
      detail: expect.stringContaining('just started'),
    });
  });

  describe('venues and symbols', () => {
    it.each([
      ['a blocked venue', { venues: { block: ['beta'] } }, 'RISK_VENUE_BLOCKED', 'beta'],
      ['a venue not allowed', { venues: { allow: ['alpha'] } }, 'RISK_VENUE_BLOCKED', 'beta'],
      [
        'a blocked instrument',
        { symbols: { block: ['BTC/USDT'] } },
        'RISK_SYMBOL_BLOCKED',
        'BTC/USDT',
      ],
      ['a blocked base', { symbols: { block: ['BTC'] } }, 'RISK_SYMBOL_BLOCKED', 'BTC/USDT'],
      ['a symbol not allowed', { symbols: { allow: ['ETH'] } }, 'RISK_SYMBOL_BLOCKED', 'BTC/USDT'],
      [
        'what is both allowed and blocked',
        { venues: { allow: ['alpha', 'beta'], block: ['alpha'] } },
        'RISK_VENUE_BLOCKED',
        'alpha',
      ],
    ])('refuses %s', (_what, risk, reason, value) => {
      expect(check({}, { risk })).toMatchObject({ verdict: 'refused', reason, value });
    });

    it('approves what the lists name', () => {
      const risk = { venues: { allow: ['alpha', 'beta'] }, symbols: { allow: ['BTC'] } };
      expect(check({}, { risk })).toMatchObject(approved);
    });
  });

  describe('the age of a book', () => {
    it.each(['buy', 'sell'] as const)(
      'of the %s leg may reach the limit and not pass it',
      (side) => {
        const aged = (bookAgeUs: number) => ({ [side]: { ...opportunity()[side], bookAgeUs } });
        expect(check(aged(999_999))).toMatchObject(approved);
        expect(check(aged(1_000_000))).toMatchObject(approved);
        expect(check(aged(1_000_001))).toMatchObject({
          reason: 'RISK_BOOK_AGE_MAX',
          limit: '1000 ms',
          value: '1000.001 ms',
        });
      },
    );

    it('grows by the time since the decision', () => {
      const { ask, clock } = openTestDesk();
      clock.advanceUs(999_000);
      expect(ask(opportunity())).toMatchObject(approved);
      clock.advanceUs(1);
      expect(ask(opportunity())).toMatchObject({ reason: 'RISK_BOOK_AGE_MAX' });
    });

    it('counts a conversion book too', () => {
      const decision = check(buy({ conversionAgeUs: 1_000_001 }));
      expect(decision).toMatchObject({ reason: 'RISK_BOOK_AGE_MAX' });
      expect(decision.detail).toContain('conversion book');
    });

    it('is not made smaller by a decision from the future', () => {
      const times = { ...opportunity().times, decidedAtUs: NOW_US + 60_000_000 };
      const decision = check({ ...buy({ bookAgeUs: 1_000_001 }), times });
      expect(decision).toMatchObject({ reason: 'RISK_BOOK_AGE_MAX' });
    });
  });

  it.each([1, -1])('lets a clock be off by the limit and no more, sign %d', (sign) => {
    expect(check(sell({ clockSkewUs: sign * 500_000 }))).toMatchObject(approved);
    expect(check(sell({ clockSkewUs: sign * 500_001 }))).toMatchObject({
      reason: 'RISK_CLOCK_SKEW_MAX',
      limit: '500 ms',
    });
  });

  it('refuses an edge above the ceiling, and none at or below it', () => {
    const at = (max: string) => check({}, limits({ spread: { max } }));
    expect(at('100.01')).toMatchObject(approved);
    expect(at('100')).toMatchObject(approved);
    expect(at('99.99')).toMatchObject({
      reason: 'RISK_SPREAD_CEILING',
      limit: '99.99',
      value: '100',
    });
  });

  it('measures the edge on the legs, whatever gross profit is claimed', () => {
    const claimed = { grossProfit: decimal('1'), netProfit: decimal('-24') };
    expect(check(claimed, limits({ spread: { max: '99' } }))).toMatchObject({
      reason: 'RISK_SPREAD_CEILING',
      value: '100',
    });
  });

  it('refuses when no approval is left, and not when one is', () => {
    const { ask, clock } = openTestDesk({ approvalBurst: 1 });
    expect(ask(opportunity())).toMatchObject(approved);
    expect(ask(opportunity())).toMatchObject({ reason: 'RISK_RATE_LIMIT', value: '0.000' });
    clock.advanceUs(100_000);
    expect(ask(opportunity())).toMatchObject(approved);
  });

  it('refuses everything while trading is halted', () => {
    const said = { reason: 'drill', actor: 'ops', atUs: NOW_US };
    const halt = { ...said, mode: 'halted', changes: [] } as const;
    expect(check({}, { halts: { halt } })).toMatchObject({
      verdict: 'refused',
      reason: 'RISK_HALTED',
      detail: 'Trading is halted by ops: drill.',
    });
  });

  describe('asset identity', () => {
    it('refuses a market that the venue does not list', () => {
      const unlisted = sell({ instrument: 'ETH/USDT' as InstrumentId });
      expect(check(unlisted)).toMatchObject({
        reason: 'ASSET_IDENTITY_MISMATCH',
        value: 'beta:ETH/USDT',
      });
    });

    it('refuses a leg in another asset than the opportunity says', () => {
      const decision = check(buy({ instrument: 'ETH/USDT' as InstrumentId }));
      expect(decision).toMatchObject({ reason: 'ASSET_IDENTITY_MISMATCH', value: 'ETH' });
    });

    it('refuses the same letters on another network', () => {
      const rules = rulesOf(riskConfig());
      const market = rules.markets.get('beta')?.get('BTC/USDT');
      if (market === undefined) throw new Error('the sample lists it');
      const other = { ...market, baseIdentity: 'BTC@ethereum:0x1' };
      const markets = new Map(rules.markets).set('beta', new Map([['BTC/USDT', other]]));
      expect(check({}, { rules: { ...rules, markets } })).toMatchObject({
        reason: 'ASSET_IDENTITY_MISMATCH',
        limit: 'BTC@bitcoin',
        value: 'BTC@ethereum:0x1',
      });
    });

    it('refuses money that nothing converts, and a rate where nothing is to convert', () => {
      const unconverted = sell({ instrument: 'BTC/USD' as InstrumentId });
      expect(check(unconverted)).toMatchObject({ reason: 'ASSET_IDENTITY_MISMATCH', value: 'USD' });
      const converted = sell({ conversionRate: decimal('0.5') });
      expect(check(converted)).toMatchObject({ reason: 'ASSET_IDENTITY_MISMATCH', value: 'USDT' });
    });
  });

  describe('an opportunity that cannot be true', () => {
    it.each<[string, Partial<Opportunity>]>([
      ['quantity', { quantity: decimal('0') }],
      ['buy.limit_price', buy({ limitPrice: decimal('-1') })],
      ['buy.average_price', buy({ averagePrice: decimal('0') })],
      ['sell.notional', sell({ notional: decimal('0') })],
      ['sell.fee', sell({ fee: decimal('-0.1') })],
      ['buy.conversion_rate', buy({ conversionRate: decimal('0') })],
      ['buy.levels', buy({ levels: 0 })],
      ['buy.book_age_us', buy({ bookAgeUs: -1 })],
      ['sell.conversion_age_us', sell({ conversionAgeUs: -1 })],
      ['buy.clock_skew_us', buy({ clockSkewUs: Number.NaN })],
      ['sell.venue', sell({ venue: venueId('alpha') })],
      ['fees', { fees: decimal('-20'), netProfit: decimal('115') }],
      ['slippage_reserve', { slippageReserve: decimal('-5'), netProfit: decimal('85') }],
      ['net_profit', { netProfit: decimal('75.000001') }],
      ['net_edge_bps', { netEdgeBps: Number.POSITIVE_INFINITY }],
      ['confidence', { confidence: Number.NaN }],
      ['decided_at_us', { times: { ...opportunity().times, decidedAtUs: 0 } }],
    ])('is refused for its %s', (field, changes) => {
      const decision = check(changes);
      expect(decision).toMatchObject({ verdict: 'refused', reason: 'RISK_INVALID_REQUEST' });
      expect(decision.detail.startsWith(`${field} is `)).toBe(true);
    });
  });
});
