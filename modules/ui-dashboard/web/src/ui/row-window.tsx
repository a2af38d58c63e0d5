import { useVirtualizer } from '@tanstack/react-virtual';
import type { ReactNode, RefObject } from 'react';

const OVERSCAN = 8;
const ROW_PX = { compact: 28, comfortable: 36 } as const;

const rowPx = (): number =>
  document.documentElement.dataset['density'] === 'comfortable'
    ? ROW_PX.comfortable
    : ROW_PX.compact;

interface RowWindowOf<T> {
  readonly rows: readonly T[];
  readonly scroller: RefObject<HTMLElement | null>;
  /** Whether the table scrolls by itself; else all its rows are drawn. */
  readonly enabled?: boolean;
}

export interface RowWindow<T> {
  readonly shown: readonly T[];
  /** Height of the rows that are not drawn, pixels. */
  readonly above: number;
  readonly below: number;
}

/** The rows of a long table that are in view, or nearly: only they are drawn. */
export function useRowWindow<T>({ rows, scroller, enabled = true }: RowWindowOf<T>): RowWindow<T> {
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: rowPx,
    overscan: OVERSCAN,
    enabled,
  });
  if (!enabled) return { shown: rows, above: 0, below: 0 };
  const items = virtual.getVirtualItems();
  return {
    shown: items.flatMap(({ index }) => rows[index] ?? []),
    above: items[0]?.start ?? 0,
    below: virtual.getTotalSize() - (items.at(-1)?.end ?? 0),
  };
}

/** Stands for the rows that are not drawn. */
export const Spacer = ({ px }: { readonly px: number }): ReactNode =>
  px <= 0 ? null : (
    <tr>
      <td style={{ height: px, padding: 0, border: 0 }} />
    </tr>
  );
