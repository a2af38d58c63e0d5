import fc from 'fast-check';
import { afterHalt, afterResume, type Halt, NOT_HALTED } from '../../src/domain/halt.ts';

const said = (actor: string, atUs = 1): Halt => ({ actor, reason: 'a drill', atUs });
const actors = fc.constantFrom('ann', 'bob', 'cid');
const steps = fc.array(fc.record({ kind: fc.constantFrom('halt', 'resume'), actor: actors }));

describe('a halt', () => {
  it('ends once so many different persons have asked since the last halt, and not before', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 3 }), (taken, personsMin) => {
        let state = NOT_HALTED;
        // The same rule once more, in the plainest way.
        let halted = false;
        let asked = new Set<string>();
        for (const { kind, actor } of taken) {
          if (kind === 'halt') {
            state = afterHalt(state, said(actor));
            halted = true;
            asked = new Set();
          } else {
            state = afterResume(state, said(actor), personsMin);
            if (halted) asked.add(actor);
            if (asked.size >= personsMin) halted = false;
          }
          if (!halted) asked = new Set();
          expect(state.halt !== undefined).toBe(halted);
          expect(state.resumes).toHaveLength(asked.size);
        }
      }),
    );
  });

  it('keeps its first reason', () => {
    const first = said('ann', 1);
    expect(afterHalt(afterHalt(NOT_HALTED, first), said('bob', 2)).halt).toBe(first);
  });

  it('is not ended by one person under two spellings', () => {
    const halted = afterHalt(NOT_HALTED, said('cid'));
    const once = afterResume(halted, said('Ann'), 2);
    expect(afterResume(once, said(' ann '), 2).halt).toBeDefined();
  });
});
