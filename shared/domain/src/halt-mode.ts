/**
 * How much a halt stops, each more than the one before. Cancels and unwinds always pass.
 * `reducing`: only orders that lower exposure pass. `halted`: none do. `flatten`: none do, and the
 * system closes what is open.
 */
export const HALT_MODES = ['reducing', 'halted', 'flatten'] as const;
export type HaltMode = (typeof HALT_MODES)[number];

const strictness = (mode: HaltMode | undefined): number =>
  mode === undefined ? -1 : HALT_MODES.indexOf(mode);

/** Whether one stops more than the other; undefined, no halt, stops nothing. */
export const isStricter = (one: HaltMode | undefined, other: HaltMode | undefined): boolean =>
  strictness(one) > strictness(other);
