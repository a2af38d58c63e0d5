import { type ReactNode, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import type { Message } from '../../../../src/contract.ts';
import { useMay } from '../../feeds/session.tsx';
import { backtestSpec } from '../../feeds/streams.ts';
import { useLiveLoadable } from '../../feeds/use-live.ts';
import { useAct, useRpc } from '../../feeds/use-rpc.ts';
import { approximate } from '../../text/decimal-text.ts';
import { formatCount, formatMoment, formatNumber } from '../../text/format.ts';
import { ConfirmButton } from '../../ui/confirm-button.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Panel } from '../../ui/panel.tsx';
import { type Line, TimeSeries } from '../../ui/time-series.tsx';
import { Waterfall } from '../../ui/waterfall.tsx';
import '../../styles/backtests.css';
import { nameOf, RunStatePill } from './backtests.tsx';
import { Figures } from './figures-table.tsx';

type Run = Message<'ats.backtest.v1.BacktestRun'>;
type Report = Message<'ats.backtest.v1.GetBacktestReportResponse'>;

const SERVICE = 'ats.backtest.v1.BacktestService';
const CHART_PX = 240;
const POINTS_MAX = 800;

/** One run: how far it is, and when it is done all that it found. */
export function RunPage(): ReactNode {
  const { t } = useTranslation();
  const { runId = '' } = useParams();
  const asked = useRpc(SERVICE, 'GetBacktest', { runId });
  const spec = useMemo(() => backtestSpec(runId), [runId]);
  const live = useLiveLoadable(spec);
  const run = live.data?.state.run ?? asked.data?.run ?? undefined;
  return (
    <>
      <PageHead title={run === undefined ? t('Run') : nameOf(run)}>
        {run === undefined ? null : <RunStatePill run={run} />}
        {run === undefined ? null : <CancelRun run={run} />}
        <Link to="/backtests">{t('All runs')}</Link>
      </PageHead>
      {run?.state === 'RUN_STATE_DONE' ? (
        <Result runId={runId} />
      ) : (
        <Panel title={t('Progress')} of={{ ...asked, data: run }} lines={4}>
          {(one) => <Progress run={one} />}
        </Panel>
      )}
    </>
  );
}

function Progress({ run }: { readonly run: Run }): ReactNode {
  const { t } = useTranslation();
  const percent = run.progress * 100;
  if (run.error !== '') return <p className="danger-text">{run.error}</p>;
  return (
    <div className="stack">
      <progress max={100} value={percent} aria-label={t('Progress')} />
      <p className="muted">
        {formatNumber(percent, 1)} % · {formatCount(run.events)} {t('rows')} ·{' '}
        {formatCount(run.trades)} {t('trades')} · {formatMoment(run.timeUs)}
      </p>
    </div>
  );
}

function CancelRun({ run }: { readonly run: Run }): ReactNode {
  const { t } = useTranslation();
  const may = useMay('backtests.run');
  const cancel = useAct(SERVICE, 'CancelBacktest');
  const ends = run.state !== 'RUN_STATE_RUNNING' && run.state !== 'RUN_STATE_QUEUED';
  if (!may || ends) return null;
  return (
    <ConfirmButton
      label={t('Cancel the run')}
      title={t('Cancel the run?')}
      says={t('Nothing of it is kept.')}
      error={cancel.error}
      act={() => cancel.act({ runId: run.runId })}
    />
  );
}

function Result({ runId }: { readonly runId: string }): ReactNode {
  const { t } = useTranslation();
  const of = useRpc(SERVICE, 'GetBacktestReport', { runId, pointsMax: POINTS_MAX });
  return (
    <div className="run-result">
      <Panel title={t('What it comes to')} of={of} lines={4} className="whole">
        {(report) => <Story report={report} />}
      </Panel>
      <Panel title={t('Equity')} of={of} lines={8} isEmpty={({ trading }) => trading.length === 0}>
        {(report) => <Curves report={report} />}
      </Panel>
      <Panel
        title={t('Where the edge went')}
        of={of}
        lines={6}
        isEmpty={({ waterfall }) => waterfall === null}
      >
        {({ waterfall, run }) =>
          waterfall === null ? null : (
            <Waterfall of={waterfall} numeraire={run?.result?.numeraire ?? ''} />
          )
        }
      </Panel>
      <Panel title={t('Figures')} of={of} lines={10} className="whole">
        {({ run }) => <Figures figures={run?.result?.figures ?? []} />}
      </Panel>
    </div>
  );
}

function Story({ report }: { readonly report: Report }): ReactNode {
  const { t } = useTranslation();
  return (
    <div className="stack">
      <p className="standing">{report.headline}</p>
      {report.why.length === 0 ? null : (
        <ul className="why">
          {report.why.map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ul>
      )}
      {report.ledgerBalanced ? null : (
        <p className="problem">{t('The ledger does not balance: do not believe this run.')}</p>
      )}
      {report.warnings.map((warning) => (
        <p key={warning} className="note-box">
          {warning}
        </p>
      ))}
    </div>
  );
}

function Curves({ report }: { readonly report: Report }): ReactNode {
  const { t } = useTranslation();
  const xs = useMemo(() => report.trading.map(({ timeUs }) => timeUs / 1_000_000), [report]);
  const lines = useMemo((): readonly Line[] => {
    const trading = report.trading.map(({ worth }) => approximate(worth));
    return [{ label: 'trading', tone: 'accent', values: trading, stepped: true }];
  }, [report]);
  return <TimeSeries label={t('Equity')} xs={xs} lines={lines} height={CHART_PX} />;
}
