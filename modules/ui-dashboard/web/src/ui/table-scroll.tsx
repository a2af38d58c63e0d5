import type { ReactNode } from 'react';

/** Where a table scrolls that is wider than its panel. */
export function TableScroll(props: {
  readonly label: string;
  readonly tall?: boolean;
  readonly children: ReactNode;
}): ReactNode {
  const { label, tall = false, children } = props;
  const className = tall ? 'table-scroll tall' : 'table-scroll';
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by key.
    <section className={className} tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}
