import { Popover } from 'radix-ui';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useRpc } from '../feeds/use-rpc.ts';
import { AlertLine } from '../ui/alert-line.tsx';

const EVERY_MS = 3000;
const SHOWN_MAX = 6;

/** How many conditions stand that nobody has in hand; the newest of them in a list. */
export function Bell(): ReactNode {
  const { t } = useTranslation();
  const every = { everyMs: EVERY_MS };
  const service = 'ats.notification.v1.NotificationService';
  const { data } = useRpc(service, 'ListConditions', { openOnly: true }, every);
  const open = (data?.conditions ?? []).filter(({ acknowledgedBy }) => acknowledgedBy === '');
  const newest = open.toReversed().slice(0, SHOWN_MAX);
  const worst = open.some(({ alert }) => /CRITICAL|EMERGENCY/.test(alert?.severity ?? ''));
  return (
    <Popover.Root>
      <Popover.Trigger
        className={`button quiet bell ${worst ? 'worst' : ''}`}
        aria-label={t('{{count}} alerts stand', { count: open.length })}
      >
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d="M4 11V7a4 4 0 0 1 8 0v4l1 1H3zM7 14h2" />
        </svg>
        {open.length === 0 ? null : <span className="count">{open.length}</span>}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          className="popover bell-list"
          align="end"
          sideOffset={8}
          collisionPadding={8}
        >
          {newest.length === 0 ? <p className="muted">{t('All quiet.')}</p> : null}
          <ul>
            {newest.map(({ alert }) =>
              alert === null ? null : <AlertLine key={alert.key} alert={alert} />,
            )}
          </ul>
          <Link to="/alerts">{t('All alerts')}</Link>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
