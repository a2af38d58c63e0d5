import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../../src/contract.ts';
import { profitToday, useProfitCurve } from '../../feeds/equity.ts';
import { formatMoment } from '../../text/format.ts';
import { Fact, Money } from '../../ui/figures.tsx';
import { Panel } from '../../ui/panel.tsx';
import { CurveWindows, ProfitCurve } from '../../ui/profit-curve.tsx';

type PnL = Message<'ats.risk.v1.GetPnLResponse'>;

const PLACES = 2;
const CHART_PX = 190;

/** What was made, and how far it is below the best that it ever was, in a window. */
export function ProfitAndDrawdown(): ReactNode {
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
      lines={8}
    >
      {(pnl) => (
        <div className="stack">
          <ProfitFacts pnl={pnl} />
          <ProfitCurve curve={pnl.curve} height={CHART_PX} />
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
