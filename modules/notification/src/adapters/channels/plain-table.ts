import stringWidth from 'string-width';
import type { BriefingTable } from '../../app/briefing.ts';

/** A table in columns of a fixed width, numbers to the right; Korean letters are two wide. */
export function plainTable({ head, rows, textColumns }: BriefingTable): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) =>
    Math.max(...all.map((row) => stringWidth(row[column] ?? ''))),
  );
  const cellOf = (cell: string, column: number): string => {
    const gap = ' '.repeat((widths[column] ?? 0) - stringWidth(cell));
    return column < textColumns ? cell + gap : gap + cell;
  };
  return all.map((row) => row.map(cellOf).join('  ').trimEnd()).join('\n');
}
