import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '../../feeds/session.tsx';
import { useAct, useRpc } from '../../feeds/use-rpc.ts';
import { formatCount, formatDurationUs } from '../../text/format.ts';
import { Button } from '../../ui/button.tsx';
import { Pill } from '../../ui/figures.tsx';
import { Panel } from '../../ui/panel.tsx';
import { ProblemBox } from '../../ui/problem-box.tsx';

const SERVICE = 'ats.notification.v1.NotificationService';
const EVERY_MS = 10_000;

/** How each channel does; a test message shows whether it works. */
export function Channels(): ReactNode {
  const { t } = useTranslation();
  const may = useMay('notifications.manage');
  const test = useAct(SERVICE, 'TestChannel');
  const of = useRpc(SERVICE, 'GetStatistics', {}, { everyMs: EVERY_MS });
  const outcome = test.data?.delivery;
  return (
    <Panel
      title={t('Channels')}
      of={of}
      isEmpty={({ channels }) => channels.length === 0}
      empty={
        <>
          <p>{t('No channel is configured: only the bell of this page tells anybody.')}</p>
          <p className="muted">
            {t('Set one up in the configuration under notification.channels, then start again.')}
          </p>
        </>
      }
      lines={4}
    >
      {({ channels }) => (
        <ul className="stack">
          {channels.map((one) => (
            <li key={one.channel} className="row">
              <strong>{one.channel}</strong>
              <span className="muted">
                {t('{{delivered}} delivered, {{dead}} given up, half within {{latency}}', {
                  delivered: formatCount(one.delivered),
                  dead: formatCount(one.dead),
                  latency: formatDurationUs(one.latencyUsP50),
                })}
              </span>
              {one.breakerOpen ? <Pill tone="danger">{t('breaker open')}</Pill> : null}
              {may ? (
                <Button
                  tone="quiet"
                  disabled={test.busy}
                  onClick={() => void test.act({ channel: one.channel })}
                >
                  {t('Test')}
                </Button>
              ) : null}
            </li>
          ))}
          {outcome == null ? null : (
            <li role="status">
              <Pill tone={outcome.delivered ? 'good' : 'danger'}>
                {outcome.delivered ? t('delivered') : t('not delivered')}
              </Pill>{' '}
              {outcome.channel} {outcome.error}
            </li>
          )}
          {test.error === undefined ? null : <ProblemBox error={test.error} />}
        </ul>
      )}
    </Panel>
  );
}
