import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../../src/contract.ts';
import type { Loadable } from '../../feeds/loadable.ts';
import { useRpc } from '../../feeds/use-rpc.ts';
import { limitWords, usedOfLimit } from '../../text/limits.ts';
import { Fact, Money } from '../../ui/figures.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Panel } from '../../ui/panel.tsx';
import '../../styles/risk.css';
import { LimitTables } from './limits.tsx';
import { Positions } from './positions.tsx';
import { ProfitAndDrawdown } from './profit.tsx';
import { TradingControl } from './trading-control.tsx';

type Limits = Message<'ats.risk.v1.GetRiskLimitsResponse'>;

const EVERY_MS = 2000;

export function Risk(): ReactNode {
  const { t } = useTranslation();
  const limits = useRpc('ats.risk.v1.RiskService', 'GetRiskLimits', {}, { everyMs: EVERY_MS });
  return (
    <>
      <PageHead title={t('Risk')} />
      <div className="risk">
        <div className="column">
          <TradingControl />
          <AtRisk of={limits} />
        </div>
        <ProfitAndDrawdown />
        <LimitTables of={limits} />
        <Positions />
      </div>
    </>
  );
}

/** What can be lost, and by what: limits of these names, whether they have a figure or not. */
const AT_RISK = ['valueAtRisk', 'expectedShortfall', 'grossExposure', 'netExposure'] as const;

function AtRisk({ of }: { readonly of: Loadable<Limits> }): ReactNode {
  const { t } = useTranslation();
  return (
    <Panel
      title={t('At risk')}
      actions={<span className="faint">{of.data?.numeraire}</span>}
      of={of}
      lines={2}
    >
      {({ limits }) => (
        <dl className="facts big">
          {AT_RISK.map((name) => {
            const limit = limits.find((one) => one.name === name && one.of === '');
            const use = limit === undefined ? undefined : usedOfLimit(limit);
            return (
              <Fact key={name} label={t(limitWords(name))}>
                <Money of={limit?.value ?? ''} places={2} />
                {use === undefined ? null : (
                  <small
                    className={limit?.level === 'LIMIT_LEVEL_BREACH' ? 'danger-text' : 'muted'}
                  >
                    {limit?.level === 'LIMIT_LEVEL_BREACH'
                      ? t('above its limit')
                      : t('{{percent}} % used', { percent: Math.round(use.percent) })}
                  </small>
                )}
              </Fact>
            );
          })}
        </dl>
      )}
    </Panel>
  );
}
