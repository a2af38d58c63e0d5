import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useLateMs } from '../feeds/late.ts';
import type { Loadable } from '../feeds/loadable.ts';
import { formatAge } from '../text/format.ts';
import { ProblemBox } from './problem-box.tsx';

interface PanelProps<T> {
  readonly title: string;
  /** What is shown at the right of the title. */
  readonly actions?: ReactNode;
  readonly of: Loadable<T>;
  readonly isEmpty?: (data: T) => boolean;
  /** What to say, and do, when there is nothing. */
  readonly empty?: ReactNode;
  /** Lines of the shape that stands in while nothing has come yet. */
  readonly lines?: number;
  readonly className?: string;
  readonly children: (data: T) => ReactNode;
}

/** A part of a page with its five views: there, empty, loading, failed or not allowed, stale. */
export function Panel<T>(props: PanelProps<T>): ReactNode {
  const { title, actions, of, className = '' } = props;
  const staleMs = useLateMs(of);
  return (
    <section
      className={`panel ${className}`}
      data-stale={staleMs === undefined ? undefined : true}
      aria-label={title}
    >
      <header className="panel-head">
        <h2>{title}</h2>
        <StaleNote staleMs={staleMs} />
        <div className="panel-actions">{actions}</div>
      </header>
      <div className="panel-body">
        <PanelBody {...props} />
      </div>
    </section>
  );
}

function PanelBody<T>({ of, isEmpty, empty, lines = 4, children }: PanelProps<T>): ReactNode {
  const { t } = useTranslation();
  const { data, error, retry } = of;
  if (data === undefined) {
    return error === undefined ? <Skeleton lines={lines} /> : <ProblemBox {...{ error, retry }} />;
  }
  if (isEmpty?.(data) === true) {
    return <div className="empty">{empty ?? <p>{t('Nothing here yet.')}</p>}</div>;
  }
  return children(data);
}

function StaleNote({ staleMs }: { readonly staleMs: number | undefined }): ReactNode {
  const { t } = useTranslation();
  if (staleMs === undefined) return null;
  return <span className="stale-note">{t('as of {{age}} ago', { age: formatAge(staleMs) })}</span>;
}

/** The shape of what is coming, so that nothing jumps when it arrives. */
export function Skeleton({ lines }: { readonly lines: number }): ReactNode {
  const { t } = useTranslation();
  return (
    <div className="skeleton" role="status" aria-label={t('Loading')}>
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines are all alike.
        <span key={line} />
      ))}
    </div>
  );
}

interface PlainPanelProps {
  readonly title: string;
  readonly actions?: ReactNode;
  readonly className?: string;
  readonly children: ReactNode;
}

/** A part of a page that waits for nothing. */
export function PlainPanel({
  title,
  actions,
  className = '',
  children,
}: PlainPanelProps): ReactNode {
  return (
    <section className={`panel ${className}`} aria-label={title}>
      <header className="panel-head">
        <h2>{title}</h2>
        <div className="panel-actions">{actions}</div>
      </header>
      <div className="panel-body">{children}</div>
    </section>
  );
}
