import { type ReactNode, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Message } from '../../../../src/contract.ts';
import { useSession } from '../../feeds/session.tsx';
import { useRpc } from '../../feeds/use-rpc.ts';
import { formatCount, formatMoment, words } from '../../text/format.ts';
import { engineSettings, type LimitOfReason, limitOfReason } from '../../text/limit-of-reason.ts';
import {
  type FunnelReason,
  type FunnelStage,
  funnel,
  type Reason,
  reasonName,
} from '../../text/reasons.ts';
import { Money } from '../../ui/figures.tsx';

interface FunnelProps {
  readonly records: readonly Message<'ats.opportunity.v1.OpportunityRecord'>[];
}

const STAGE_NAMES = {
  fresh: 'Books fresh and whole',
  edge: 'Edge large enough',
  size: 'Size large enough',
  funds: 'Funds on both venues',
  risk: 'Approved by risk',
  trade: 'Made as a trade',
} as const;

type LimitOf = (reason: Reason) => LimitOfReason | undefined;

/** The settings that refusals come from, as they are now. */
function useLimits(): LimitOf {
  const engine = useRpc('ats.opportunity.v1.EngineService', 'GetEngineConfiguration', {}).data;
  const risk = useRpc('ats.risk.v1.RiskService', 'GetRiskLimits', {}).data;
  return useMemo(() => {
    const known = { settings: engineSettings(engine?.json ?? ''), limits: risk?.limits ?? [] };
    return (reason) => limitOfReason(reason, known);
  }, [engine, risk]);
}

/** How many came how far, what took the rest, and what that was worth. */
export function Funnel({ records }: FunnelProps): ReactNode {
  const { t } = useTranslation();
  const stages = funnel(records);
  const limitOf = useLimits();
  return (
    <>
      <ol className="funnel">
        <li className="funnel-stage">
          <span className="name">{t('Seen')}</span>
          <span className="level" style={{ width: '100%' }} aria-hidden="true" />
          <strong className="right">{formatCount(records.length)}</strong>
        </li>
        {stages.map((stage) => (
          <StageRow key={stage.stage} stage={stage} total={records.length} limitOf={limitOf} />
        ))}
      </ol>
      <p className="faint funnel-note">
        {t('Seen from {{from}} to {{to}}.', {
          from: formatMoment(records.at(-1)?.openedAtUs ?? 0),
          to: formatMoment(records[0]?.openedAtUs ?? 0),
        })}{' '}
        {t(
          'What a reason took is the best profit of each at the time, losses as well: relaxing its limit would have brought at most that, before slippage, and would have risked what it commits.',
        )}
      </p>
    </>
  );
}

interface StageRowProps {
  readonly stage: FunnelStage;
  readonly total: number;
  readonly limitOf: LimitOf;
}

function StageRow({ stage, total, limitOf }: StageRowProps): ReactNode {
  const { t } = useTranslation();
  const share = total === 0 ? 0 : (stage.passed / total) * 100;
  return (
    <li className="funnel-stage">
      <span className="name">{t(STAGE_NAMES[stage.stage])}</span>
      <span className="level" style={{ width: `${Math.max(share, 0.4)}%` }} aria-hidden="true" />
      <strong className="right">{formatCount(stage.passed)}</strong>
      {stage.reasons.length === 0 ? null : (
        <ul className="reasons">
          {stage.reasons.map((reason) => (
            <ReasonRow key={reason.reason} of={reason} limit={limitOf(reason.reason)} />
          ))}
        </ul>
      )}
    </li>
  );
}

interface ReasonRowProps {
  readonly of: FunnelReason;
  readonly limit: LimitOfReason | undefined;
}

function ReasonRow({ of, limit }: ReasonRowProps): ReactNode {
  const { t } = useTranslation();
  const { numeraire } = useSession().system;
  return (
    <li>
      <span className="number right">−{formatCount(of.count)}</span>
      <Link to={`/opportunities?reason=${of.reason}`}>{t(words(reasonName(of.reason)))}</Link>
      <span>
        <span className="muted">{t('took')}</span>{' '}
        <Money of={of.profit} places={2} unit={numeraire} toned />
      </span>
      <span>
        <span className="muted">{t('would commit')}</span>{' '}
        <Money of={of.committed} places={0} unit={numeraire} />
      </span>
      <span className="mono muted">
        {limit === undefined ? '' : `${limit.name} = ${limit.value}`}
      </span>
    </li>
  );
}
