import { assetId, Decimal } from '@ats/domain';
import { dryAlert } from '../../src/app/inventory/inventory-alerts.ts';
import { valuesOf } from '../../src/domain/inventory/markets.ts';
import { planOf } from '../../src/domain/inventory/plan.ts';
import { listing, market, runway } from '../inventory-samples.ts';

const USDT = assetId('USDT');

describe('the alert of an asset that runs dry', () => {
  const giver = { venue: 'beta', asset: 'XRP', available: '200000.12345678' };
  const dry = runway({
    ...{ venue: 'alpha', asset: 'XRP', available: '60817.86317192855', least: '5000' },
    flow: { outPerHour: 1_180_000 },
  });
  const [step] = planOf({
    runways: [dry, runway({ ...giver, flow: { inPerHour: 0.1 } })],
    markets: [],
    values: valuesOf([market(listing('beta', 'XRP/USDT'), { bid: 2, ask: 2.01 })], USDT),
    termsOf: () => ({ fee: Decimal.parse('0.95'), min: Decimal.parse('10'), minutes: 30 }),
    profitPerHour: () => 4000,
    rules: {
      ...{ numeraire: USDT, warnHours: 2, horizonHours: 24 },
      ...{ weights: undefined, reserves: new Map<string, Decimal>() },
    },
  });
  const alert = dryAlert({ runway: dry, step, numeraire: 'USDT', nowUs: 1 });

  it('says figures as a person reads them, and keeps them exact in its facts', () => {
    expect(alert.summary).toBe(
      'XRP at alpha lasts 3 min: 60,817.9 is left, 1,180,000 XRP an hour go.',
    );
    expect(alert.remedy).toMatch(/Send [\d,]+(\.\d)? XRP from beta to alpha, by hand\./);
    expect(alert.facts).toMatchObject({ available: '60817.86317192855' });
  });

  it('tells what moving costs apart from what trades do not earn meanwhile', () => {
    expect(step?.recommended).toBe('transfer');
    expect(alert.remedy).toMatch(
      /^Recommended is transfer: it costs 1\.9\d USDT, done in 30 min\./,
    );
    expect(alert.remedy).toMatch(/Trades .* would earn about [\d,]{4,}\.\d\d USDT\./);
  });
});
