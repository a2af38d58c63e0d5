import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useMay, useSession } from '../../feeds/session.tsx';
import { useAct, useRpc } from '../../feeds/use-rpc.ts';
import { AlertLine } from '../../ui/alert-line.tsx';
import { Button } from '../../ui/button.tsx';
import { Panel } from '../../ui/panel.tsx';

const EVERY_MS = 3000;
const SHOWN_MAX = 5;
const SERVICE = 'ats.notification.v1.NotificationService';

/** What stands, the newest first; who takes it in hand keeps others from being told. */
export function OpenAlerts(): ReactNode {
  const { t } = useTranslation();
  const of = useRpc(SERVICE, 'ListConditions', { openOnly: true }, { everyMs: EVERY_MS });
  return (
    <Panel
      title={t('Alerts')}
      actions={<Link to="/alerts">{t('All alerts')}</Link>}
      of={of}
      isEmpty={({ conditions }) => conditions.length === 0}
      empty={<p>{t('All quiet: no condition stands.')}</p>}
      lines={6}
      className="open-alerts"
    >
      {({ conditions }) => (
        <ul>
          {conditions
            .toReversed()
            .slice(0, SHOWN_MAX)
            .map(({ alert, acknowledgedBy }) =>
              alert === null ? null : (
                <AlertLine key={alert.key} alert={alert}>
                  <Acknowledge alertKey={alert.key} by={acknowledgedBy} />
                </AlertLine>
              ),
            )}
        </ul>
      )}
    </Panel>
  );
}

interface AcknowledgeProps {
  readonly alertKey: string;
  /** Who has it in hand; empty while nobody has. */
  readonly by: string;
}

export function Acknowledge({ alertKey, by }: AcknowledgeProps): ReactNode {
  const { t } = useTranslation();
  const { user } = useSession();
  const may = useMay('alerts.acknowledge');
  const acknowledge = useAct(SERVICE, 'Acknowledge');
  if (by !== '') return <span className="muted">{t('{{name}} has it', { name: by })}</span>;
  if (!may) return null;
  const act = (): void => void acknowledge.act({ key: alertKey, actor: user.name });
  return (
    <Button tone="quiet" disabled={acknowledge.busy} onClick={act}>
      {t('Take it')}
    </Button>
  );
}
