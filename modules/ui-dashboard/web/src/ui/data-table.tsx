import {
  type ColumnDef,
  flexRender,
  getCoreRowModel,
  getSortedRowModel,
  type Header,
  type Row,
  type RowData,
  type SortingState,
  useReactTable,
} from '@tanstack/react-table';
import { type KeyboardEvent, type ReactNode, useRef, useState } from 'react';
import { Spacer, useRowWindow } from './row-window.tsx';

declare module '@tanstack/react-table' {
  interface ColumnMeta<TData extends RowData, TValue> {
    /** Numbers stand at the right, so that their points are under each other. */
    readonly numeric?: boolean;
    /** Left out on narrow screens. */
    readonly wideOnly?: boolean;
    /** Stays in sight at the right, whatever is scrolled. */
    readonly pinned?: boolean;
  }
}

interface DataTableProps<T> {
  readonly label: string;
  readonly rows: readonly T[];
  // biome-ignore lint/suspicious/noExplicitAny: columns of one table have values of many types.
  readonly columns: readonly ColumnDef<T, any>[];
  readonly rowKey: (row: T) => string;
  readonly selected?: string | undefined;
  /** By click and by Enter. */
  readonly onOpen?: (row: T) => void;
  /** Keys that are pressed on a row, besides those that move and open. */
  readonly onKey?: (event: KeyboardEvent, row: T) => void;
  readonly tone?: (row: T) => string;
  /** Longer tables scroll by themselves, and draw only the rows that are seen. */
  readonly height?: number;
}

export function DataTable<T>(props: DataTableProps<T>): ReactNode {
  const { rows, columns, rowKey, label, height } = props;
  const [sorting, setSorting] = useState<SortingState>([]);
  const scroller = useRef<HTMLDivElement>(null);
  const table = useReactTable({
    data: rows as T[],
    columns: columns as ColumnDef<T>[],
    getRowId: rowKey,
    state: { sorting },
    onSortingChange: setSorting,
    getCoreRowModel: getCoreRowModel(),
    getSortedRowModel: getSortedRowModel(),
  });
  const model = table.getRowModel().rows;
  const { shown, above, below } = useRowWindow({
    ...{ rows: model, scroller },
    enabled: height !== undefined,
  });
  const style = height === undefined ? {} : { maxHeight: height };
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by key.
    <section ref={scroller} className="table-scroll" style={style} tabIndex={0} aria-label={label}>
      <table className="table" aria-rowcount={model.length}>
        <thead>
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id}>
              {group.headers.map((header) => (
                <HeadCell key={header.id} header={header} />
              ))}
            </tr>
          ))}
        </thead>
        <tbody>
          <Spacer px={above} />
          {shown.map((row) => (
            <BodyRow key={row.id} row={row} table={props} />
          ))}
          <Spacer px={below} />
        </tbody>
      </table>
    </section>
  );
}

interface CellMeta {
  readonly numeric?: boolean;
  readonly wideOnly?: boolean;
  readonly pinned?: boolean;
}

const classOf = ({ numeric, wideOnly, pinned }: CellMeta = {}): string =>
  [numeric && 'right', wideOnly && 'wide-only', pinned && 'pinned'].filter(Boolean).join(' ');

const ARIA_SORT = { asc: 'ascending', desc: 'descending' } as const;

function HeadCell<T>({ header }: { readonly header: Header<T, unknown> }): ReactNode {
  const { column } = header;
  const sorted = column.getIsSorted();
  const content = flexRender(column.columnDef.header, header.getContext());
  const sort = sorted === false ? 'none' : ARIA_SORT[sorted];
  return (
    <th scope="col" className={classOf(column.columnDef.meta)} aria-sort={sort}>
      {column.getCanSort() ? (
        <button type="button" className="sort" onClick={column.getToggleSortingHandler()}>
          {content}
          {sorted === false ? null : (
            <span aria-hidden="true">{sorted === 'asc' ? ' ↑' : ' ↓'}</span>
          )}
        </button>
      ) : (
        content
      )}
    </th>
  );
}

interface BodyRowProps<T> {
  readonly row: Row<T>;
  readonly table: DataTableProps<T>;
}

function moveFocus(event: KeyboardEvent<HTMLTableRowElement>): void {
  const row = event.currentTarget;
  const next = event.key === 'ArrowDown' ? row.nextElementSibling : row.previousElementSibling;
  if (!(next instanceof HTMLElement)) return;
  event.preventDefault();
  next.focus();
}

function BodyRow<T>({ row, table }: BodyRowProps<T>): ReactNode {
  const { onOpen, onKey, selected, tone } = table;
  const open = onOpen === undefined ? undefined : () => onOpen(row.original);
  const onKeyDown = (event: KeyboardEvent<HTMLTableRowElement>): void => {
    if (event.target !== event.currentTarget) return;
    if (event.key === 'Enter') open?.();
    onKey?.(event, row.original);
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') moveFocus(event);
  };
  const keyed = open !== undefined || onKey !== undefined;
  const behaviour = keyed ? { onKeyDown, tabIndex: 0, ...(open && { onClick: open }) } : {};
  return (
    <tr
      {...behaviour}
      className={`${open === undefined ? '' : 'opens'} ${tone?.(row.original) ?? ''}`}
      aria-selected={selected === row.id ? true : undefined}
    >
      {row.getVisibleCells().map((cell) => (
        <td key={cell.id} className={classOf(cell.column.columnDef.meta)}>
          {flexRender(cell.column.columnDef.cell, cell.getContext())}
        </td>
      ))}
    </tr>
  );
}
