import type { BadRows } from './tape.ts';

/** Bad rows that are kept for a person to see. */
export const BAD_ROWS_SHOWN = 10;

/** Counts bad rows by reason and keeps the first of them, by line. */
export class BadRowTally {
  private count = 0;
  private readonly reasons = new Map<string, number>();
  private readonly first: { line: number; problem: string }[] = [];

  add(row: { readonly line: number; readonly reason: string; readonly problem: string }): void {
    this.addMany(row.reason, 1);
    this.show({ line: row.line, problem: row.problem });
  }

  /** Shows a row that is counted already. */
  show(row: { readonly line: number; readonly problem: string }): void {
    this.first.push(row);
    this.first.sort((one, other) => one.line - other.line);
    this.first.splice(BAD_ROWS_SHOWN);
  }

  /** More rows of a reason, of which none is shown. */
  addMany(reason: string, count: number): void {
    this.count += count;
    this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + count);
  }

  value(): BadRows {
    return {
      count: this.count,
      first: [...this.first],
      reasons: Object.fromEntries([...this.reasons].sort(([a], [b]) => (a < b ? -1 : 1))),
    };
  }
}

/** The bad rows of several tapes as those of one. */
export function sumBadRows(all: readonly BadRows[]): BadRows {
  const tally = new BadRowTally();
  for (const { first, reasons = {} } of all) {
    for (const [reason, count] of Object.entries(reasons)) tally.addMany(reason, count);
    for (const row of first) tally.show(row);
  }
  return tally.value();
}
