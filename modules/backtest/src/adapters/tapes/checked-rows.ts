import type { BadRowTally } from '../../domain/bad-row-tally.ts';
import { RowFilter } from '../../domain/row-filter.ts';
import type { TapeRange } from '../../domain/tape.ts';
import { badRow } from './failure.ts';

/** Passes good rows; a bad one is counted, or stops a tape that is read strictly. */
export class CheckedRows extends RowFilter {
  constructor(options: {
    readonly name: string;
    readonly strict: boolean;
    readonly range: TapeRange;
    readonly tally: BadRowTally;
    /** Where a row of the last batch stands, from 1. */
    readonly lineOf: (row: number) => number;
  }) {
    const { name, strict, range, tally, lineOf } = options;
    super(range, (row, { reason, field, value }) => {
      const line = lineOf(row);
      if (strict) {
        throw badRow({ file: name, line, column: field, value: String(value), why: reason });
      }
      tally.add({ line, reason, problem: `${field} ${value}: ${reason}` });
    });
  }
}
