import { type ReactNode, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { serverNowUs } from '../../adapters/live-socket.ts';
import { useOpportunities, useTrades } from '../../feeds/lists.ts';
import { useSession } from '../../feeds/session.tsx';
import { matrixSpec } from '../../feeds/streams.ts';
import { useLiveLoadable } from '../../feeds/use-live.ts';
import { useRpc } from '../../feeds/use-rpc.ts';
import { profitCurve } from '../../text/profit-curve.ts';
import { perMinute } from '../../text/reasons.ts';
import { Panel } from '../../ui/panel.tsx';
import { SpreadMatrix } from '../../ui/spread-matrix.tsx';
import { type Line, TimeSeries } from '../../ui/time-series.tsx';
import { Waterfall } from '../../ui/waterfall.tsx';
import '../../styles/overview.css';
import { OpenAlerts } from './open-alerts.tsx';
import { OpenTrades } from './open-trades.tsx';

/** All is well, or what is not, in ten seconds. */
export function Overview(): ReactNode {
  const { t } = useTranslation();
  return (
    <>
      <h1 className="hidden">{t('Overview')}</h1>
      <div className="overview">
        <Profit />
        <Edge />
        <Spreads />
        <OpenTrades />
        <PerMinute />
        <OpenAlerts />
      </div>
    </>
  );
}

const CHART_PX = 188;

function Profit(): ReactNode {
  const { t } = useTranslation();
  const { system } = useSession();
  const trades = useTrades();
  const curve = useMemo(() => profitCurve(trades.data ?? []), [trades.data]);
  const lines = useMemo(
    (): readonly Line[] => [
      { label: 'kept', tone: 'accent', values: curve.kept, fill: true, stepped: true },
      { label: 'below peak', tone: 'loss', values: curve.belowPeak, stepped: true },
    ],
    [curve],
  );
  return (
    <Panel
      title={t('Kept by trades, and below its peak')}
      actions={<span className="faint">{system.numeraire}</span>}
      of={trades}
      isEmpty={() => curve.xs.length === 0}
      empty={<p>{t('No trade has ended yet. The curve begins with the first.')}</p>}
      lines={7}
      className="profit"
    >
      {() => (
        <TimeSeries
          label={t('Kept by trades, and below its peak')}
          xs={curve.xs}
          lines={lines}
          height={CHART_PX}
        />
      )}
    </Panel>
  );
}

const STATISTICS_EVERY_MS = 5000;

function Edge(): ReactNode {
  const { t } = useTranslation();
  const { system } = useSession();
  const every = { everyMs: STATISTICS_EVERY_MS };
  const of = useRpc('ats.opportunity.v1.EngineService', 'GetTradingStatistics', {}, every);
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
  const minutes = useMemo(() => perMinute(of.data ?? [], serverNowUs()), [of.data]);
  const xs = useMemo(() => minutes.map(({ at }) => at), [minutes]);
  const lines = useMemo(
    (): readonly Line[] => [
      {
        label: 'refused',
        tone: 'muted',
        values: minutes.map(({ refused }) => refused),
        fill: true,
        stepped: true,
      },
      {
        label: 'taken',
        tone: 'gain',
        values: minutes.map(({ taken }) => taken),
        fill: true,
        stepped: true,
      },
    ],
    [minutes],
  );
  return (
    <Panel
      title={t('Opportunities per minute')}
      actions={
        <span className="legend">
          <span className="gain">■ {t('taken')}</span>{' '}
          <span className="muted">■ {t('refused')}</span>
        </span>
      }
      of={of}
      isEmpty={(records) => records.length === 0}
      empty={<p>{t('No opportunity yet. Venues agree on their prices, or books are not live.')}</p>}
      lines={7}
      className="per-minute"
    >
      {() => (
        <TimeSeries label={t('Opportunities per minute')} xs={xs} lines={lines} height={CHART_PX} />
      )}
    </Panel>
  );
}
