import { pickRows, sliceBatch } from './batch-rows.ts';
import { MARKET_UNWANTED, type RowProblem, rowProblem } from './row-check.ts';
import type { TapeBatch, TapeRange } from './tape.ts';

/** Passes the good rows that were asked for, tells of the bad ones, and skips the others. */
export class RowFilter {
  /** Whether a row at or after the end of the range was seen: nothing more will pass. */
  ended = false;
  private previousUs = 0;
  private rows = new Uint32Array(2048);
  private readonly fromUs: number;
  private readonly toUs: number;
  private readonly onBad: (row: number, problem: RowProblem) => void;

  constructor(range: TapeRange, onBad: (row: number, problem: RowProblem) => void) {
    this.fromUs = range.fromUs ?? Number.NEGATIVE_INFINITY;
    this.toUs = range.toUs ?? Number.POSITIVE_INFINITY;
    this.onBad = onBad;
  }

  /** @returns undefined when no row is left */
  filter(batch: TapeBatch): TapeBatch | undefined {
    const { market, receivedAtUs, count } = batch;
    if (this.rows.length < count) this.rows = new Uint32Array(count);
    const { rows } = this;
    let kept = 0;
    for (let row = 0; row < count; row += 1) {
      if (market[row] === MARKET_UNWANTED) continue;
      const problem = rowProblem(batch, row, this.previousUs);
      if (problem !== undefined) {
        this.onBad(row, problem);
        continue;
      }
      const timeUs = receivedAtUs[row] as number;
      this.previousUs = timeUs;
      if (timeUs < this.fromUs) continue;
      if (timeUs >= this.toUs) {
        this.ended = true;
        break;
      }
      rows[kept] = row;
      kept += 1;
    }
    if (kept === 0) return undefined;
    const first = rows[0] as number;
    if ((rows[kept - 1] as number) - first + 1 === kept) {
      return sliceBatch(batch, first, first + kept);
    }
    return pickRows(batch, rows.subarray(0, kept));
  }
}
