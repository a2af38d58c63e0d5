import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../../src/contract.ts';
import { useMay } from '../../feeds/session.tsx';
import { useAct, useRpc } from '../../feeds/use-rpc.ts';
import { formatMoment } from '../../text/format.ts';
import { Button } from '../../ui/button.tsx';
import { Pill } from '../../ui/figures.tsx';
import { Panel } from '../../ui/panel.tsx';
import { ProblemBox } from '../../ui/problem-box.tsx';
import { MuteDialog } from './mute-dialog.tsx';
import { areaWords, NOTIFICATION } from './words.ts';

type Mute = Message<'ats.notification.v1.Mute'>;

const EVERY_MS = 10_000;

/** What is not told now, to whom, for how long and why; how that begins and ends. */
export function Mutes(): ReactNode {
  const { t } = useTranslation();
  const may = useMay('notifications.manage');
  const [adding, setAdding] = useState(false);
  const of = useRpc(NOTIFICATION, 'ListMutes', {}, { everyMs: EVERY_MS });
  return (
    <>
      <Panel
        title={t('Muted')}
        actions={
          may ? (
            <Button tone="quiet" onClick={() => setAdding(true)}>
              {t('Mute something')}
            </Button>
          ) : null
        }
        of={of}
        isEmpty={({ mutes }) => mutes.length === 0}
        empty={<p>{t('Nothing is muted: all rules tell.')}</p>}
        lines={2}
      >
        {({ mutes }) => (
          <ul className="entries">
            {mutes.map((mute) => (
              <MuteLine key={mute.muteId} mute={mute} may={may} />
            ))}
          </ul>
        )}
      </Panel>
      {adding ? <MuteDialog onClose={() => setAdding(false)} /> : null}
    </>
  );
}

function MuteLine({ mute, may }: { readonly mute: Mute; readonly may: boolean }): ReactNode {
  const { t } = useTranslation();
  const remove = useAct(NOTIFICATION, 'RemoveMute');
  const { key, area, personId, untilUs, actor, reason, muteId } = mute;
  const whom = personId === '' ? t('for everybody') : t('for {{name}}', { name: personId });
  const until =
    untilUs === 0 ? t('for good') : t('until {{moment}}', { moment: formatMoment(untilUs) });
  return (
    <li className="entry">
      <Pill tone={untilUs === 0 ? 'warn' : 'plain'}>
        {untilUs === 0 ? t('muted') : t('snoozed')}
      </Pill>
      <div className="what">
        <strong>{key || t('Everything about {{area}}', { area: t(areaWords(area)) })}</strong>
        <p className="muted">
          {whom}, {until}
        </p>
        <p className="faint">{reason === '' ? actor : `${actor}: ${reason}`}</p>
        {remove.error === undefined ? null : <ProblemBox error={remove.error} />}
      </div>
      {may ? (
        <Button tone="quiet" disabled={remove.busy} onClick={() => void remove.act({ muteId })}>
          {t('Tell again')}
        </Button>
      ) : null}
    </li>
  );
}
