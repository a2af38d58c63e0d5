import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { profitToday, usePnL } from '../../feeds/equity.ts';
import { useSession } from '../../feeds/session.tsx';
import { formatMoment } from '../../text/format.ts';
import { Fact, Money } from '../../ui/figures.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Panel } from '../../ui/panel.tsx';
import '../../styles/risk.css';
import { Limits } from './limits.tsx';
import { Positions } from './positions.tsx';
import { TradingControl } from './trading-control.tsx';

export function Risk(): ReactNode {
  const { t } = useTranslation();
  return (
    <>
      <PageHead title={t('Risk')} />
      <div className="risk">
        <TradingControl />
        <ProfitAndLoss />
        <Limits />
        <Positions />
      </div>
    </>
  );
}

const PLACES = 2;

function ProfitAndLoss(): ReactNode {
  const { t } = useTranslation();
  const { system } = useSession();
  const of = usePnL();
  const unit = system.numeraire;
  return (
    <Panel
      title={t('Profit and drawdown')}
      actions={<span className="faint">{unit}</span>}
      of={of}
      lines={4}
    >
      {(pnl) => (
        <div className="stack">
          <dl className="facts big">
            <Fact label={t('Today')}>
              <Money of={profitToday(pnl)} places={PLACES} toned />
            </Fact>
            <Fact label={t('Since ever')}>
              <Money of={pnl.total?.profit ?? ''} places={PLACES} toned />
            </Fact>
            <Fact label={t('Realised')}>
              <Money of={pnl.total?.realised ?? ''} places={PLACES} toned />
            </Fact>
            <Fact label={t('Unrealised')}>
              <Money of={pnl.total?.unrealised ?? ''} places={PLACES} toned />
            </Fact>
            <Fact label={t('Fees')}>
              <Money of={pnl.total?.fees ?? ''} places={PLACES} />
            </Fact>
            <Fact label={t('Below its peak')}>
              <Money of={pnl.drawdown} places={PLACES} />
            </Fact>
            <Fact label={t('Deepest ever')}>
              <Money of={pnl.drawdownDeepest} places={PLACES} />
            </Fact>
          </dl>
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
