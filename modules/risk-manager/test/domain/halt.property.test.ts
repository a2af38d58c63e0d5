import { HALT_MODES, type HaltMode } from '@ats/domain';
import fc from 'fast-check';
import {
  afterHalt,
  afterResume,
  CHANGES_MAX,
  type HaltState,
  type HaltStep,
  NOT_HALTED,
  type ResumeWish,
} from '../../src/domain/halt.ts';

const said = (actor: string, atUs = 1) => ({ actor, reason: 'a drill', atUs });
const halting = (actor: string, mode: HaltMode = 'halted', atUs = 1): HaltStep => {
  return { ...said(actor, atUs), mode };
};
const resuming = (actor: string, to?: HaltMode): ResumeWish => ({ ...said(actor), to });

const actors = fc.constantFrom('ann', 'bob', 'cid');
const modes = fc.constantFrom(...HALT_MODES);
const wishes = fc.constantFrom(undefined, ...HALT_MODES);
const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('halt' as const), actor: actors, mode: modes }),
    fc.record({ kind: fc.constant('resume' as const), actor: actors, to: wishes }),
  ),
  { maxLength: 60 },
);

/** 0 for no halt, and more for a stricter one. */
const level = (mode: HaltMode | undefined): number =>
  mode === undefined ? 0 : HALT_MODES.indexOf(mode) + 1;

describe('a halt', () => {
  it('becomes stricter at once, and looser as far as enough different persons ask', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 3 }), (taken, personsMin) => {
        let state: HaltState = NOT_HALTED;
        // The same rules once more, in the plainest way: a level, and who wants which since.
        let stands = 0;
        const wanted = new Map<string, number>();
        for (const step of taken) {
          if (step.kind === 'halt') {
            state = afterHalt(state, halting(step.actor, step.mode));
            stands = Math.max(stands, level(step.mode));
            wanted.clear();
          } else {
            state = afterResume(state, resuming(step.actor, step.to), personsMin);
            const to = level(step.to);
            if (to < stands) wanted.set(step.actor, to);
            const agreed = [0, 1, 2].find(
              (at) => [...wanted.values()].filter((want) => want <= at).length >= personsMin,
            );
            if (agreed !== undefined && agreed < stands) {
              stands = agreed;
              for (const [actor, want] of wanted) if (want >= agreed) wanted.delete(actor);
            }
          }
          expect(level(state.halt?.mode)).toBe(stands);
          expect(new Map(state.resumes.map(({ actor, to }) => [actor, level(to)]))).toEqual(wanted);
        }
      }),
    );
  });

  it('keeps its first reason, and how it came to its mode', () => {
    fc.assert(
      fc.property(fc.array(modes, { minLength: 1 }), (asked) => {
        const taken = asked.map((mode, index) => halting(`actor-${index}`, mode, index));
        const { halt } = taken.reduce(afterHalt, NOT_HALTED);
        expect(halt).toMatchObject({ actor: 'actor-0', atUs: 0 });
        const came = [taken[0], ...(halt?.changes ?? [])].map((one) => level(one?.mode));
        expect(came).toEqual([...new Set(came)].toSorted());
        expect(came.at(-1)).toBe(Math.max(...asked.map(level)));
        expect(level(halt?.mode)).toBe(came.at(-1));
      }),
    );
  });

  it('names all who loosened it', () => {
    const flattened = afterHalt(NOT_HALTED, halting('ann', 'flatten'));
    const asked = afterResume(flattened, resuming('bob'), 2);
    expect(asked.halt?.mode).toBe('flatten');
    const { halt, resumes } = afterResume(asked, resuming('cid', 'reducing'), 2);
    expect(halt).toMatchObject({ actor: 'ann', mode: 'reducing' });
    expect(halt?.changes).toEqual([{ ...said('bob and cid'), mode: 'reducing' }]);
    expect(resumes).toEqual([resuming('bob')]);
  });

  it('forgets the oldest of many changes, and never how it began', () => {
    let state = afterHalt(NOT_HALTED, halting('ann'));
    for (let round = 0; round < CHANGES_MAX; round += 1) {
      state = afterHalt(state, halting('bob', 'flatten'));
      state = afterResume(state, resuming('bob', 'halted'), 1);
    }
    expect(state.halt).toMatchObject({ actor: 'ann', mode: 'halted' });
    expect(state.halt?.changes).toHaveLength(CHANGES_MAX);
  });

  it('is not ended by one person under two spellings', () => {
    const halted = afterHalt(NOT_HALTED, halting('cid'));
    const once = afterResume(halted, resuming('Ann'), 2);
    expect(afterResume(once, resuming(' ann '), 2).halt).toBeDefined();
  });
});
