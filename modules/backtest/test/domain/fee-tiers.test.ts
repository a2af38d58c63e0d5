import { Decimal } from '@ats/domain';
import { FeeTiers } from '../../src/domain/fee-tiers.ts';

const d = (text: string): Decimal => Decimal.parse(text);
const DAY_US = 86_400_000_000;
const TIERS = [
  { volume: d('0'), makerBps: d('10'), takerBps: d('10') },
  { volume: d('1000'), makerBps: d('8'), takerBps: d('9') },
  { volume: d('5000'), makerBps: d('5'), takerBps: d('6') },
];

const takerAt = (tiers: FeeTiers, day: number): string => String(tiers.at(day * DAY_US).takerBps);

describe('fees by tier', () => {
  it('begin with the tier that the volume before has reached', () => {
    expect(takerAt(new FeeTiers({ tiers: TIERS, volume: d('999.99') }), 100)).toBe('10');
    expect(takerAt(new FeeTiers({ tiers: TIERS, volume: d('1000') }), 100)).toBe('9');
  });

  it('fall with what is traded, from the next fill on', () => {
    const tiers = new FeeTiers({ tiers: TIERS, volume: d('0') });
    tiers.add(100 * DAY_US, d('1000'));
    expect(takerAt(tiers, 100)).toBe('9');
    tiers.add(101 * DAY_US, d('4000'));
    expect(takerAt(tiers, 101)).toBe('6');
    expect(tiers.changes).toBe(2);
  });

  it('rise again when what was traded is 30 days ago', () => {
    const tiers = new FeeTiers({ tiers: TIERS, volume: d('0') });
    tiers.add(100 * DAY_US, d('1000'));
    expect(takerAt(tiers, 129)).toBe('9');
    expect(takerAt(tiers, 130)).toBe('10');
    expect(takerAt(tiers, 400)).toBe('10');
  });

  it('forget the volume before the run day by day', () => {
    const tiers = new FeeTiers({ tiers: TIERS, volume: d('1500') });
    expect(takerAt(tiers, 100)).toBe('9');
    expect(takerAt(tiers, 110)).toBe('9');
    expect(takerAt(tiers, 111)).toBe('10');
  });
});
