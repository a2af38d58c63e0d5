/** Who stopped all trading, why and when. */
export interface Halt {
  readonly reason: string;
  readonly actor: string;
  /** Microseconds since the epoch. */
  readonly atUs: number;
}

/** Whether trading is halted, and who wants it to go on. */
export interface HaltState {
  /** Undefined while trading goes on. */
  readonly halt: Halt | undefined;
  /** Persons who said that it may go on, each once, while more are needed. */
  readonly resumes: readonly Halt[];
}

export const NOT_HALTED: HaltState = { halt: undefined, resumes: [] };

/** A halt that stands keeps its reason; whoever wanted to resume has to say so again. */
export function afterHalt(state: HaltState, halt: Halt): HaltState {
  return { halt: state.halt ?? halt, resumes: [] };
}

/** A name written otherwise is not another person. */
const personOf = ({ actor }: Halt): string => actor.trim().toLowerCase();

/** @param personsMin how many different persons it takes */
export function afterResume(state: HaltState, resume: Halt, personsMin: number): HaltState {
  if (state.halt === undefined) return state;
  const person = personOf(resume);
  const others = state.resumes.filter((one) => personOf(one) !== person);
  const resumes = [...others, resume];
  return resumes.length >= personsMin ? NOT_HALTED : { ...state, resumes };
}
