import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useParam } from '../../feeds/use-param.ts';
import { useRpc } from '../../feeds/use-rpc.ts';
import { AlertLine } from '../../ui/alert-line.tsx';
import { Segments } from '../../ui/field.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Acknowledge } from '../overview/open-alerts.tsx';
import { Channels } from './channels.tsx';
import { Deliveries } from './deliveries.tsx';
import { Mutes } from './mutes.tsx';
import { People } from './people.tsx';
import { Rules } from './rules.tsx';

const EVERY_MS = 3000;
const SERVICE = 'ats.notification.v1.NotificationService';

/** What stands and what stood; who is told of what, when and on which channel. */
export function Alerts(): ReactNode {
  const { t } = useTranslation();
  const [tab, setTab] = useParam('tab', 'open');
  return (
    <>
      <PageHead title={t('Alerts')}>
        <Segments
          label={t('Part')}
          value={tab}
          options={[
            { value: 'open', label: t('Standing') },
            { value: 'all', label: t('All') },
            { value: 'settings', label: t('Who is told') },
            { value: 'deliveries', label: t('Messages') },
          ]}
          onValue={setTab}
        />
      </PageHead>
      {tab === 'settings' ? <Settings /> : null}
      {tab === 'deliveries' ? <Deliveries /> : null}
      {tab === 'open' || tab === 'all' ? <Conditions openOnly={tab === 'open'} /> : null}
    </>
  );
}

function Conditions({ openOnly }: { readonly openOnly: boolean }): ReactNode {
  const { t } = useTranslation();
  const of = useRpc(SERVICE, 'ListConditions', { openOnly }, { everyMs: EVERY_MS });
  return (
    <Panel
      title={openOnly ? t('Standing, newest first') : t('All, newest first')}
      of={of}
      isEmpty={({ conditions }) => conditions.length === 0}
      empty={<p>{t('All quiet: no condition stands.')}</p>}
      lines={8}
    >
      {({ conditions }) => (
        <ul>
          {conditions.toReversed().map(({ alert, acknowledgedBy }) =>
            alert === null ? null : (
              <AlertLine key={alert.key} alert={alert}>
                {alert.resolvedAtUs === 0 ? (
                  <Acknowledge alertKey={alert.key} by={acknowledgedBy} />
                ) : (
                  <span className="muted">{t('over')}</span>
                )}
              </AlertLine>
            ),
          )}
        </ul>
      )}
    </Panel>
  );
}

const Settings = (): ReactNode => (
  <div className="halves">
    <div className="column">
      <Rules />
      <Mutes />
    </div>
    <div className="column">
      <People />
      <Channels />
    </div>
  </div>
);
