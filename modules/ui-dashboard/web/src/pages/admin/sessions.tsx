import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useAct, useRpc } from '../../feeds/use-rpc.ts';
import { formatMoment } from '../../text/format.ts';
import { Button } from '../../ui/button.tsx';
import { Pill } from '../../ui/figures.tsx';
import { Panel } from '../../ui/panel.tsx';

const SERVICE = 'ats.access.v1.AccessService';

interface SessionsProps {
  /** Whose; empty for the person's own. */
  readonly userName: string;
}

export function Sessions({ userName }: SessionsProps): ReactNode {
  const { t } = useTranslation();
  const revoke = useAct(SERVICE, 'RevokeSession');
  const of = useRpc(SERVICE, 'ListSessions', { userName });
  return (
    <Panel
      title={t('Sessions')}
      of={of}
      isEmpty={({ sessions }) => sessions.length === 0}
      lines={4}
    >
      {({ sessions }) => (
        <ul className="stack">
          {sessions.map(({ sessionId, source, createdAtUs, usedAtUs, current }) => (
            <li key={sessionId} className="row">
              <span>
                {source}{' '}
                <span className="muted">
                  {t('since {{since}}, last used {{used}}', {
                    since: formatMoment(createdAtUs),
                    used: formatMoment(usedAtUs),
                  })}
                </span>
              </span>
              {current ? (
                <Pill tone="accent">{t('this one')}</Pill>
              ) : (
                <Button
                  tone="quiet"
                  disabled={revoke.busy}
                  onClick={() => void revoke.act({ sessionId })}
                >
                  {t('End it')}
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
