import Table from 'cli-table3';
import pc from 'picocolors';

const BARE = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

export type Align = 'left' | 'right';

/** A table without lines: a quiet head, columns two spaces apart. */
export function table(
  head: readonly string[],
  aligns: readonly Align[],
  rows: readonly string[][],
): string {
  const drawn = new Table({
    chars: BARE,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
    head: head.map((text) => pc.dim(text)),
    colAligns: [...aligns],
  });
  drawn.push(...rows);
  return drawn.toString();
}

const INDENT = '  ';

/** Sentences, indented, broken between words where the terminal ends. */
export function prose(lines: readonly string[], columns: number): string {
  const drawn = new Table({
    chars: BARE,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
    colWidths: [columns - INDENT.length],
    wordWrap: true,
  });
  drawn.push(...lines.map((line) => [line]));
  return drawn.toString().replaceAll(/^(.*?) *$/gm, `${INDENT}$1`);
}
