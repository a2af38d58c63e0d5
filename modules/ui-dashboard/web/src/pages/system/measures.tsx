import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { MeasuresView } from '../../../../src/contract.ts';
import type { Loadable } from '../../feeds/loadable.ts';
import {
  formatAge,
  formatCount,
  formatDurationUs,
  formatMoment,
  words,
} from '../../text/format.ts';
import { Pill } from '../../ui/figures.tsx';
import { Panel } from '../../ui/panel.tsx';
import { TableScroll } from '../../ui/table-scroll.tsx';

interface MeasuresProps {
  readonly of: Loadable<MeasuresView>;
}

/** What people call the metrics, in the order of a frame's way. */
const STAGES: Readonly<Record<string, string>> = {
  ats_collector_frame_to_book_seconds: 'Frame to book',
  ats_engine_latency_seconds: 'Engine',
  ats_engine_trade_latency_seconds: 'Frame to trade',
  ats_risk_check_duration_seconds: 'Risk check',
  ats_gateway_submit_duration_seconds: 'Order gateway',
  ats_oms_input_seconds: 'OMS',
  ats_venue_gateway_call_duration_seconds: 'Venue call',
  ats_notification_latency_seconds: 'Notification',
};

const SECOND_US = 1_000_000;
const durationText = (seconds: number | null): string =>
  seconds === null ? '—' : formatDurationUs(seconds * SECOND_US);

/** From the frame to the fill: half of them, 99 of 100, and the worst since the start. */
export function Latencies({ of }: MeasuresProps): ReactNode {
  const { t } = useTranslation();
  return (
    <Panel
      title={t('Latency of each stage')}
      actions={<span className="faint">{t('since the start')}</span>}
      of={of}
      isEmpty={({ stages }) => stages.length === 0}
      empty={<p>{t('No service tells its metrics. Look at Services for those that are down.')}</p>}
      lines={14}
    >
      {({ stages }) => (
        <TableScroll label={t('Latency of each stage')} tall>
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{t('Stage')}</th>
                <th scope="col">{t('Of')}</th>
                <th scope="col" className="right">
                  p50
                </th>
                <th scope="col" className="right">
                  p99
                </th>
                <th scope="col" className="right">
                  {t('Worst')}
                </th>
              </tr>
            </thead>
            <tbody>
              {stages.map(({ metric, of: what, p50S, p99S, worstS }) => (
                <tr key={`${metric} ${what}`} title={metric}>
                  <td>{t(STAGES[metric] ?? metric)}</td>
                  <td className="muted">{words(what)}</td>
                  <td className="right number">{durationText(p50S)}</td>
                  <td className="right number">{durationText(p99S)}</td>
                  <td className="right number muted">{durationText(worstS)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </TableScroll>
      )}
    </Panel>
  );
}

const BREAKERS: Readonly<Record<string, string>> = {
  ats_venue_gateway_breaker_open_ratio: 'Orders to',
  ats_notification_breaker_open: 'Messages by',
};

/** A breaker that is open sends nothing until the other side has recovered. */
export function Breakers({ of }: MeasuresProps): ReactNode {
  const { t } = useTranslation();
  return (
    <Panel
      title={t('Breakers')}
      of={of}
      isEmpty={({ breakers }) => breakers.length === 0}
      empty={<p>{t('No breaker yet: each begins with the first call.')}</p>}
      lines={4}
    >
      {({ breakers }) => (
        <ul className="state-list">
          {breakers.map(({ what, of: whom, open }) => (
            <li key={`${what} ${whom}`}>
              <BreakerPill open={open} />
              <span>
                {t(BREAKERS[what] ?? what)} <strong>{whom}</strong>
              </span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

function BreakerPill({ open }: { readonly open: number }): ReactNode {
  const { t } = useTranslation();
  if (open >= 1) return <Pill tone="danger">{t('Open')}</Pill>;
  return open > 0 ? (
    <Pill tone="warn">{t('On trial')}</Pill>
  ) : (
    <Pill tone="good">{t('Closed')}</Pill>
  );
}

const LAGS: Readonly<Record<string, string>> = {
  ats_audit_lag_records: 'To be archived',
  ats_orders_outbox_waiting_entries: 'For the log',
  ats_notification_pending_messages: 'Messages to send',
  ats_venue_gateway_queue_calls: 'Calls to a venue',
};

/** What has come further than those behind it. */
export function Waiting({ of }: MeasuresProps): ReactNode {
  const { t } = useTranslation();
  const age = of.data?.archiveLagS ?? null;
  return (
    <Panel
      title={t('What waits')}
      actions={
        age === null ? null : (
          <span className="faint">
            {t('oldest to be archived: {{age}}', { age: formatAge(age * 1000) })}
          </span>
        )
      }
      of={of}
      isEmpty={({ lags }) => lags.every(({ waiting }) => waiting === 0)}
      empty={
        <p>
          {of.data?.lags.length === 0
            ? t('No service tells its metrics. Look at Services for those that are down.')
            : t('Nothing waits: all that was written is read.')}
        </p>
      }
      lines={4}
    >
      {({ lags }) => (
        <table className="table">
          <tbody>
            {lags
              .filter(({ waiting }) => waiting > 0)
              .map(({ what, of: whose, waiting }) => (
                <tr key={`${what} ${whose}`} title={what}>
                  <td>{t(LAGS[what] ?? what)}</td>
                  <td className="muted">{whose}</td>
                  <td className="right number">{formatCount(waiting)}</td>
                </tr>
              ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}

const MEGABYTE = 1_000_000;
/** Longer than this and what trades waits for what does not. */
const LOOP_LIMIT_S = 0.05;

export function Processes({ of }: MeasuresProps): ReactNode {
  const { t } = useTranslation();
  return (
    <Panel title={t('Processes')} of={of} isEmpty={({ processes }) => processes.length === 0}>
      {({ processes }) => (
        <TableScroll label={t('Processes')}>
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{t('Services')}</th>
                <th scope="col">Node.js</th>
                <th scope="col">{t('Started')}</th>
                <th scope="col" className="right">
                  {t('Memory, MB')}
                </th>
                <th scope="col" className="right">
                  {t('Event loop p99')}
                </th>
              </tr>
            </thead>
            <tbody>
              {processes.map(({ services, node, startedS, memoryBytes, loopLagP99S }) => (
                <tr key={services.join()}>
                  <td className="wraps">{services.join(', ')}</td>
                  <td>{node}</td>
                  <td>{formatMoment((startedS ?? 0) * SECOND_US)}</td>
                  <td className="right number">{formatCount((memoryBytes ?? 0) / MEGABYTE)}</td>
                  <td
                    className={`right number ${(loopLagP99S ?? 0) > LOOP_LIMIT_S ? 'warn-text' : ''}`}
                  >
                    {durationText(loopLagP99S)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </TableScroll>
      )}
    </Panel>
  );
}
