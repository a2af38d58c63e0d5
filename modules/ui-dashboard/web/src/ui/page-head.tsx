import type { ReactNode } from 'react';

interface PageHeadProps {
  readonly title: string;
  /** Filters and buttons, at its right. */
  readonly children?: ReactNode;
}

export const PageHead = ({ title, children }: PageHeadProps): ReactNode => (
  <header className="page-head">
    <h1>{title}</h1>
    {children === undefined ? null : <div className="row">{children}</div>}
  </header>
);
