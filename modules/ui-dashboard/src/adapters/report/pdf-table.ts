import type { Decimal } from '@ats/domain';
import type { Content, ContentTable, CustomTableLayout, TableCell } from 'pdfmake/interfaces.js';
import { INK } from './charts.ts';
import { words } from './pdf-words.ts';
import { money, signed } from './report-text.ts';

/** One column: its head, which side it stands on, and what it says of a row. */
export interface Column<Row> {
  readonly head: string;
  readonly align: 'left' | 'right';
  /** Takes what is left of the width. */
  readonly wide?: true;
  readonly cell: (row: Row) => string | Decimal;
}

const LAYOUT: CustomTableLayout = {
  hLineWidth: (line, { table }) => (line === 0 || line === table.body.length ? 0 : 0.5),
  vLineWidth: () => 0,
  hLineColor: () => INK.line,
  paddingLeft: (column) => (column === 0 ? 0 : 6),
  paddingRight: (column, { table }) => (column === (table.widths?.length ?? 0) - 1 ? 0 : 6),
  paddingTop: () => 2.5,
  paddingBottom: () => 2.5,
};

/** A table that repeats its head on each page; money has its sign, and its colour beside it. */
export function tableOf<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): ContentTable {
  const cellOf = ({ align: alignment, cell }: Column<Row>, row: Row): TableCell => {
    const said = cell(row);
    if (typeof said === 'string') return { text: words(said), alignment };
    return { ...moneyOf(said), alignment };
  };
  return {
    table: {
      headerRows: 1,
      dontBreakRows: true,
      widths: columns.map(({ wide }) => (wide ? '*' : 'auto')),
      body: [
        columns.map(({ head, align }) => ({ text: head, style: 'head', alignment: align })),
        ...rows.map((row) => columns.map((column) => cellOf(column, row))),
      ],
    },
    layout: LAYOUT,
  };
}

export function moneyOf(value: Decimal): { text: string; style?: 'gain' | 'loss' } {
  const text = signed(money(value));
  if (text.startsWith('+')) return { text, style: 'gain' };
  return text.startsWith('-') ? { text, style: 'loss' } : { text };
}

/** A longer table begins a page of its own and may break: its head is repeated. */
const LONG_ROWS = 15;

const isLong = (content: Content): boolean =>
  typeof content === 'object' && 'table' in content && content.table.body.length > LONG_ROWS;

/** A heading that stays with what follows it. */
export function section(title: string, ...content: readonly Content[]): Content {
  const [first = [], ...rest] = content;
  const long = isLong(first);
  const stack: Content[] = [{ text: title, style: 'section' }, first];
  return [long ? { stack, pageBreak: 'before' } : { stack, unbreakable: true }, ...rest];
}
