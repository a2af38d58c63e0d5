import type { RunRecord } from '../domain/run-record.ts';

/** Something that was done otherwise when the future was not there. */
export interface LookAhead {
  /** Where the tapes were cut, microseconds since the epoch. */
  readonly cutUs: number;
  /** What differs: `fill`, `trade` or `equity`. */
  readonly what: string;
  readonly timeUs: number;
  /** As it was with the future on the tapes, and without; `nothing` where there was none. */
  readonly withFuture: string;
  readonly without: string;
}

export interface LookAheadCheck {
  readonly cutsUs: readonly number[];
  /** Things that were compared, over all cuts. */
  readonly compared: number;
  /** The earliest difference of the first cut that has one. */
  readonly found: LookAhead | undefined;
}

interface Line {
  readonly what: string;
  readonly timeUs: number;
  readonly text: string;
}

/**
 * Runs once over the whole tapes and once for each cut, and compares, byte for byte, everything
 * that happened before the cut: it cannot depend on what came after. Finds what knows the future
 * through the tapes or from an earlier run, and what differs between runs by itself. The whole run
 * comes first, so that what a strategy remembers of it is found in the runs that follow.
 * @param run over the tapes up to a receive time; undefined for all
 * @param shares where to cut, of the run's length
 */
export async function checkLookAhead(
  run: (toUs: number | undefined) => Promise<RunRecord>,
  shares: readonly number[],
): Promise<LookAheadCheck> {
  const whole = await run(undefined);
  const { fromUs, toUs } = whole;
  const cutsUs = shares.map((share) => Math.round(fromUs + (toUs - fromUs) * share));
  let compared = 0;
  for (const cutUs of cutsUs) {
    const part = await run(cutUs);
    // What stands at the cut is dealt with after the last row, which a shorter tape ends sooner.
    const beforeUs = Math.min(cutUs, part.toUs);
    const [expected, actual] = [linesOf(whole, beforeUs), linesOf(part, beforeUs)];
    compared += expected.length;
    const found = firstDifference(expected, actual);
    if (found !== undefined) return { cutsUs, compared, found: { cutUs, ...found } };
  }
  return { cutsUs, compared, found: undefined };
}

/** All of a run before a moment that does not change afterwards, by time. */
function linesOf({ fills, trades, equity }: RunRecord, beforeUs: number): readonly Line[] {
  const lines: Line[] = [
    ...fills.map((fill) => ({ what: 'fill', timeUs: fill.timeUs, text: JSON.stringify(fill) })),
    ...trades
      .filter(({ waterfall }) => waterfall !== undefined)
      .map((trade) => ({
        what: 'trade',
        timeUs: trade.updatedAtUs,
        text: JSON.stringify(trade),
      })),
    ...equity.map((point) => ({
      what: 'equity',
      timeUs: point.timeUs,
      text: JSON.stringify(point),
    })),
  ];
  return lines.filter(({ timeUs }) => timeUs < beforeUs).toSorted((a, b) => a.timeUs - b.timeUs);
}

function firstDifference(
  expected: readonly Line[],
  actual: readonly Line[],
): Omit<LookAhead, 'cutUs'> | undefined {
  const count = Math.max(expected.length, actual.length);
  for (let at = 0; at < count; at += 1) {
    const [one, other] = [expected[at], actual[at]];
    if (one?.text === other?.text) continue;
    const first = [one, other]
      .filter((line) => line !== undefined)
      .toSorted((a, b) => a.timeUs - b.timeUs)[0] as Line;
    return {
      what: first.what,
      timeUs: first.timeUs,
      withFuture: one?.text ?? 'nothing',
      without: other?.text ?? 'nothing',
    };
  }
  return undefined;
}
