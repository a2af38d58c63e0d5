import '../../styles/alerts.css';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../../src/contract.ts';
import { serverNowUs } from '../../adapters/live-socket.ts';
import { useMay } from '../../feeds/session.tsx';
import { useParam } from '../../feeds/use-param.ts';
import { useRpc } from '../../feeds/use-rpc.ts';
import { formatAge, formatMoment } from '../../text/format.ts';
import { muteOver } from '../../text/notifying.ts';
import { AlertLine } from '../../ui/alert-line.tsx';
import { Button } from '../../ui/button.tsx';
import { Segments } from '../../ui/field.tsx';
import { Pill } from '../../ui/figures.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Acknowledge } from '../overview/open-alerts.tsx';
import { Channels } from './channels.tsx';
import { Deliveries } from './deliveries.tsx';
import { MuteDialog } from './mute-dialog.tsx';
import { Mutes } from './mutes.tsx';
import { People } from './people.tsx';
import { Rules } from './rules.tsx';
import { NOTIFICATION } from './words.ts';

type Condition = Message<'ats.notification.v1.Condition'>;
type Mute = Message<'ats.notification.v1.Mute'>;

const EVERY_MS = 3000;

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
      {tab === 'open' || tab === 'all' ? (
        <div className="column alerts">
          <Conditions openOnly={tab === 'open'} />
          <Mutes />
        </div>
      ) : null}
    </>
  );
}

function Conditions({ openOnly }: { readonly openOnly: boolean }): ReactNode {
  const { t } = useTranslation();
  const of = useRpc(NOTIFICATION, 'ListConditions', { openOnly }, { everyMs: EVERY_MS });
  const mutes = useRpc(NOTIFICATION, 'ListMutes', {});
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
          {conditions.toReversed().map((condition) => (
            <ConditionLine
              key={condition.alert?.key}
              condition={condition}
              mutes={mutes.data?.mutes ?? []}
            />
          ))}
        </ul>
      )}
    </Panel>
  );
}

interface ConditionLineProps {
  readonly condition: Condition;
  readonly mutes: readonly Mute[];
}

function ConditionLine({ condition, mutes }: ConditionLineProps): ReactNode {
  const { t } = useTranslation();
  const nowUs = serverNowUs();
  const { alert, acknowledgedBy, escalatesAtUs } = condition;
  if (alert === null) return null;
  if (alert.resolvedAtUs !== 0) {
    return (
      <AlertLine alert={alert}>
        <span className="muted">{t('over')}</span>
      </AlertLine>
    );
  }
  const mute = muteOver(mutes, alert, nowUs);
  const age = formatAge((escalatesAtUs - nowUs) / 1000);
  return (
    <AlertLine alert={alert}>
      <span className="row end">
        {mute === undefined ? null : (
          <span title={mute.untilUs === 0 ? t('for good') : formatMoment(mute.untilUs)}>
            <Pill tone="plain">{mute.untilUs === 0 ? t('muted') : t('snoozed')}</Pill>
          </span>
        )}
        {escalatesAtUs === 0 || acknowledgedBy !== '' ? null : (
          <span className="muted">{t('next person in {{age}}', { age })}</span>
        )}
        {mute === undefined ? <MuteButton about={alert.key} /> : null}
        <Acknowledge alertKey={alert.key} by={acknowledgedBy} />
      </span>
    </AlertLine>
  );
}

function MuteButton({ about }: { readonly about: string }): ReactNode {
  const { t } = useTranslation();
  const may = useMay('notifications.manage');
  const [asked, setAsked] = useState(false);
  if (!may) return null;
  return (
    <>
      <Button tone="quiet" onClick={() => setAsked(true)}>
        {t('Mute')}
      </Button>
      {asked ? <MuteDialog about={about} onClose={() => setAsked(false)} /> : null}
    </>
  );
}

const Settings = (): ReactNode => (
  <div className="halves">
    <div className="column">
      <Rules />
    </div>
    <div className="column">
      <People />
      <Channels />
    </div>
  </div>
);
