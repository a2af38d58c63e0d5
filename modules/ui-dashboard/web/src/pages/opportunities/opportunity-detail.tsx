import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Message } from '../../../../src/contract.ts';
import { useMay, useSession } from '../../feeds/session.tsx';
import { useParam } from '../../feeds/use-param.ts';
import { useAct } from '../../feeds/use-rpc.ts';
import { formatDurationUs, formatMoment, formatNumber } from '../../text/format.ts';
import { ConfirmButton } from '../../ui/confirm-button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Fact, Money } from '../../ui/figures.tsx';
import { ReasonPill } from '../../ui/reason-pill.tsx';

type OpportunityRecord = Message<'ats.opportunity.v1.OpportunityRecord'>;
type Opportunity = Message<'ats.opportunity.v1.Opportunity'>;
type Leg = Message<'ats.opportunity.v1.OpportunityLeg'>;

interface OpportunityDetailProps {
  readonly records: readonly OpportunityRecord[];
}

/** The one of the address: its legs, figures, ages and the decision. */
export function OpportunityDetail({ records }: OpportunityDetailProps): ReactNode {
  const [id, setId] = useParam('id');
  const record = records.find(({ opportunity }) => opportunity?.id === id);
  if (record === undefined || record.opportunity === null) return null;
  const { opportunity } = record;
  const { base, buy, sell } = opportunity;
  return (
    <Dialog
      open
      wide
      onClose={() => setId('')}
      title={`${base}: ${buy?.venue ?? ''} → ${sell?.venue ?? ''}`}
    >
      <div className="stack">
        <Decision record={record} />
        <Figures record={record} opportunity={opportunity} />
        <div className="halves">
          {buy === null ? null : <LegFacts side="Buy" leg={buy} />}
          {sell === null ? null : <LegFacts side="Sell" leg={sell} />}
        </div>
        <p className="faint mono">{opportunity.id}</p>
        <Execute id={opportunity.id} />
      </div>
    </Dialog>
  );
}

function Decision({ record }: { readonly record: OpportunityRecord }): ReactNode {
  const { t } = useTranslation();
  const { reason, decision } = record;
  return (
    <div className="row">
      <ReasonPill reason={reason} />
      {decision === null ? (
        <span className="muted">{t('Risk was not asked.')}</span>
      ) : (
        <span>{decision.detail}</span>
      )}
      {decision === null || decision.limit === '' ? null : (
        <span className="muted">
          {t('limit {{limit}}, asked {{value}}', { limit: decision.limit, value: decision.value })}
        </span>
      )}
    </div>
  );
}

interface FiguresProps {
  readonly record: OpportunityRecord;
  readonly opportunity: Opportunity;
}

const MONEY_PLACES = 4;

function Figures({ record, opportunity }: FiguresProps): ReactNode {
  const { t } = useTranslation();
  const { numeraire, frameAtUs, bookAtUs, decidedAtUs } = opportunity;
  return (
    <dl className="facts">
      <Fact label={t('Quantity')}>
        <Money of={opportunity.quantity} unit={opportunity.base} />
      </Fact>
      <Fact label={t('Gross profit')}>
        <Money of={opportunity.grossProfit} places={MONEY_PLACES} unit={numeraire} toned />
      </Fact>
      <Fact label={t('Fees')}>
        <Money of={opportunity.fees} places={MONEY_PLACES} unit={numeraire} />
      </Fact>
      <Fact label={t('Slippage reserve')}>
        <Money of={opportunity.slippageReserve} places={MONEY_PLACES} unit={numeraire} />
      </Fact>
      <Fact label={t('Net profit')}>
        <Money of={opportunity.netProfit} places={MONEY_PLACES} unit={numeraire} toned />
      </Fact>
      <Fact label={t('Net edge')}>{formatNumber(opportunity.netEdgeBps, 2, true)} bps</Fact>
      <Fact label={t('Confidence')}>{formatNumber(opportunity.confidence * 100, 0)} %</Fact>
      <Fact label={t('Seen')}>{formatMoment(record.openedAtUs)}</Fact>
      <Fact label={t('Frame to book')}>{formatDurationUs(bookAtUs - frameAtUs)}</Fact>
      <Fact label={t('Book to decision')}>{formatDurationUs(decidedAtUs - bookAtUs)}</Fact>
      <Fact label={t('Seen by updates')}>{record.updates}</Fact>
    </dl>
  );
}

interface LegFactsProps {
  readonly side: 'Buy' | 'Sell';
  readonly leg: Leg;
}

function LegFacts({ side, leg }: LegFactsProps): ReactNode {
  const { t } = useTranslation();
  const quote = leg.instrument.split('/')[1] ?? '';
  const params = new URLSearchParams({ venue: leg.venue, instrument: leg.instrument });
  return (
    <section className="leg">
      <h3>
        {t(side)} <Link to={`/markets?${params}`}>{`${leg.instrument} · ${leg.venue}`}</Link>
      </h3>
      <dl className="facts">
        <Fact label={t('Average price')}>
          <Money of={leg.averagePrice} unit={quote} />
        </Fact>
        <Fact label={t('Worst price')}>
          <Money of={leg.limitPrice} unit={quote} />
        </Fact>
        <Fact label={t('Notional')}>
          <Money of={leg.notional} places={2} unit={quote} />
        </Fact>
        <Fact label={t('Fee')}>
          <Money of={leg.fee} places={MONEY_PLACES} unit={quote} />
        </Fact>
        <Fact label={t('Levels walked')}>{leg.levels}</Fact>
        <Fact label={t('Age of the book')}>{formatDurationUs(leg.bookAgeUs)}</Fact>
      </dl>
    </section>
  );
}

function Execute({ id }: { readonly id: string }): ReactNode {
  const { t } = useTranslation();
  const { user } = useSession();
  const may = useMay('trades.execute');
  const execute = useAct('ats.opportunity.v1.EngineService', 'ExecuteOpportunity');
  if (!may) return null;
  const trade = execute.data?.trade;
  return (
    <div className="stack">
      {trade == null ? (
        <div className="row end">
          <ConfirmButton
            label={t('Trade it')}
            title={t('Trade it now?')}
            says={t(
              'Both legs are sent at the prices that it was found at, if risk still approves.',
            )}
            error={execute.error}
            act={() => execute.act({ opportunityId: id, actor: user.name })}
          />
        </div>
      ) : (
        <Link to={`/trades/${trade.tradeId}`}>{t('To the trade')}</Link>
      )}
    </div>
  );
}
