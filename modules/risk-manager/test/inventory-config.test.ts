import { assetId, venueId } from '@ats/domain';
import { inventoryRulesOf } from '../src/inventory-config.ts';
import { riskConfig } from './samples.ts';

const BASE = riskConfig().risk.inventory;

const withInventory = (changes: Record<string, unknown>) =>
  riskConfig({ inventory: { ...BASE, ...changes } });

const between = (from: string, to: string) => ({ from: venueId(from), to: venueId(to) });

describe('section risk.inventory', () => {
  it.each([
    ['a venue that is none', { weights: { mars: '1' } }, 'no such venue'],
    ['a reserve of an asset that is none', { reserves: { alpha: { GOLD: '1' } } }, 'GOLD'],
    [
      'a transfer of an asset that is none',
      { transfers: { ...BASE.transfers, venues: { alpha: { GOLD: { fee: '1' } } } } },
      'add it under assets',
    ],
    ['a half-life beyond the window', { windowHours: 1, halfLifeMinutes: 61 }, 'halfLifeMinutes'],
    ['a half-life too short for it', { windowHours: 24, halfLifeMinutes: 19 }, 'halfLifeMinutes'],
    ['a horizon within the warning', { warnHours: 4, horizonHours: 3 }, 'horizonHours'],
    ['an unknown key', { warnMinutes: 5 }, 'warnMinutes'],
  ])('refuses %s', (_what, changes, message) => {
    expect(() => withInventory(changes)).toThrow(message);
  });

  it('has what sending takes: the fee and least of the giver, times of both', () => {
    const venues = {
      alpha: { BTC: { fee: '0.0005', sendMinutes: 60 } },
      beta: { BTC: { fee: '9', confirmations: 6 } },
    };
    const transfers = { ...BASE.transfers, venues };
    const { termsOf } = inventoryRulesOf(withInventory({ transfers }));
    const terms = termsOf(assetId('BTC'), between('alpha', 'beta'));
    expect(terms?.fee.toString()).toBe('0.0005');
    expect(terms?.min.toString()).toBe('0.001');
    expect(terms?.minutes).toBe(60 + 6 * 10);
    const back = termsOf(assetId('BTC'), between('beta', 'alpha'));
    expect(back?.fee.toString()).toBe('9');
    expect(back?.minutes).toBe(15 + 3 * 10);
  });

  it('has no way to send what is not described, or is not listed at both venues', () => {
    const { termsOf } = inventoryRulesOf(riskConfig());
    expect(termsOf(assetId('USDT'), between('alpha', 'beta'))?.minutes).toBeCloseTo(22.8, 9);
    expect(termsOf(assetId('USD'), between('alpha', 'beta'))).toBeUndefined();
    expect(termsOf(assetId('ETH'), between('alpha', 'beta'))).toBeUndefined();
    const networks = { ethereum: { blockSeconds: 12 } };
    const transfers = { ...BASE.transfers, networks };
    const rules = inventoryRulesOf(withInventory({ transfers }));
    expect(rules.termsOf(assetId('BTC'), between('alpha', 'beta'))).toBeUndefined();
  });

  it('evens out unless there are weights', () => {
    expect(inventoryRulesOf(riskConfig()).plan.weights).toBeUndefined();
    const { plan } = inventoryRulesOf(withInventory({ weights: { beta: '2' } }));
    expect([...(plan.weights ?? [])].map(([venue, weight]) => `${venue} ${weight}`)).toEqual([
      'beta 2',
    ]);
  });
});
