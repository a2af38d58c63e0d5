import { virtualTimers } from '@ats/runtime';
import fc from 'fast-check';

interface Wish {
  readonly delayMs: number;
  /** Cancelled before time passes. */
  readonly canceled: boolean;
}

const wish: fc.Arbitrary<Wish> = fc.record({
  delayMs: fc.integer({ min: 0, max: 40 }),
  canceled: fc.boolean(),
});

describe('virtual timers', () => {
  it('run by time and, at one moment, by creation, whatever is cancelled', () => {
    fc.assert(
      fc.property(fc.array(wish, { maxLength: 300 }), (wishes) => {
        const timers = virtualTimers();
        const ran: number[] = [];
        const handles = wishes.map(({ delayMs }, index) =>
          timers.after(delayMs, () => ran.push(index)),
        );
        for (const [index, { canceled }] of wishes.entries()) {
          if (canceled) handles[index]?.cancel();
        }
        const expected = wishes
          .map(({ delayMs, canceled }, index) => ({ delayMs, canceled, index }))
          .filter(({ canceled }) => !canceled)
          .toSorted((a, b) => a.delayMs - b.delayMs || a.index - b.index)
          .map(({ index }) => index);
        expect(timers.pending).toBe(expected.length);
        timers.advance(40);
        expect(ran).toEqual(expected);
        expect(timers.pending).toBe(0);
      }),
    );
  });

  it('count what still waits when a timer is cancelled twice, or after it ran', () => {
    const timers = virtualTimers();
    const first = timers.after(1, () => undefined);
    const second = timers.after(2, () => undefined);
    timers.advance(1);
    first.cancel();
    second.cancel();
    second.cancel();
    expect(timers.pending).toBe(0);
    expect(timers.nextDueUs()).toBeUndefined();
  });
});
