import { Decimal } from '@ats/domain';
import { NO_TRADES, QUARTER_US, type TradeTally, together } from './trade-tally.ts';

/** The money that a chart is of. */
export interface Equity {
  readonly numeraire: string;
  /** What trades had earned since the begin of the day, at its begin, its end and in between. */
  readonly points: readonly { readonly atUs: number; readonly earned: number }[];
}

/** What a digest says of trades. */
export interface TradeFigures {
  /** False when records of the day may not have been counted yet. */
  readonly complete: boolean;
  readonly day: TradeTally;
  /** Longer windows that end with the day. */
  readonly longer: readonly { readonly days: number; readonly tally: TradeTally }[];
  /** Absent where no trade of the day had fills. */
  readonly equity: Equity | undefined;
}

type Quarters = readonly { readonly quarterUs: number; readonly tally: TradeTally }[];

const sumOf = (quarters: Quarters, fromUs: number): TradeTally =>
  quarters
    .filter(({ quarterUs }) => quarterUs >= fromUs)
    .reduce((sum, { tally }) => together(sum, tally), NO_TRADES);

/**
 * Sums of the day and of longer windows.
 * @param quarters all that begin in the longest window, the oldest first
 */
export function tradeFigures(
  quarters: Quarters,
  windows: {
    readonly fromUs: number;
    readonly toUs: number;
    readonly longer: readonly { readonly days: number; readonly fromUs: number }[];
    readonly complete: boolean;
  },
): TradeFigures {
  const { fromUs, toUs, longer, complete } = windows;
  const day = sumOf(quarters, fromUs);
  return {
    ...{ complete, day },
    longer: longer.map((one) => ({ days: one.days, tally: sumOf(quarters, one.fromUs) })),
    equity: equityOf(quarters, day, { fromUs, toUs }),
  };
}

/** Of the numeraire in which most trades of the day were made. */
function equityOf(
  quarters: Quarters,
  day: TradeTally,
  { fromUs, toUs }: { readonly fromUs: number; readonly toUs: number },
): Equity | undefined {
  const [most] = Object.entries(day.edges).sort(([, one], [, other]) => other.trades - one.trades);
  if (most === undefined) return undefined;
  const [numeraire] = most;
  const points = [{ atUs: fromUs, earned: 0 }];
  let sum = Decimal.ZERO;
  for (const { quarterUs, tally } of quarters) {
    const edge = tally.edges[numeraire];
    if (edge === undefined || quarterUs < fromUs) continue;
    sum = sum.add(Decimal.parse(edge.steps.realised));
    points.push({ atUs: quarterUs + QUARTER_US, earned: sum.toNumber() });
  }
  if (points.at(-1)?.atUs !== toUs) points.push({ atUs: toUs, earned: sum.toNumber() });
  return { numeraire, points };
}
