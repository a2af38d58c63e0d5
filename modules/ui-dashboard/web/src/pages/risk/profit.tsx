import { type ReactNode, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../../src/contract.ts';
import { profitToday } from '../../feeds/equity.ts';
import { useSession } from '../../feeds/session.tsx';
import { useRpc } from '../../feeds/use-rpc.ts';
import { approximate } from '../../text/decimal-text.ts';
import { formatMoment } from '../../text/format.ts';
import { Fact, Money } from '../../ui/figures.tsx';
import { Panel } from '../../ui/panel.tsx';
import { type Line, TimeSeries } from '../../ui/time-series.tsx';

type PnL = Message<'ats.risk.v1.GetPnLResponse'>;

const EVERY_MS = 5000;
const PLACES = 2;
const CHART_PX = 190;
/** One a minute for a day is more than a chart has pixels for. */
const POINTS_MAX = 720;

/** What was made, and how far it is below the best that it ever was, over the last day. */
export function ProfitAndDrawdown(): ReactNode {
  const { t } = useTranslation();
  const { system } = useSession();
  const request = { curvePointsMax: POINTS_MAX };
  const of = useRpc('ats.risk.v1.RiskService', 'GetPnL', request, { everyMs: EVERY_MS });
  return (
    <Panel
      title={t('Profit and drawdown')}
      actions={<span className="faint">{system.numeraire}</span>}
      of={of}
      lines={8}
    >
      {(pnl) => (
        <div className="stack">
          <ProfitFacts pnl={pnl} />
          <Curve curve={pnl.curve} />
          {pnl.agrees ? null : (
            <p className="note-box">
              {t(
                'Positions and the ledger count differently. Do not trust these figures before that is settled.',
              )}
            </p>
          )}
          {pnl.unmarked.map((sentence) => (
            <p key={sentence} className="note-box">
              {sentence}
            </p>
          ))}
          <p className="faint">
            {t('valued {{moment}}, days begin in {{zone}}', {
              moment: formatMoment(pnl.valuedAtUs),
              zone: pnl.timeZone,
            })}
          </p>
        </div>
      )}
    </Panel>
  );
}

function ProfitFacts({ pnl }: { readonly pnl: PnL }): ReactNode {
  const { t } = useTranslation();
  const { total } = pnl;
  const figures = [
    { label: t('Today'), of: profitToday(pnl), toned: true },
    { label: t('Since ever'), of: total?.profit, toned: true },
    { label: t('Realised'), of: total?.realised, toned: true },
    { label: t('Unrealised'), of: total?.unrealised, toned: true },
    { label: t('Fees'), of: total?.fees, toned: false },
    { label: t('Below its peak'), of: pnl.drawdown, toned: false },
    { label: t('Deepest ever'), of: pnl.drawdownDeepest, toned: false },
  ];
  return (
    <dl className="facts big">
      {figures.map(({ label, of, toned }) => (
        <Fact key={label} label={label}>
          <Money of={of ?? ''} places={PLACES} toned={toned} />
        </Fact>
      ))}
    </dl>
  );
}

function Curve({ curve }: { readonly curve: PnL['curve'] }): ReactNode {
  const { t } = useTranslation();
  const xs = useMemo(() => curve.map(({ timeUs }) => timeUs / 1_000_000), [curve]);
  const lines = useMemo(
    (): readonly Line[] => [
      {
        label: t('Profit'),
        tone: 'accent',
        values: curve.map(({ profit }) => approximate(profit)),
        fill: true,
      },
      {
        label: t('Below its peak'),
        tone: 'loss',
        values: curve.map(({ drawdown }) => -approximate(drawdown)),
      },
    ],
    [curve, t],
  );
  if (curve.length < 2) {
    return <p className="empty">{t('The curve begins a minute after the first trade.')}</p>;
  }
  return (
    <figure className="curve">
      <TimeSeries
        label={t('Profit and drawdown')}
        xs={xs}
        lines={lines}
        height={CHART_PX}
        places={PLACES}
      />
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
