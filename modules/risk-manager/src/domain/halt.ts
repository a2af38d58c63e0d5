import { HALT_MODES, type HaltMode, isStricter } from '@ats/domain';

/** What a person, or a limit, said of a halt. */
interface Said {
  readonly reason: string;
  readonly actor: string;
  /** Microseconds since the epoch. */
  readonly atUs: number;
}

/** A wish to halt, and what a halt turned into. */
export interface HaltStep extends Said {
  readonly mode: HaltMode;
}

/** A wish to end a halt, or to have a less strict one. */
export interface ResumeWish extends Said {
  /** Undefined: no halt. */
  readonly to: HaltMode | undefined;
}

/** Who stopped trading first, why and when, and what is stopped now. */
export interface Halt extends HaltStep {
  /** How it came to its mode since, the oldest first; at most `CHANGES_MAX`. */
  readonly changes: readonly HaltStep[];
}

/** Whether trading is halted, and who wants less of it. */
export interface HaltState {
  /** Undefined while trading goes on. */
  readonly halt: Halt | undefined;
  /** The newest wish of each person, while more persons are needed. */
  readonly resumes: readonly ResumeWish[];
}

export const NOT_HALTED: HaltState = { halt: undefined, resumes: [] };

/** Changes that are kept of one halt; the oldest are forgotten, its beginning never. */
export const CHANGES_MAX = 20;

const changed = (halt: Halt, step: HaltStep): Halt => {
  return { ...halt, mode: step.mode, changes: [...halt.changes, step].slice(-CHANGES_MAX) };
};

/**
 * A halt that stands keeps its reason and can only become stricter; whoever wanted to resume has
 * to say so again.
 */
export function afterHalt({ halt }: HaltState, step: HaltStep): HaltState {
  if (halt === undefined) return { halt: { ...step, changes: [] }, resumes: [] };
  return { halt: isStricter(step.mode, halt.mode) ? changed(halt, step) : halt, resumes: [] };
}

/** A name written otherwise is not another person. */
const personOf = ({ actor }: Said): string => actor.trim().toLowerCase();

/** Those who want this much freedom or more. */
export function supportersOf(state: HaltState, to: HaltMode | undefined): readonly ResumeWish[] {
  return state.resumes.filter((one) => !isStricter(one.to, to));
}

/**
 * Goes as far as enough persons agree on: who wants no halt is content with a less strict one, and
 * goes on to want none. A wish for what is already there changes nothing.
 * @param personsMin how many different persons it takes
 */
export function afterResume(state: HaltState, wish: ResumeWish, personsMin: number): HaltState {
  const { halt } = state;
  if (halt === undefined || !isStricter(halt.mode, wish.to)) return state;
  const others = state.resumes.filter((one) => personOf(one) !== personOf(wish));
  const asked: HaltState = { halt, resumes: [...others, wish] };
  for (const to of [undefined, ...HALT_MODES]) {
    const supporters = supportersOf(asked, to);
    if (supporters.length < personsMin || !isStricter(halt.mode, to)) continue;
    if (to === undefined) return NOT_HALTED;
    const actor = supporters.map((one) => one.actor).join(' and ');
    const { reason, atUs } = wish;
    const further = asked.resumes.filter((one) => isStricter(to, one.to));
    return { halt: changed(halt, { mode: to, reason, actor, atUs }), resumes: further };
  }
  return asked;
}
