import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Message } from '../../../../src/contract.ts';
import { usePnL } from '../../feeds/equity.ts';
import { useLateMs } from '../../feeds/late.ts';
import { useTrades } from '../../feeds/lists.ts';
import type { Loadable } from '../../feeds/loadable.ts';
import { useSession } from '../../feeds/session.tsx';
import { useTradingState } from '../../feeds/trading-state.ts';
import { useLink } from '../../feeds/use-live.ts';
import { useRpc } from '../../feeds/use-rpc.ts';
import { LIGHT_WORDS, useVenueLights } from '../../feeds/venues.ts';
import { approximate } from '../../text/decimal-text.ts';
import { formatAge, formatCount, formatMoment, formatNumber } from '../../text/format.ts';
import { usedOfLimit as shareUsed } from '../../text/limits.ts';
import { isOpen } from '../../text/trades.ts';
import { Money } from '../../ui/figures.tsx';

type Statistics = Message<'ats.opportunity.v1.GetTradingStatisticsResponse'>;

const ENGINE = 'ats.opportunity.v1.EngineService';
const PLACES = 2;

interface SummaryProps {
  readonly statistics: Loadable<Statistics>;
}

/** What somebody who was woken asks first, each answer with the way to more of it. */
export function Summary({ statistics }: SummaryProps): ReactNode {
  const { t } = useTranslation();
  return (
    <section className="summary panel" aria-label={t('Summary')}>
      <State />
      <Profit />
      <Exposure />
      <Captured of={statistics} />
      <Venues />
    </section>
  );
}

interface TileProps {
  readonly title: string;
  readonly to: string;
  readonly lateMs?: number | undefined;
  /** What the tile is about, in large. */
  readonly value: ReactNode;
  readonly children: ReactNode;
}

function Tile({ title, to, lateMs, value, children }: TileProps): ReactNode {
  const { t } = useTranslation();
  return (
    <div className="tile" data-stale={lateMs === undefined ? undefined : true}>
      <h2>
        <Link to={to}>{title}</Link>
        {lateMs === undefined ? null : (
          <span className="stale-note">{t('as of {{age}} ago', { age: formatAge(lateMs) })}</span>
        )}
      </h2>
      <p className="tile-value">{value}</p>
      <div className="tile-more muted">{children}</div>
    </div>
  );
}

const MODES = { sim: 'Simulated market', paper: 'Paper money', live: 'Real money' } as const;
const STATUS_EVERY_MS = 2000;

function State(): ReactNode {
  const { t } = useTranslation();
  const { system } = useSession();
  const { word, tone, why, sinceUs, lateMs } = useTradingState();
  const trading = useRpc(ENGINE, 'GetTradingStatus', {}, { everyMs: STATUS_EVERY_MS }).data;
  const engine = useRpc(ENGINE, 'GetEngineStatus', {}, { everyMs: STATUS_EVERY_MS }).data;
  const notes = [
    ...(why === '' ? [] : [why, t('since {{when}}', { when: formatMoment(sinceUs) })]),
    ...(engine?.paused === true
      ? [t('The engine is paused: {{why}}', { why: engine.pauseReason })]
      : []),
    ...(trading?.trading === false
      ? [t('No new trades: {{why}}', { why: trading.haltReason })]
      : []),
    ...(trading?.troubles ?? []),
  ];
  return (
    <Tile
      title={t(MODES[system.mode])}
      to="/risk"
      lateMs={lateMs}
      value={
        <>
          {system.mode.toUpperCase()} <span className={`state-word ${tone}`}>{t(word)}</span>
        </>
      }
    >
      {notes.length === 0
        ? t('The engine looks for trades and makes them.')
        : notes.map((note) => <p key={note}>{note}</p>)}
    </Tile>
  );
}

const WINDOWS = { day: 'today', week: 'this week', month: 'this month' } as const;

function Profit(): ReactNode {
  const { t } = useTranslation();
  const of = usePnL();
  const windows = of.data?.windows ?? [];
  const profitOf = (name: string): string =>
    windows.find((one) => one.name === name)?.figures?.profit ?? '';
  return (
    <Tile
      title={t('Profit today')}
      to="/risk?tab=profit"
      lateMs={useLateMs(of)}
      value={<Money of={profitOf('day')} places={PLACES} unit={of.data?.numeraire ?? ''} toned />}
    >
      <dl className="pairs">
        <Pair name={t(WINDOWS.week)} of={profitOf('week')} toned />
        <Pair name={t(WINDOWS.month)} of={profitOf('month')} toned />
        <Pair name={t('since ever')} of={of.data?.total?.profit ?? ''} toned />
        <Pair name={t('below peak')} of={of.data?.drawdown ?? ''} />
      </dl>
    </Tile>
  );
}

interface PairProps {
  readonly name: string;
  readonly of: string;
  readonly toned?: boolean;
}

const Pair = ({ name, of, toned = false }: PairProps): ReactNode => (
  <div>
    <dt>{name}</dt>
    <dd>
      <Money of={of} places={PLACES} toned={toned} />
    </dd>
  </div>
);

const LIMIT_EVERY_MS = 2000;
const LEVEL_TONES = {
  LIMIT_LEVEL_UNSPECIFIED: '',
  LIMIT_LEVEL_OK: '',
  LIMIT_LEVEL_WARN: 'warn',
  LIMIT_LEVEL_BREACH: 'breach',
} as const;

/** What is bought and not sold, or the other way round, as risk values it. */
function Exposure(): ReactNode {
  const { t } = useTranslation();
  const every = { everyMs: LIMIT_EVERY_MS };
  const of = useRpc('ats.risk.v1.RiskService', 'GetRiskLimits', { name: 'netExposure' }, every);
  const trades = useTrades();
  const limit = of.data?.limits[0];
  const use = limit === undefined ? undefined : shareUsed(limit);
  const open = (trades.data ?? []).filter(isOpen).length;
  return (
    <Tile
      title={t('Not hedged')}
      to="/risk"
      lateMs={useLateMs(of)}
      value={<Money of={limit?.value ?? ''} places={PLACES} unit={of.data?.numeraire ?? ''} />}
    >
      {use === undefined ? null : (
        <span
          className={`usebar whole ${LEVEL_TONES[limit?.level ?? 'LIMIT_LEVEL_OK']}`}
          aria-hidden="true"
        >
          <span style={{ width: `${use.percent}%` }} />
        </span>
      )}
      <dl className="pairs">
        <Pair name={t('limit')} of={limit?.max ?? ''} />
        <div>
          <dt>{t('open trades')}</dt>
          <dd className="number">{trades.data === undefined ? '—' : formatCount(open)}</dd>
        </div>
      </dl>
    </Tile>
  );
}

function Captured({ of }: { readonly of: Loadable<Statistics> }): ReactNode {
  const { t } = useTranslation();
  const { numeraire } = useSession().system;
  const edge = of.data?.waterfall;
  const quoted = approximate(edge?.quoted ?? '');
  const percent = (approximate(edge?.realised ?? '') / quoted) * 100;
  return (
    <Tile
      title={t('Edge captured')}
      to="/trades"
      lateMs={useLateMs(of)}
      value={<span className="number">{formatNumber(quoted > 0 ? percent : null, 1)} %</span>}
    >
      <dl className="pairs">
        <Pair name={t('quoted, {{numeraire}}', { numeraire })} of={edge?.quoted ?? ''} />
        <Pair name={t('kept, {{numeraire}}', { numeraire })} of={edge?.realised ?? ''} toned />
        <div>
          <dt>{t('trades since the start')}</dt>
          <dd className="number">{of.data === undefined ? '—' : formatCount(of.data.total)}</dd>
        </div>
      </dl>
    </Tile>
  );
}

function Venues(): ReactNode {
  const { t } = useTranslation();
  const lights = useVenueLights();
  const known = useLink().link === 'open';
  const good = lights.filter(({ light }) => light === 'good').length;
  return (
    <Tile
      title={t('Venues live')}
      to="/markets"
      value={
        <span className="number">
          {known ? good : '—'} <span className="muted">/ {lights.length}</span>
        </span>
      }
    >
      <ul className="lights large">
        {lights.map(({ venue, light, live, books }) => (
          <li key={venue} className={light}>
            <Link to={`/markets?venue=${venue}`}>
              <span className="dot" aria-hidden="true" />
              {venue} <span className="hidden">{t(LIGHT_WORDS[light])}</span>
              <span className="number faint">{known ? `${live}/${books}` : '—'}</span>
            </Link>
          </li>
        ))}
      </ul>
    </Tile>
  );
}
