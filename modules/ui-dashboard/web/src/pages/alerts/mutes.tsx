import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '../../feeds/session.tsx';
import { useAct, useRpc } from '../../feeds/use-rpc.ts';
import { bare, formatMoment, words } from '../../text/format.ts';
import { Button } from '../../ui/button.tsx';
import { Panel } from '../../ui/panel.tsx';

const SERVICE = 'ats.notification.v1.NotificationService';

/** What is not told for a while. */
export function Mutes(): ReactNode {
  const { t } = useTranslation();
  const may = useMay('notifications.manage');
  const remove = useAct(SERVICE, 'RemoveMute');
  const of = useRpc(SERVICE, 'ListMutes', {});
  return (
    <Panel
      title={t('Muted')}
      of={of}
      isEmpty={({ mutes }) => mutes.length === 0}
      empty={<p>{t('Nothing is muted: all rules tell.')}</p>}
      lines={2}
    >
      {({ mutes }) => (
        <ul className="stack">
          {mutes.map((mute) => (
            <li key={mute.muteId} className="row">
              <strong>{mute.key || t(words(bare(mute.area, 'ALERT_AREA_')))}</strong>
              <span className="muted">
                {mute.untilUs === 0
                  ? t('for good')
                  : t('until {{moment}}', { moment: formatMoment(mute.untilUs) })}{' '}
                · {mute.actor}: {mute.reason}
              </span>
              {may ? (
                <Button tone="quiet" onClick={() => void remove.act({ muteId: mute.muteId })}>
                  {t('Tell again')}
                </Button>
              ) : null}
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
