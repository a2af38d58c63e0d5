import { Decimal } from '@ats/domain';
import fc from 'fast-check';
import { type Drawdown, drawdownAfter, drawdownFrom } from '../src/drawdown.ts';

/** Equity of 1 that earns each return in turn, then the drawdown at its end. */
function drawdownOf(percents: readonly number[]): Drawdown {
  let equity = Decimal.ONE;
  let drawdown = drawdownFrom(equity);
  for (const percent of percents) {
    equity = equity.multiply(Decimal.ONE.add(Decimal.fromNumber(percent / 100)));
    drawdown = drawdownAfter(drawdown, equity);
  }
  return drawdown;
}

/** The deepest drawdown as a part of the peak before it, where the peak is the last one. */
const deepestPart = ({ deepest, peak }: Drawdown): number => deepest.toNumber() / peak.toNumber();

describe('a drawdown', () => {
  // Returns in percent and maximum drawdown as published in empyrical's test of `max_drawdown`.
  it.each([
    ['one return', [1], 0],
    ['no losses', [0, 1, 0, 1, 0, 1, 0, 1, 0], 0],
    ['a loss at the end', [1, 10, -4, 2, 3, 2, 1, -10], 0.1],
    ['losses alone', [0, -6, -7, -1, -9, -2, -6, -8, -5], 0.365907303498736],
    ['a loss between gains', [10, -10, 10], 0.1],
  ])('of %s is as published', (_what, percents, published) => {
    expect(deepestPart(drawdownOf(percents))).toBeCloseTo(published, 8);
  });

  it('is never below zero, and none at a new peak', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1000, max: 1000 })), (changes) => {
        let equity = Decimal.ZERO;
        let drawdown = drawdownFrom(equity);
        for (const change of changes) {
          equity = equity.add(Decimal.fromNumber(change));
          const after = drawdownAfter(drawdown, equity);
          expect(after.depth.isNegative()).toBe(false);
          expect(after.deepest.lessThan(after.depth)).toBe(false);
          expect(after.peak.subtract(after.depth).equals(equity)).toBe(true);
          if (equity.greaterThan(drawdown.peak)) expect(after.depth.isZero()).toBe(true);
          drawdown = after;
        }
      }),
    );
  });
});
