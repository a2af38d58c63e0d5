import { type ReactNode, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Message } from '../../../../src/contract.ts';
import { serverNowUs } from '../../adapters/live-socket.ts';
import { useProfitCurve } from '../../feeds/equity.ts';
import { LIST_MAX, useOpportunities } from '../../feeds/lists.ts';
import type { Loadable } from '../../feeds/loadable.ts';
import { useSession } from '../../feeds/session.tsx';
import { matrixSpec } from '../../feeds/streams.ts';
import { useLiveLoadable } from '../../feeds/use-live.ts';
import { useRpc } from '../../feeds/use-rpc.ts';
import { perMinute } from '../../text/reasons.ts';
import { Panel } from '../../ui/panel.tsx';
import { CurveWindows, ProfitCurve } from '../../ui/profit-curve.tsx';
import { SpreadMatrix } from '../../ui/spread-matrix.tsx';
import { type Line, TimeSeries } from '../../ui/time-series.tsx';
import { Waterfall } from '../../ui/waterfall.tsx';
import '../../styles/overview.css';
import { OpenAlerts } from './open-alerts.tsx';
import { OpenTrades } from './open-trades.tsx';
import { Summary } from './summary.tsx';

const STATISTICS_EVERY_MS = 5000;

/** All is well, or what is not, in ten seconds. */
export function Overview(): ReactNode {
  const { t } = useTranslation();
  const every = { everyMs: STATISTICS_EVERY_MS };
  const statistics = useRpc('ats.opportunity.v1.EngineService', 'GetTradingStatistics', {}, every);
  return (
    <>
      <h1 className="hidden">{t('Overview')}</h1>
      <Summary statistics={statistics} />
      <div className="overview">
        <div className="column">
          <Profit />
          <Spreads />
          <PerMinute />
        </div>
        <div className="column">
          <Edge of={statistics} />
          <OpenAlerts />
          <OpenTrades />
        </div>
      </div>
    </>
  );
}

const CHART_PX = 188;

function Profit(): ReactNode {
  const { t } = useTranslation();
  const { of, window, setWindow } = useProfitCurve();
  return (
    <Panel
      title={t('Profit and drawdown')}
      actions={
        <>
          <span className="faint">{of.data?.numeraire ?? ''}</span>
          <CurveWindows value={window} onValue={setWindow} />
        </>
      }
      of={of}
      lines={7}
      className="profit"
    >
      {({ curve }) => <ProfitCurve curve={curve} height={CHART_PX} />}
    </Panel>
  );
}

interface EdgeProps {
  readonly of: Loadable<Message<'ats.opportunity.v1.GetTradingStatisticsResponse'>>;
}

function Edge({ of }: EdgeProps): ReactNode {
  const { t } = useTranslation();
  const { system } = useSession();
  return (
    <Panel
      title={t('Where the edge went')}
      actions={<span className="faint">{t('since the start')}</span>}
      of={of}
      isEmpty={({ waterfall }) => waterfall === null || waterfall.quoted === ''}
      empty={<p>{t('No trade has ended yet.')}</p>}
      lines={6}
      className="edge"
    >
      {({ waterfall }) =>
        waterfall === null ? null : <Waterfall of={waterfall} numeraire={system.numeraire} />
      }
    </Panel>
  );
}

function Spreads(): ReactNode {
  const { t } = useTranslation();
  const { system } = useSession();
  const of = useLiveLoadable(matrixSpec);
  return (
    <Panel
      title={t('Spread matrix')}
      actions={
        <span className="faint">
          {of.data === undefined
            ? ''
            : t('at {{size}} {{numeraire}}', {
                size: of.data.state.notional,
                numeraire: system.numeraire,
              })}
        </span>
      }
      of={of}
      isEmpty={({ state }) => state.cells.size === 0}
      empty={<p>{t('No two venues list the same asset.')}</p>}
      lines={7}
      className="spreads"
    >
      {({ state }) => <SpreadMatrix matrix={state} venues={system.venues} base="" />}
    </Panel>
  );
}

function PerMinute(): ReactNode {
  const { t } = useTranslation();
  const of = useOpportunities();
  const minutes = useMemo(
    () => perMinute({ records: of.data ?? [], recordsMax: LIST_MAX, nowUs: serverNowUs() }),
    [of.data],
  );
  const xs = useMemo(() => minutes.map(({ at }) => at), [minutes]);
  const lines = useMemo((): readonly Line[] => {
    const refused = minutes.map((one) => one.refused);
    const taken = minutes.map((one) => one.taken);
    const both = minutes.map(({ refused: no, taken: yes }) =>
      no === null || yes === null ? null : no + yes,
    );
    const bars = { fill: true, bars: true } as const;
    return [
      { label: t('refused'), tone: 'muted', values: both, written: refused, ...bars },
      { label: t('taken'), tone: 'gain', values: taken, ...bars },
    ];
  }, [minutes, t]);
  return (
    <Panel
      title={t('Opportunities per minute')}
      actions={<Link to="/opportunities?view=why">{t('Why no trade?')}</Link>}
      of={of}
      isEmpty={(records) => records.length === 0}
      empty={<p>{t('No opportunity yet. Venues agree on their prices, or books are not live.')}</p>}
      lines={7}
      className="per-minute"
    >
      {() => (
        <TimeSeries
          label={t('Opportunities per minute')}
          xs={xs}
          lines={lines}
          height={CHART_PX}
          places={0}
        />
      )}
    </Panel>
  );
}
