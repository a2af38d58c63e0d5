import { type ReactNode, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { BACKTESTS_PATH, type Message } from '../../../../src/contract.ts';
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
        {run?.state === 'RUN_STATE_DONE' ? <ReportLinks runId={runId} /> : null}
        <Link to="/backtests">{t('All runs')}</Link>
      </PageHead>
      {run?.spec == null ? null : <Settings run={run} />}
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

/** The whole run as one file that needs nothing of ours. */
function ReportLinks({ runId }: { readonly runId: string }): ReactNode {
  const { t } = useTranslation();
  const path = `${BACKTESTS_PATH}/${encodeURIComponent(runId)}/report.html`;
  return (
    <>
      <a className="button" href={path} target="_blank" rel="noreferrer">
        {t('Open the report')} ↗
      </a>
      <a className="button quiet" href={`${path}?save`} download>
        {t('Save it')}
      </a>
    </>
  );
}

/** What it was asked to do. */
function Settings({ run }: { readonly run: Run }): ReactNode {
  const { t } = useTranslation();
  const { spec } = run;
  if (spec === null) return null;
  const settings = Object.entries(spec.parameters).map(([name, value]) => `${name}=${value}`);
  return (
    <p className="run-settings muted">
      {[spec.strategy, spec.tapes.join(', '), t('seed {{seed}}', { seed: spec.seed }), ...settings]
        .filter((part) => part !== '')
        .join(' · ')}
    </p>
  );
}

function Progress({ run }: { readonly run: Run }): ReactNode {
  const { t } = useTranslation();
  const percent = run.progress * 100;
  if (run.error !== '') {
    return (
      <div className="problem" role="alert">
        <strong>{t('The run ended without a result.')}</strong>
        <p>{run.error}</p>
        <p>{t('Correct what it names, and start a new run.')}</p>
      </div>
    );
  }
  if (run.state === 'RUN_STATE_CANCELED') {
    return <p className="empty">{t('It was canceled; nothing of it is kept. Start a new run.')}</p>;
  }
  if (run.state === 'RUN_STATE_QUEUED') {
    return <p className="empty">{t('It waits for the run before it, and begins by itself.')}</p>;
  }
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
      <Panel
        title={t('Profit and drawdown')}
        of={of}
        lines={8}
        isEmpty={({ trading }) => trading.length === 0}
      >
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
    let peak = Number.NEGATIVE_INFINITY;
    const below = trading.map((worth) => {
      peak = Math.max(peak, worth);
      return worth - peak;
    });
    const [start = 0] = trading;
    return [
      {
        label: t('Made by trading'),
        tone: 'accent',
        values: trading.map((worth) => worth - start),
        fill: true,
        stepped: true,
      },
      { label: t('Below its peak'), tone: 'loss', values: below, stepped: true },
    ];
  }, [report, t]);
  return (
    <figure className="curve">
      <TimeSeries label={t('Equity')} xs={xs} lines={lines} height={CHART_PX} />
      <figcaption className="legend">
        {lines.map(({ label, tone }) => (
          <span key={label} className={tone}>
            {label}
          </span>
        ))}
      </figcaption>
    </figure>
  );
}
