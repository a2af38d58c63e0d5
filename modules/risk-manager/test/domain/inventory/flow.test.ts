import {
  type AccountId,
  accountId,
  assetId,
  Decimal,
  executionId,
  type InstrumentId,
  orderId,
  venueId,
} from '@ats/domain';
import { emptyHold, moveMoney, settleFill } from '@ats/orders';
import fc from 'fast-check';
import {
  bucketStart,
  type FlowBucket,
  type FlowRules,
  flowChanges,
  flowOf,
  ratesOf,
} from '../../../src/domain/inventory/flow.ts';

const decimal = Decimal.parse;
const MINUTE_US = 60_000_000;
const HOUR_US = 60 * MINUTE_US;
const NOW_US = 1_780_000_000_000_000;
const RULES: FlowRules = { windowUs: 24 * HOUR_US, halfLifeUs: HOUR_US, fillsMin: 5 };
const MAIN: AccountId = accountId('main');

const settled = (side: 'buy' | 'sell') =>
  settleFill({
    hold: emptyHold({ orderId: orderId('o'), accountId: MAIN, venue: venueId('kraken') }),
    ...{ side, instrument: 'BTC/USD' as InstrumentId, base: assetId('BTC'), quote: assetId('USD') },
    executionId: executionId('e'),
    fill: {
      quantity: decimal('0.5'),
      price: decimal('100'),
      fee: { asset: assetId('USD'), amount: decimal('0.1') },
    },
    atUs: NOW_US,
  }).entry;

/** What the same in every stretch came to, from so long ago until so long ago. */
function steady(of: {
  readonly fromHours: number;
  readonly toHours?: number;
  readonly given?: string;
  readonly received?: string;
}): readonly FlowBucket[] {
  const { fromHours, toHours = 0, given = '0', received = '0' } = of;
  const endUs = NOW_US - toHours * HOUR_US;
  const stepUs = 5 * MINUTE_US;
  const buckets: FlowBucket[] = [];
  for (let atUs = NOW_US - fromHours * HOUR_US; atUs < endUs; atUs += stepUs) {
    const startUs = bucketStart(atUs, RULES.windowUs);
    buckets.push({ startUs, given: decimal(given), received: decimal(received), fills: 1 });
  }
  return buckets;
}

const over = (hours: number) => ({ sinceUs: NOW_US - hours * HOUR_US, nowUs: NOW_US });

describe('the flow of an asset', () => {
  it('is what fills moved, the fee in it, by place', () => {
    const texts = (side: 'buy' | 'sell') =>
      flowChanges(settled(side)).map(({ place, received, given }) => {
        return `${place.venue} ${place.asset} +${received.normalized()} -${given.normalized()}`;
      });
    expect(texts('buy')).toEqual(['kraken BTC +0.5 -0', 'kraken USD +0 -50.1']);
    expect(texts('sell')).toEqual(['kraken BTC +0 -0.5', 'kraken USD +49.9 -0']);
  });

  it('has no money in it that was sent, reserved or put right', () => {
    const movement = {
      ...{ accountId: MAIN, venue: venueId('kraken'), asset: assetId('USD') },
      ...{ amount: decimal('5'), reference: 'r', confirmation: 'ann', atUs: NOW_US },
    };
    for (const kind of ['deposit', 'withdrawal', 'fee', 'adjustment'] as const) {
      const made = moveMoney({ kind, ...movement });
      expect(made.kind === 'made' && flowChanges(made.entry)).toEqual([]);
    }
    expect(flowChanges({ ...settled('buy'), kind: 'reserve' })).toEqual([]);
  });

  it.each([0.25, 1, 6, 24, 100])('that is steady is itself after %d hours', (hours) => {
    const buckets = steady({ fromHours: Math.min(hours, 24), given: '0.25', received: '0.1' });
    const flow = flowOf(buckets, over(hours), RULES);
    expect(flow.outPerHour).toBeGreaterThan(3 * 0.9);
    expect(flow.outPerHour).toBeLessThan(3 * 1.1);
    expect(flow.inPerHour).toBeCloseTo(flow.outPerHour * 0.4, 9);
    expect(flow.windowNetPerHour).toBeLessThan(-1.8 * 0.9);
    expect(flow.windowNetPerHour).toBeGreaterThan(-1.8 * 1.1);
  });

  it('counts half after each half-life, while the plain rate forgets nothing', () => {
    const buckets = steady({ fromHours: 12, toHours: 6, given: '1' });
    const at = (hours: number) => {
      const nowUs = NOW_US + hours * HOUR_US;
      return flowOf(buckets, { sinceUs: NOW_US - 12 * HOUR_US, nowUs }, RULES);
    };
    expect(at(1).outPerHour / at(0).outPerHour).toBeCloseTo(0.5, 2);
    expect(at(3).outPerHour / at(0).outPerHour).toBeCloseTo(0.125, 2);
    expect(at(3).windowNetPerHour).toBeCloseTo(-72 / 15, 9);
  });

  it('is of the window alone', () => {
    const buckets = steady({ fromHours: 24, toHours: 12, given: '1' });
    const later = { sinceUs: NOW_US - 24 * HOUR_US, nowUs: NOW_US + 13 * HOUR_US };
    expect(flowOf(buckets, later, RULES)).toMatchObject({ fills: 0, outPerHour: 0 });
  });

  it('says nothing of few fills or a short watch, and little of what may be chance', () => {
    const confidence = (buckets: readonly FlowBucket[], hours: number) =>
      flowOf(buckets, over(hours), RULES).confidence;
    expect(confidence([], 10)).toBe('unknown');
    expect(confidence(steady({ fromHours: 0.25, given: '1' }), 10)).toBe('unknown');
    const oneWay = steady({ fromHours: 2, given: '1' });
    expect(confidence(oneWay, 0.01)).toBe('unknown');
    expect(confidence(oneWay, 2)).toBe('good');
    expect(confidence(steady({ fromHours: 2, given: '1', received: '0.8' }), 2)).toBe('low');
    expect(confidence(steady({ fromHours: 2, given: '1', received: '1' }), 2)).toBe('low');
  });

  it('does not depend on the order in which it is told', () => {
    const amounts = fc.array(
      fc.record({
        startUs: fc.integer({ min: 0, max: 300 }).map((n) => NOW_US - n * 5 * MINUTE_US),
        amount: fc.integer({ min: 0, max: 1000 }),
      }),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(amounts, (all) => {
        const [one, other] = [all, all.toReversed()].map((some) => ratesOf(some, over(24), RULES));
        expect(one?.sum).toBe(other?.sum);
        expect(one?.recent).toBeCloseTo(other?.recent ?? -1, 6);
        expect(one?.recent).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
