import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../../src/contract.ts';
import { useSession } from '../../feeds/session.tsx';
import { useParam } from '../../feeds/use-param.ts';
import { sumTexts } from '../../text/decimal-text.ts';
import { formatCount, words } from '../../text/format.ts';
import { type FunnelReason, type FunnelStage, funnel, reasonName } from '../../text/reasons.ts';
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

/** How many came how far, and what took the rest. */
export function Funnel({ records }: FunnelProps): ReactNode {
  const { t } = useTranslation();
  const stages = funnel(records);
  return (
    <>
      <ol className="funnel">
        <li className="funnel-stage">
          <span className="name">{t('Seen')}</span>
          <span className="level" style={{ width: '100%' }} aria-hidden="true" />
          <strong className="right">{formatCount(records.length)}</strong>
        </li>
        {stages.map((stage) => (
          <StageRow key={stage.stage} stage={stage} total={records.length} />
        ))}
      </ol>
      <p className="faint funnel-note">
        {t(
          'Of the {{count}} newest. What a reason took is its best profit at the time: relaxing a limit would have brought at most that, before slippage, and risked what the limit is there for.',
          { count: records.length },
        )}
      </p>
    </>
  );
}

interface StageRowProps {
  readonly stage: FunnelStage;
  readonly total: number;
}

function StageRow({ stage, total }: StageRowProps): ReactNode {
  const { t } = useTranslation();
  const share = total === 0 ? 0 : (stage.passed / total) * 100;
  return (
    <li className="funnel-stage">
      <span className="name">{t(STAGE_NAMES[stage.stage])}</span>
      <span className="level" style={{ width: `${Math.max(share, 0.4)}%` }} aria-hidden="true" />
      <strong className="right">{formatCount(stage.passed)}</strong>
      <ul className="reasons">
        {stage.reasons.map((reason) => (
          <ReasonRow key={reason.reason} of={reason} />
        ))}
      </ul>
    </li>
  );
}

function ReasonRow({ of }: { readonly of: FunnelReason }): ReactNode {
  const { t } = useTranslation();
  const { system } = useSession();
  const [, setReason] = useParam('reason');
  return (
    <li>
      <button type="button" className="plain-link" onClick={() => setReason(of.reason)}>
        −{formatCount(of.count)} {t(words(reasonName(of.reason)))}
      </button>
      <Money of={sumTexts(of.profits)} places={2} unit={system.numeraire} toned />
    </li>
  );
}
