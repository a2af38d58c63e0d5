import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Message } from '../../../../src/contract.ts';
import { useTrades } from '../../feeds/lists.ts';
import { usePlaces } from '../../feeds/markets.ts';
import { useMay, useSession } from '../../feeds/session.tsx';
import { marketKey } from '../../feeds/streams.ts';
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
  const trade = useTrades().data?.find(({ opportunityId }) => id !== '' && opportunityId === id);
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
        <Ways opportunity={opportunity} trade={trade} />
        {trade === undefined ? <Execute id={opportunity.id} /> : null}
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
const RATE_PLACES = 6;

function Figures({ record, opportunity }: FiguresProps): ReactNode {
  const { t } = useTranslation();
  const { numeraire, frameAtUs, bookAtUs, decidedAtUs } = opportunity;
  const { quantity } = usePlaces()(opportunity.buy);
  return (
    <dl className="facts">
      <Fact label={t('Quantity')}>
        <Money of={opportunity.quantity} places={quantity} unit={opportunity.base} />
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
  const { price } = usePlaces()(leg);
  const params = new URLSearchParams({ venue: leg.venue, instrument: leg.instrument });
  return (
    <section className="leg">
      <h3>
        {t(side)} <Link to={`/markets?${params}`}>{`${leg.instrument} · ${leg.venue}`}</Link>
      </h3>
      <dl className="facts">
        <Fact label={t('Average price')}>
          <Money of={leg.averagePrice} places={price} unit={quote} />
        </Fact>
        <Fact label={t('Worst price')}>
          <Money of={leg.limitPrice} places={price} unit={quote} />
        </Fact>
        <Fact label={t('Notional')}>
          <Money of={leg.notional} places={2} unit={quote} />
        </Fact>
        <Fact label={t('Fee')}>
          <Money of={leg.fee} places={MONEY_PLACES} unit={quote} />
        </Fact>
        <Fact label={t('Levels walked')}>{leg.levels}</Fact>
        <Fact label={t('Age of the book')}>{formatDurationUs(leg.bookAgeUs)}</Fact>
        {leg.conversion === null ? null : (
          <Fact
            label={t('Converted by {{market}}', {
              market: `${leg.conversion.instrument} · ${leg.conversion.venue}`,
            })}
          >
            <Money of={leg.conversionRate} places={RATE_PLACES} />
          </Fact>
        )}
      </dl>
    </section>
  );
}

interface WaysProps {
  readonly opportunity: Opportunity;
  /** What was made of it. */
  readonly trade: Message<'ats.execution.v1.ArbitrageTrade'> | undefined;
}

/** From here to the books as they are now, to the trade that was made of it, and to the records. */
function Ways({ opportunity, trade }: WaysProps): ReactNode {
  const { t } = useTranslation();
  const { id, buy, sell } = opportunity;
  const params = new URLSearchParams({
    view: 'pair',
    buy: marketKey(buy?.venue ?? '', buy?.instrument ?? ''),
    sell: marketKey(sell?.venue ?? '', sell?.instrument ?? ''),
  });
  return (
    <p className="row">
      {trade === undefined ? null : (
        <Link to={`/trades/${trade.tradeId}`}>{t('The trade that was made of it')}</Link>
      )}
      <Link to={`/markets?${params}`}>{t('Both books as they are now')}</Link>
      <Link to={`/system?tab=audit&key=${encodeURIComponent(id)}`}>
        {t('Its records in the write-once archive')}
      </Link>
      <span className="faint mono">{id}</span>
    </p>
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
