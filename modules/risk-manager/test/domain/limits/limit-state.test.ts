import { Decimal } from '@ats/domain';
import fc from 'fast-check';
import {
  judge,
  type LimitChangeKind,
  type LimitReading,
  type LimitState,
} from '../../../src/domain/limits/limit-state.ts';
import type { Limit } from '../../../src/domain/limits/limit-table.ts';

const decimal = (value: number): Decimal => Decimal.parse(String(value));
const limitOf = (changes: Partial<Limit> = {}): Limit => ({
  ...{ warn: decimal(80), max: decimal(100), onBreach: 'refuse' },
  ...changes,
});

/** A limit that is looked at every second. */
function watch(limit: Limit = limitOf()) {
  let state: LimitState | undefined;
  let second = 0;
  return {
    limit,
    halted: false,
    get state() {
      return state;
    },
    /** Looks once; a halt that follows stands until it is ended. */
    look(value: number, changes: Partial<LimitReading> = {}): LimitChangeKind | undefined {
      second += 1;
      const { halted } = this;
      const nowUs = second * 1_000_000;
      const about = { name: 'lossPerDay', of: '', value: decimal(value), nowUs } as const;
      const judgement = judge(state, { ...about, limit: this.limit, halted, ...changes });
      state = judgement.state;
      if (judgement.halts) this.halted = true;
      return judgement.change;
    },
    /** Looks many times. @returns every change there was */
    hold(value: number, seconds: number): readonly LimitChangeKind[] {
      return Array.from({ length: seconds }, () => this.look(value) ?? 'none').filter(
        (one): one is LimitChangeKind => one !== 'none',
      );
    },
  };
}

describe('a limit that is watched', () => {
  it('is told once at its warning, once at its breach, and once when it has recovered', () => {
    const limit = watch();
    expect(limit.hold(79, 5)).toEqual([]);
    expect(limit.hold(80, 5)).toEqual(['raised']);
    expect(limit.hold(100, 5)).toEqual([]);
    expect(limit.hold(101, 5)).toEqual(['worsened']);
    expect(limit.hold(10, 30)).toEqual(['recovered']);
  });

  it('may be reached and not passed', () => {
    const limit = watch(limitOf({ warn: undefined }));
    expect(limit.look(100)).toBeUndefined();
    expect(limit.look(100.01)).toBe('raised');
    expect(limit.state?.level).toBe('breach');
  });

  it('does not flicker at the edge: it has to be well below for ten seconds', () => {
    const limit = watch();
    limit.look(101);
    expect([...limit.hold(96, 60), ...limit.hold(90, 9)]).toEqual([]);
    expect(limit.look(96)).toBeUndefined();
    expect(limit.hold(90, 10)).toEqual([]);
    expect(limit.look(90)).toBe('eased');
    expect(limit.state?.level).toBe('warn');
  });

  it('has to be calm for longer each time that it comes back, up to five minutes', () => {
    const limit = watch();
    const calms = Array.from({ length: 8 }, () => {
      limit.look(90);
      let seconds = 0;
      while (limit.look(10) !== 'recovered') seconds += 1;
      return seconds;
    });
    expect(calms).toEqual([10, 20, 40, 80, 160, 300, 300, 300]);
  });

  it('recovers at once where the limit itself was raised', () => {
    const limit = watch();
    limit.look(120);
    limit.limit = limitOf({ warn: decimal(150), max: decimal(200) });
    expect(limit.look(120)).toBe('recovered');
  });

  it('tells more in an hour the worse it dances only so often', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 200 }), { minLength: 3600, maxLength: 3600 }),
        (values) => {
          const limit = watch();
          const told = values.filter((value) => limit.look(value) !== undefined);
          expect(told.length).toBeLessThan(60);
        },
      ),
      { numRuns: 20 },
    );
  });
});

describe('a limit whose breach halts', () => {
  const halting = () => watch(limitOf({ onBreach: 'halted' }));

  it('halts once, whatever it is while the halt stands', () => {
    const limit = halting();
    expect(limit.look(101)).toBe('raised');
    expect(limit.halted).toBe(true);
    expect([101, 150, 120, 180].map((value) => limit.look(value))).toEqual(
      Array(4).fill(undefined),
    );
  });

  it('does not halt again after a person resumed, unless it gets worse by a tenth', () => {
    const limit = halting();
    limit.look(105);
    limit.look(130);
    limit.halted = false;
    expect(limit.look(128)).toBe('resumed');
    expect(limit.hold(139, 60)).toEqual([]);
    expect(limit.halted).toBe(false);
    expect(limit.look(141)).toBe('halted');
    expect(limit.halted).toBe(true);
  });

  it('halts again when it is breached anew after it had recovered', () => {
    const limit = halting();
    limit.look(105);
    limit.halted = false;
    expect(limit.hold(10, 20)).toEqual(['resumed', 'recovered']);
    expect(limit.look(101)).toBe('raised');
    expect(limit.halted).toBe(true);
  });

  it('halts a breach that stands once it is told to', () => {
    const limit = watch();
    limit.look(105);
    expect(limit.halted).toBe(false);
    limit.limit = limitOf({ onBreach: 'reducing' });
    expect(limit.look(105)).toBe('halted');
    expect(limit.halted).toBe(true);
  });

  it('never halts for the age of a book or the clock of a venue: people are told', () => {
    const limit = halting();
    expect(limit.look(500, { name: 'clockSkew' })).toBe('raised');
    expect(limit.state?.level).toBe('warn');
    expect(limit.halted).toBe(false);
  });
});
