import { AtsError, Decimal } from '@ats/domain';
import { openTapeFile, type TapeFile } from '../adapters/tape-file.ts';
import type { BookView } from '../domain/book-view.ts';
import { type ExactTrade, exactCrossedQuantity, valueExactly } from '../domain/exact.ts';
import { splitTapeSymbol, tapeProblem } from '../domain/tape-row.ts';
import { Walk, type WalkLimits } from '../domain/walk.ts';

export interface ReplayTapesOptions {
  /** Two or more wide CSV tapes of one instrument, plain or gzip. */
  readonly files: readonly string[];
  /** Taker fee of each side, in basis points. */
  readonly feesBps: string;
}

/** What walking two books at every row came to, in one direction. Exact decimals, as text. */
export interface CrossedSummary {
  /** Rows in which buying here and selling there earned after fees. */
  readonly count: number;
  /** Base. */
  readonly quantity: string;
  /** Quote, before fees. */
  readonly grossQuote: string;
  /** Quote, after the fees of both sides. */
  readonly netQuote: string;
}

export interface TapeSummary {
  readonly instrument: string;
  readonly feesBps: string;
  readonly tapes: readonly { readonly venue: string; readonly file: string; rows: number }[];
  /** Moments at which at least two tapes had a row; only these are walked. */
  readonly alignedRows: number;
  /** Rows whose moment no other tape had. */
  readonly unmatchedRows: number;
  /** By direction, `binance->huobi` is bought on Binance and sold on Huobi. */
  readonly crossed: Readonly<Record<string, CrossedSummary>>;
}

interface Tape {
  readonly file: TapeFile;
  readonly venue: string;
  readonly instrument: string;
  rows: number;
  ended: boolean;
}

interface Direction {
  readonly buy: Tape;
  readonly sell: Tape;
  readonly trade: ExactTrade;
  count: number;
  quantity: Decimal;
  gross: Decimal;
  net: Decimal;
}

const UNBOUNDED: WalkLimits = {
  baseMax: Number.POSITIVE_INFINITY,
  quoteMax: Number.POSITIVE_INFINITY,
  notionalMax: Number.POSITIVE_INFINITY,
  slippageRate: 0,
  edgeMin: 0,
  valueRate: 1,
};

/**
 * Walks the books of recorded tapes against each other at every moment they share, in every
 * direction, with the engine's own walk, and sums what the exact re-check makes of it. Reads row
 * by row: memory does not grow with the tapes.
 * @throws TAPE_UNREADABLE, TAPE_INVALID, CONFIG_INVALID
 */
export async function replayTapes(options: ReplayTapesOptions): Promise<TapeSummary> {
  const feeRate = feeRateOf(options.feesBps);
  if (options.files.length < 2) {
    throw new AtsError({
      code: 'CONFIG_INVALID',
      message: `--tape was given ${options.files.length} times, at least 2 tapes are compared`,
      remedy: 'Give one --tape per venue: --tape A.csv.gz --tape B.csv.gz.',
      context: { field: '--tape', value: options.files.join(' ') },
    });
  }
  const tapes: Tape[] = [];
  try {
    for (const file of options.files) tapes.push(await openTape(file));
    checkTapes(tapes);
    const directions = directionsOf(tapes, feeRate);
    const rows = await walkAll(tapes, directions);
    return {
      instrument: tapes[0]?.instrument ?? '',
      feesBps: options.feesBps,
      tapes: tapes.map((tape) => ({ venue: tape.venue, file: tape.file.file, rows: tape.rows })),
      ...rows,
      crossed: Object.fromEntries(directions.map((one) => [nameOf(one), summaryOf(one)])),
    };
  } finally {
    for (const tape of tapes) await tape.file.close();
  }
}

function feeRateOf(feesBps: string): Decimal {
  const valid = /^\d+(\.\d+)?$/.test(feesBps);
  const rate = valid ? Decimal.parse(feesBps).multiply(Decimal.parse('0.0001')) : Decimal.ONE;
  if (rate.lessThan(Decimal.ONE)) return rate;
  throw new AtsError({
    code: 'CONFIG_INVALID',
    message: `--fees-bps "${feesBps}" is not a fee from 0 to below 10000 basis points`,
    remedy: 'Write the taker fee of one side in basis points, such as --fees-bps 10.',
    context: { field: '--fees-bps', value: feesBps },
  });
}

async function openTape(path: string): Promise<Tape> {
  const file = await openTapeFile(path);
  try {
    if (!(await file.next())) {
      throw tapeProblem({ file: path, line: 2 }, 'has no rows', 'Give a tape with rows.');
    }
  } catch (problem) {
    await file.close();
    throw problem;
  }
  const { instrument, venue } = splitTapeSymbol(file.row.symbol);
  return { file, instrument, venue: venue ?? venueOfPath(path), rows: 0, ended: false };
}

/** A symbol that names no venue leaves the file's name, without its endings. */
function venueOfPath(path: string): string {
  return (path.split('/').at(-1) ?? path).replace(/(\.csv)?(\.gz)?$/, '').toLowerCase();
}

function checkTapes(tapes: readonly Tape[]): void {
  for (const [index, tape] of tapes.entries()) {
    const place = { file: tape.file.file, line: tape.file.line };
    const first = tapes[0] as Tape;
    if (tape.instrument !== first.instrument) {
      const what = `holds ${tape.instrument}, ${first.file.file} holds ${first.instrument}`;
      throw tapeProblem(place, what, 'Compare tapes of one instrument.');
    }
    if (tapes.findIndex((other) => other.venue === tape.venue) !== index) {
      const what = `is a second tape of ${tape.venue}`;
      throw tapeProblem(place, what, 'Give one tape per venue.');
    }
  }
}

function directionsOf(tapes: readonly Tape[], feeRate: Decimal): Direction[] {
  const leg = (book: BookView) => ({ book, feeRate, conversion: null });
  return tapes.flatMap((buy) =>
    tapes
      .filter((sell) => sell !== buy)
      .map((sell) => ({
        buy,
        sell,
        trade: {
          buy: leg(buy.file.row.book),
          sell: leg(sell.file.row.book),
          slippageRate: Decimal.ZERO,
          valueRate: Decimal.ONE,
        },
        count: 0,
        quantity: Decimal.ZERO,
        gross: Decimal.ZERO,
        net: Decimal.ZERO,
      })),
  );
}

async function walkAll(
  tapes: readonly Tape[],
  directions: readonly Direction[],
): Promise<{ alignedRows: number; unmatchedRows: number }> {
  const walk = new Walk();
  let alignedRows = 0;
  let unmatchedRows = 0;
  for (;;) {
    let nowUs = Number.POSITIVE_INFINITY;
    for (const tape of tapes) {
      if (!tape.ended) nowUs = Math.min(nowUs, tape.file.row.timestampUs);
    }
    if (nowUs === Number.POSITIVE_INFINITY) return { alignedRows, unmatchedRows };
    const present = (tape: Tape): boolean => !tape.ended && tape.file.row.timestampUs === nowUs;
    const meeting = tapes.filter(present);
    if (meeting.length > 1) {
      alignedRows += 1;
      for (const direction of directions) {
        if (present(direction.buy) && present(direction.sell)) walkRow(walk, direction);
      }
    } else {
      unmatchedRows += 1;
    }
    for (const tape of meeting) {
      tape.rows += 1;
      tape.ended = !(await tape.file.next());
    }
  }
}

function walkRow(walk: Walk, direction: Direction): void {
  const { buy, sell } = direction.trade;
  const rate = buy.feeRate.toNumber();
  const asks = { book: buy.book, feeRate: rate, conversion: null };
  const bids = { book: sell.book, feeRate: rate, conversion: null };
  if (!walk.run(asks, bids, UNBOUNDED)) return;
  const quantity = exactCrossedQuantity(direction.trade);
  const value = quantity.isZero() ? undefined : valueExactly(direction.trade, quantity);
  if (value === undefined) return;
  direction.count += 1;
  direction.quantity = direction.quantity.add(quantity);
  direction.gross = direction.gross.add(value.grossProfit);
  direction.net = direction.net.add(value.netProfit);
}

const nameOf = (direction: Direction): string => `${direction.buy.venue}->${direction.sell.venue}`;

function summaryOf(direction: Direction): CrossedSummary {
  return {
    count: direction.count,
    quantity: direction.quantity.normalized().toString(),
    grossQuote: direction.gross.normalized().toString(),
    netQuote: direction.net.normalized().toString(),
  };
}
