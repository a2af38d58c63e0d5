import { assetId, Decimal, type VenueId, venueId } from '@ats/domain';
import { targetsOf } from '../../../src/domain/inventory/allowance.ts';
import { type Market, valuesOf } from '../../../src/domain/inventory/markets.ts';
import type { OptionKind } from '../../../src/domain/inventory/option.ts';
import { type PlanInput, type PlanStep, planOf } from '../../../src/domain/inventory/plan.ts';
import type { Runway } from '../../../src/domain/inventory/runway.ts';
import { listing, market, runway } from '../../inventory-samples.ts';

const decimal = Decimal.parse;
const USDT = assetId('USDT');
const text = (amount: Decimal | undefined) => amount?.normalized().toString();

const MARKETS = [
  market(listing('alpha', 'BTC/USDT'), { bid: 99_990, ask: 100_000 }),
  market(listing('beta', 'BTC/USDT', { takerBps: '20' }), { bid: 99_900, ask: 99_950 }),
];
const MONEY = [
  runway({ venue: 'alpha', asset: 'USDT', available: '300000', least: '1000' }),
  runway({ venue: 'beta', asset: 'USDT', available: '300000', least: '1000' }),
];
/** Runs dry at alpha in an hour, lasts at beta. */
const BTC = [
  runway({ venue: 'alpha', asset: 'BTC', available: '0.11', flow: { outPerHour: 0.1 } }),
  runway({ venue: 'beta', asset: 'BTC', available: '5', flow: { inPerHour: 0.1 } }),
];
const TERMS = { fee: decimal('0.0001'), min: decimal('0.001'), minutes: 45 };

function input(changes: Partial<PlanInput> & { readonly markets?: readonly Market[] } = {}) {
  const { markets = MARKETS } = changes;
  return {
    runways: [...BTC, ...MONEY],
    values: valuesOf(MARKETS, USDT),
    termsOf: () => TERMS,
    profitPerHour: () => 10,
    ...changes,
    markets,
    rules: {
      ...{ numeraire: USDT, warnHours: 2, horizonHours: 24 },
      ...{ weights: undefined, reserves: new Map<string, Decimal>() },
      ...changes.rules,
    },
  };
}

const only = (plan: readonly PlanStep[]): PlanStep => {
  expect(plan).toHaveLength(1);
  return plan[0] as PlanStep;
};
const option = (step: PlanStep, kind: OptionKind) => {
  const found = step.options.find((one) => one.kind === kind);
  if (found === undefined) throw new Error(`no option ${kind}`);
  return found;
};

describe('a rebalance plan', () => {
  it('sends what makes both last equally long, where that is cheapest and in time', () => {
    const step = only(planOf(input()));
    expect(step.runway).toMatchObject({ venue: 'alpha', asset: 'BTC', level: 'low' });
    // All that it uses within the horizon, beyond the least: 0.01 and 24 times 0.1, less 0.11.
    expect(text(step.wanted)).toBe('2.3');
    expect(step.recommended).toBe('transfer');
    const transfer = option(step, 'transfer');
    expect(transfer.moves.map(({ venue, amount }) => [venue, text(amount)])).toEqual([
      ['beta', '-2.3001'],
      ['alpha', '2.3'],
    ]);
    expect(text(transfer.cost)).toBe('9.9995');
    expect(transfer).toMatchObject({ hours: 0.75, inTime: true });
    expect(transfer.toHours).toBeCloseTo(24, 9);
    expect(transfer.fromHours).toBe(Number.POSITIVE_INFINITY);
    expect(transfer.detail).toBe('Send 2.3001 BTC from beta to alpha, by hand.');
    expect(step.why).toMatch(
      /^It costs [\d,.]+ USDT less than reverse arbitrage, what is missed in it.$/,
    );
  });

  it('trades back at the books: taker fees of both, each level at its price', () => {
    const step = only(planOf(input({ termsOf: () => undefined })));
    const reverse = option(step, 'reverse-arbitrage');
    expect(step.recommended).toBe('reverse-arbitrage');
    // Buys 1 at 100,000, 1 at 100,001 and 0.3 at 100,002 with 10 bps; sells at beta with 20.
    const paid = decimal('230001.6').multiply(decimal('1.001'));
    const got = decimal('229768.4').multiply(decimal('0.998'));
    expect(text(reverse.cost)).toBe(text(paid.subtract(got)));
    expect(reverse.moves.map(({ venue, asset, amount }) => [venue, asset, text(amount)])).toEqual([
      ['beta', 'BTC', '-2.3'],
      ['beta', 'USDT', text(got)],
      ['alpha', 'USDT', text(paid.negate())],
      ['alpha', 'BTC', '2.3'],
    ]);
    expect(reverse.costBps?.toNumber()).toBeGreaterThan(39);
    expect(reverse.costBps?.toNumber()).toBeLessThan(41);
    expect(reverse).toMatchObject({ hours: 0, inTime: true });
    expect(reverse.toHours).toBeCloseTo(24, 9);
    expect(step.why).toBe('Nothing else is in time.');
    expect(option(step, 'transfer').detail).toBe('No way to send BTC is configured.');
  });

  it('brings money by selling the base that was bought with it', () => {
    const runways = [
      ...BTC.map((one): Runway => ({ ...one, level: 'fine' })),
      runway({
        ...{ venue: 'alpha', asset: 'USDT', available: '2000', least: '1000' },
        flow: { outPerHour: 2000 },
      }),
      runway({ venue: 'beta', asset: 'USDT', available: '300000', least: '1000' }),
    ];
    const rich = runways.map((one) =>
      one.asset === 'BTC' ? { ...one, available: decimal('5') } : one,
    );
    const step = only(planOf(input({ runways: rich, termsOf: () => undefined })));
    const reverse = option(step, 'reverse-arbitrage');
    expect(reverse.from).toEqual({ venue: 'beta', asset: 'USDT' });
    const legs = reverse.moves.map(({ venue, asset, amount }) => {
      return `${venue} ${asset} ${amount.isNegative() ? 'less' : 'more'}`;
    });
    expect(legs).toEqual(['alpha BTC less', 'alpha USDT more', 'beta USDT less', 'beta BTC more']);
    expect(reverse.amount.toNumber()).toBeGreaterThan(step.wanted.toNumber() * 0.99);
    expect(reverse.amount.greaterThan(step.wanted)).toBe(false);
  });

  it('waits where trades the other way fill it up in time, for less than it costs to move', () => {
    const runways = [
      runway({
        ...{ venue: 'alpha', asset: 'BTC', available: '0.11' },
        flow: { outPerHour: 0.3, inPerHour: 0.2 },
      }),
      ...[BTC[1] as Runway, ...MONEY],
    ];
    const wait = only(planOf(input({ runways, profitPerHour: () => 0.1 })));
    expect(wait.recommended).toBe('wait');
    // An hour until it is empty, then 2.4 are to come at 0.2 an hour.
    expect(option(wait, 'wait')).toMatchObject({ inTime: true, possible: true });
    expect(option(wait, 'wait').hours).toBeCloseTo(13, 9);
    // A third of what takes it finds none for 23 hours.
    expect(option(wait, 'wait').missed.toNumber()).toBeCloseTo(0.1 * 23 * (1 / 3), 6);
    const dear = only(planOf(input({ runways, profitPerHour: () => 100 })));
    expect(dear.recommended).toBe('transfer');
  });

  it('counts what is missed until a transfer that comes too late', () => {
    const slow = { ...TERMS, minutes: 600 };
    const step = only(planOf(input({ termsOf: () => slow, profitPerHour: () => 5 })));
    // It is empty after one hour of ten.
    expect(text(option(step, 'transfer').missed)).toBe('45');
    const never = only(planOf(input({ termsOf: () => ({ ...slow, minutes: 1500 }) })));
    expect(option(never, 'transfer').inTime).toBe(false);
    expect(never.recommended).toBe('reverse-arbitrage');
  });

  it('says when nothing helps, and to bring some from outside', () => {
    const [alpha] = BTC;
    const step = only(planOf(input({ runways: [alpha as Runway, ...MONEY], markets: [] })));
    expect(step.recommended).toBeUndefined();
    expect(step.why).toBe('Nothing brings it back within 24 h: bring some from outside.');
    expect(step.options.map(({ possible }) => possible)).toEqual([true, false, false]);
    expect(option(step, 'wait').hours).toBe(Number.POSITIVE_INFINITY);
  });

  it('gives one step what another has left', () => {
    const short = (venue: string, outPerHour: number) =>
      runway({ venue, asset: 'BTC', available: '0.05', flow: { outPerHour } });
    const runways = [
      ...[short('alpha', 0.1), short('gamma', 0.2)],
      runway({ venue: 'beta', asset: 'BTC', available: '1' }),
      ...MONEY,
    ];
    const plan = planOf(input({ runways, markets: [] }));
    expect(plan.map((step) => step.runway.venue)).toEqual(['gamma', 'alpha']);
    const sent = plan.map((step) => option(step, 'transfer').moves[0]?.amount ?? Decimal.ZERO);
    const all = sent.reduce((sum, one) => sum.subtract(one), Decimal.ZERO);
    expect(all.greaterThan(decimal('0.99'))).toBe(false);
    expect(all.greaterThan(decimal('0.98'))).toBe(true);
  });

  it('keeps accounts apart, and what is reserved for a venue where it is', () => {
    const other = BTC.map((one) => ({ ...one, accountId: 'other' as Runway['accountId'] }));
    const [, beta] = other;
    const apart = planOf(input({ runways: [BTC[0] as Runway, beta as Runway, ...MONEY] }));
    expect(option(only(apart), 'transfer').possible).toBe(false);
    const reserves = new Map([['beta BTC', decimal('4.9995')]]);
    const rules = { ...input().rules, reserves };
    const kept = option(only(planOf(input({ rules }))), 'transfer');
    expect(kept.detail).toBe('No venue can spare the 0.001 BTC that it takes.');
  });

  it('does nothing about what lasts, is never traded, or is low by chance alone', () => {
    const low = { outPerHour: 0.1, confidence: 'low' } as const;
    const runways = [
      runway({ venue: 'alpha', asset: 'BTC', available: '0.11', flow: low }),
      runway({ venue: 'beta', asset: 'BTC', available: '0', flow: { fills: 0 } }),
      ...MONEY,
    ];
    expect(planOf(input({ runways }))).toEqual([]);
  });
});

describe('what each place should have', () => {
  const rules = { warnHours: 2, horizonHours: 24, weights: undefined, reserves: new Map() };
  const places = [
    runway({ venue: 'alpha', asset: 'BTC', available: '0.02', flow: { outPerHour: 0.2 } }),
    runway({ venue: 'beta', asset: 'BTC', available: '0.63', flow: { outPerHour: 0.1 } }),
    runway({ venue: 'gamma', asset: 'BTC', available: '0.28', flow: { inPerHour: 1 } }),
  ];
  const texts = (targets: ReadonlyMap<VenueId, Decimal>) => [...targets.values()].map(text);

  it('lasts equally long everywhere, and is the least where nobody uses it', () => {
    expect(texts(targetsOf(places, rules))).toEqual(['0.61', '0.31', '0.01']);
  });

  it('is what lasts for the horizon where there is plenty', () => {
    expect(texts(targetsOf(places, { ...rules, horizonHours: 1 }))).toEqual([
      '0.21',
      '0.11',
      '0.01',
    ]);
  });

  it('is its share by weight', () => {
    const weights = new Map([[venueId('alpha'), decimal('4')]]);
    expect(texts(targetsOf(places, { ...rules, weights }))).toEqual(['0.62', '0.155', '0.155']);
  });
});
