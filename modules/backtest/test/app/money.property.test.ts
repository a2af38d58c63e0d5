import { Decimal, TRADE_ENDS } from '@ats/domain';
import fc from 'fast-check';
import { runBacktest } from '../../src/app/run-backtest.ts';
import type { RunRecord } from '../../src/domain/run-record.ts';
import { configWith, LOW_FEES, specOf, wavingTapes } from '../stage.ts';

const RUNS = 12;
const SECONDS = 12;
const TIMEOUT_MS = 240_000;
const TIERS =
  "[{ volume: '0', makerBps: '1', takerBps: '1' }, " +
  "{ volume: '20000', makerBps: '0.5', takerBps: '0.7' }]";
/** Draws stay the same, so that what they reach can be counted on. */
const DRAWS = 20;

/** What every venue must hold by what it held and by its fills. */
function expectConserved({ balances = [], fills }: RunRecord): void {
  const due = new Map(balances.map(({ venue, asset, start }) => [`${venue} ${asset}`, start]));
  const move = (venue: string, asset: string, amount: Decimal): void => {
    const key = `${venue} ${asset}`;
    due.set(key, (due.get(key) ?? Decimal.ZERO).add(amount));
  };
  for (const { venue, instrument, side, quantity, price, fee, feeAsset } of fills) {
    const [base = '', quote = ''] = instrument.split('/');
    const notional = price.multiply(quantity);
    const buys = side === 'buy';
    move(venue, base, buys ? quantity : quantity.negate());
    move(venue, quote, buys ? notional.negate() : notional);
    move(venue, feeAsset, fee.negate());
  }
  for (const { venue, asset, end } of balances) {
    const expected = due.get(`${venue} ${asset}`) ?? Decimal.ZERO;
    expect(`${venue} ${asset} ${end}`).toBe(`${venue} ${asset} ${expected.normalized()}`);
    expect(end.isNegative()).toBe(false);
  }
}

const settings = fc.record({
  seed: fc.nat(1000),
  latency: fc.constantFrom('fixed:0', 'fixed:15', 'lognormal:30:1', 'fixed:400'),
  market: fc.constantFrom('recorded', 'fixed:5', 'lognormal:20:0.8'),
  rejects: fc.constantFrom(0, 0.2),
  feeAsset: fc.constantFrom('quote', 'received', 'BNB'),
  bnb: fc.constantFrom('0', '0.001', '10'),
  usdt: fc.constantFrom('100000', '4000', '0'),
  isOut: fc.boolean(),
});

describe('whatever the venues do', () => {
  it(
    'no money is lost or made, none is below zero, ledger and venues agree, every trade ends',
    async () => {
      const [feeAssets, states] = [new Set<string>(), new Set<string>()];
      await fc.assert(
        fc.asyncProperty(settings, async (drawn) => {
          const tapes = wavingTapes(SECONDS);
          const fees = `{ asset: ${drawn.feeAsset}, price: '300', tiers: ${TIERS} }`;
          const held = (base: string): string =>
            `{ USDT: '${drawn.usdt}', BTC: '${base}', BNB: '${drawn.bnb}' }`;
          const outage =
            "{ venue: bitfinex, from: '2026-05-28T20:26:45Z', to: '2026-05-28T20:26:49Z' }";
          const loaded = configWith([
            'assets.BNB={ network: bsc }',
            `backtest.balances={ binance: ${held('1')}, bitfinex: ${held('0.2')} }`,
            `backtest.fees={ binance: ${fees}, bitfinex: ${fees} }`,
            `backtest.latency.orders.default=${drawn.latency}`,
            `backtest.latency.market.default=${drawn.market}`,
            `backtest.rejects.default=${drawn.rejects}`,
            `backtest.outages=[${drawn.isOut ? outage : ''}]`,
          ]);
          const spec = specOf(tapes, { seed: drawn.seed, settings: LOW_FEES });
          const record = await runBacktest({ spec, tapes, loaded });
          expectConserved(record);
          for (const { feeAsset } of record.fills) feeAssets.add(feeAsset);
          for (const { state } of record.trades) states.add(state);
          expect(record.ledger).toEqual({ balanced: true, differences: [] });
          const ends: readonly string[] = TRADE_ENDS;
          const open = record.trades.filter(({ state }) => !ends.includes(state));
          expect(open.map(({ tradeId, state }) => `${tradeId} ${state}`)).toEqual([]);
        }),
        { numRuns: RUNS, seed: DRAWS },
      );
      expect([...feeAssets].toSorted()).toEqual(['BNB', 'BTC', 'USDT']);
      expect([...states]).toEqual(expect.arrayContaining(['COMPLETED', 'UNWOUND', 'EXPIRED']));
    },
    TIMEOUT_MS,
  );
});
