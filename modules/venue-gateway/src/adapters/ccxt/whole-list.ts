import type { Pace } from '../../app/call-queue.ts';

/** One row of a venue's list. `timestamp` is in milliseconds since the epoch. */
interface Row {
  readonly id?: string;
  readonly timestamp?: number;
}

/** A part of a list, both ends inclusive. */
export interface Window {
  readonly sinceMs: number;
  readonly untilMs?: number;
}

export interface WholeListOptions extends Window {
  /** Which end of a window is told when not all of it is. */
  readonly order: 'newest-first' | 'oldest-first';
  /** Times of rows are cut to whole multiples of it; 1 unless told. */
  readonly resolutionMs?: number;
  /** What is asked for at once; a venue may tell less. */
  readonly limit: number;
  /** Waited for before each request but the first. */
  readonly pace: Pace;
}

/** No venue tells fewer at once: a list that is shorter is whole. */
const SHORT = 20;
/** The bound is on a defect, not on the list. */
const PAGES_MAX = 1000;

/**
 * A list that venues tell in parts, by times: where a part ends, the next one begins, so that
 * several rows of one moment are neither lost nor told twice. Rows without an id are kept as often
 * as they come.
 * @throws when as many as were asked for are of one moment: nobody knows whether there are more
 */
export async function wholeList<Item extends Row>(
  tell: (window: Window) => Promise<readonly Item[]>,
  { order, limit, pace, resolutionMs = 1, ...whole }: WholeListOptions,
): Promise<readonly Item[]> {
  const rows = new Map<unknown, Item>();
  let window: Window = whole;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    if (page > 0) await pace();
    const told = await tell(window);
    for (const row of told) rows.set(row.id ?? row, row);
    if (told.length < Math.min(SHORT, limit)) return [...rows.values()];
    const next = following(window, { order, resolutionMs }, timesOf(told));
    if (next === undefined) {
      if (told.length < limit) return [...rows.values()];
      throw new Error(`the venue lists ${told.length} of one moment, and there may be more`);
    }
    window = next;
  }
  throw new Error(`the venue lists more than ${rows.size}, and does not come to an end`);
}

/** @returns undefined where the last part is not further than the one before */
function following(
  window: Window,
  { order, resolutionMs }: Required<Pick<WholeListOptions, 'order' | 'resolutionMs'>>,
  times: readonly number[],
): Window | undefined {
  if (order === 'newest-first') {
    const untilMs = Math.min(...times) + resolutionMs - 1;
    return untilMs < (window.untilMs ?? Number.POSITIVE_INFINITY)
      ? { ...window, untilMs }
      : undefined;
  }
  const sinceMs = Math.max(...times);
  return sinceMs > window.sinceMs ? { ...window, sinceMs } : undefined;
}

const timesOf = (rows: readonly Row[]): readonly number[] =>
  rows.map(({ timestamp }) => timestamp ?? Number.NaN);
