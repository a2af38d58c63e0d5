import { assetId, type InstrumentId, type Opportunity, venueId } from '@ats/domain';
import { checkOpportunity, limitsOf, type RiskLimits, type RiskState } from '../../src/index.ts';
import { decimal, type leg, NOW_US, opportunity, riskConfig } from '../samples.ts';

const free: RiskState = { nowUs: NOW_US, halt: undefined, rateAvailable: 1 };

function check(
  changes: Partial<Opportunity> = {},
  { risk = {}, state = {} }: { risk?: Record<string, unknown>; state?: Partial<RiskState> } = {},
) {
  const limits = limitsOf(riskConfig(risk));
  return checkOpportunity(opportunity(changes), limits, { ...free, ...state });
}

const buy = (changes: Parameters<typeof leg>[0]) => ({ buy: { ...opportunity().buy, ...changes } });
const sell = (changes: Parameters<typeof leg>[0]) => ({
  sell: { ...opportunity().sell, ...changes },
});

const approved = { verdict: 'approved', reason: 'APPROVED', limit: '', value: '' };

describe('a check of one opportunity', () => {
  it('approves what keeps within every limit', () => {
    expect(check()).toEqual({
      opportunityId: 'o-1',
      detail: 'Within every limit.',
      ...approved,
    });
  });

  describe('the notional of a leg', () => {
    const money = (notionalMax: string) => ({
      risk: { money: { USDT: { notionalMax, exposureMax: '1000000' } } },
    });

    it('may be below and at the limit', () => {
      expect(check({}, money('10100.01'))).toMatchObject(approved);
      expect(check({}, money('10100'))).toMatchObject(approved);
    });

    it('is refused above it, with limit and value', () => {
      expect(check({}, money('10099.99'))).toMatchObject({
        verdict: 'refused',
        reason: 'RISK_NOTIONAL_MAX',
        limit: '10099.99',
        value: '10100',
        detail: 'The sell leg on beta is worth 10100 USDT; 10099.99 is the most for one leg.',
      });
    });

    it('counts a buy at its limit price when the notional is understated', () => {
      const understated = buy({ limitPrice: decimal('200000'), notional: decimal('9950') });
      expect(check(understated)).toMatchObject({ reason: 'RISK_NOTIONAL_MAX', value: '20000' });
    });

    it('counts a leg in the numeraire', () => {
      const conversion = { venue: venueId('beta'), instrument: 'USDT/USD' as InstrumentId };
      const inUsd = { instrument: 'BTC/USD' as InstrumentId, conversion };
      const at = (rate: string) => check(sell({ ...inUsd, conversionRate: decimal(rate) }));
      expect(at('1')).toMatchObject(approved);
      expect(at('1.005')).toMatchObject({ reason: 'RISK_NOTIONAL_MAX', value: '10150.5' });
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

  describe('the exposure of a trade', () => {
    const money = (exposureMax: string) => ({
      risk: { money: { USDT: { notionalMax: '1000000', exposureMax } } },
    });

    it('may be below and at the limit, fees counted', () => {
      expect(check({}, money('20120.01'))).toMatchObject(approved);
      expect(check({}, money('20120'))).toMatchObject(approved);
    });

    it('is refused above it', () => {
      const decision = check({}, money('20119.99'));
      expect(decision).toMatchObject({
        reason: 'RISK_EXPOSURE_MAX',
        limit: '20119.99',
        value: '20120',
      });
    });
  });

  describe('the notional on a venue', () => {
    const on = (beta: string) => ({ risk: { venues: { notionalMax: { beta } } } });

    it('may be below and at the limit', () => {
      expect(check({}, on('10101'))).toMatchObject(approved);
      expect(check({}, on('10100'))).toMatchObject(approved);
    });

    it('is refused above it', () => {
      const decision = check({}, on('10099'));
      expect(decision).toMatchObject({ reason: 'RISK_VENUE_NOTIONAL_MAX', limit: '10099' });
    });

    it('does not concern other venues', () => {
      const risk = { venues: { notionalMax: { alpha: '10000' } } };
      expect(check({}, { risk })).toMatchObject(approved);
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
      const state = { nowUs: NOW_US + 999_001 };
      expect(check({}, { state })).toMatchObject({ reason: 'RISK_BOOK_AGE_MAX' });
      expect(check({}, { state: { nowUs: NOW_US + 999_000 } })).toMatchObject(approved);
    });

    it('counts a conversion book too', () => {
      const decision = check(buy({ conversionAgeUs: 1_000_001 }));
      expect(decision).toMatchObject({ reason: 'RISK_BOOK_AGE_MAX' });
      expect(decision.detail).toContain('conversion book');
    });

    it('is not made smaller by a decision from the future', () => {
      const state = { nowUs: NOW_US - 60_000_000 };
      const decision = check(buy({ bookAgeUs: 1_000_001 }), { state });
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
    const at = (spreadCeilingBps: string) => check({}, { risk: { spreadCeilingBps } });
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
    expect(check(claimed, { risk: { spreadCeilingBps: '99' } })).toMatchObject({
      reason: 'RISK_SPREAD_CEILING',
      value: '100',
    });
  });

  it('refuses when no approval is left, and not when one is', () => {
    expect(check({}, { state: { rateAvailable: 1 } })).toMatchObject(approved);
    expect(check({}, { state: { rateAvailable: 0.999 } })).toMatchObject({
      reason: 'RISK_RATE_LIMIT',
      value: '0.999',
    });
  });

  it('refuses everything while trading is halted', () => {
    const said = { reason: 'drill', actor: 'ops', atUs: NOW_US };
    const halt = { ...said, mode: 'halted', changes: [] } as const;
    expect(check({}, { state: { halt } })).toMatchObject({
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
      const limits = limitsOf(riskConfig());
      const market = limits.markets.get('beta')?.get('BTC/USDT');
      if (market === undefined) throw new Error('the sample lists it');
      const other = { ...market, baseIdentity: 'BTC@ethereum:0x1' };
      const markets = new Map(limits.markets).set('beta', new Map([['BTC/USDT', other]]));
      const wrapped: RiskLimits = { ...limits, markets };
      expect(checkOpportunity(opportunity(), wrapped, free)).toMatchObject({
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
