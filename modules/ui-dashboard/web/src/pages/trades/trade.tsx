import { useQueries } from '@tanstack/react-query';
import { type ReactNode, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import type { Message } from '../../../../src/contract.ts';
import { callRpc } from '../../adapters/rpc-client.ts';
import { useOpportunities } from '../../feeds/lists.ts';
import { mapLoadable } from '../../feeds/loadable.ts';
import { usePlaces } from '../../feeds/markets.ts';
import { useMay, useSession } from '../../feeds/session.tsx';
import { orderEventsSpec, tradesSpec } from '../../feeds/streams.ts';
import { useLive } from '../../feeds/use-live.ts';
import { useAct, useRpc } from '../../feeds/use-rpc.ts';
import { formatMoment, formatNumber, words } from '../../text/format.ts';
import { timelineOf } from '../../text/timeline.ts';
import { isOpen, unhedgedQuantity } from '../../text/trades.ts';
import { ConfirmButton } from '../../ui/confirm-button.tsx';
import { Fact, Money } from '../../ui/figures.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Panel, PlainPanel } from '../../ui/panel.tsx';
import { TradeStatePill } from '../../ui/trade-state.tsx';
import { Waterfall } from '../../ui/waterfall.tsx';
import '../../styles/trade.css';
import { TimelineView } from './timeline-view.tsx';
import { TradeOrders } from './trade-orders.tsx';
import { TradePostings } from './trade-postings.tsx';

type Trade = Message<'ats.execution.v1.ArbitrageTrade'>;
type Order = Message<'ats.order.v1.Order'>;

const EVERY_MS = 5000;

/** One trade from the frame that caused it to the postings that it ended in. */
export function TradePage(): ReactNode {
  const { t } = useTranslation();
  const { tradeId = '' } = useParams();
  const asked = useRpc(
    'ats.opportunity.v1.EngineService',
    'GetTrade',
    { tradeId },
    { everyMs: EVERY_MS },
  );
  const live = useLive(tradesSpec).state.get(tradeId);
  const of = mapLoadable(asked, ({ trade }) =>
    live !== undefined && live.version > (trade?.version ?? 0) ? live : trade,
  );
  const { data: trade } = of;
  return (
    <>
      <PageHead
        title={
          trade == null
            ? t('Trade')
            : `${trade.base} ${trade.legs.map(({ venue }) => venue).join(' → ')}`
        }
      >
        {trade == null ? null : <TradeStatePill state={trade.state} />}
        {trade == null || !isOpen(trade) ? null : <EndTrade trade={trade} />}
        <Link to="/trades">{t('All trades')}</Link>
      </PageHead>
      <Panel title={t('Outcome')} of={of} isEmpty={(one) => one === null} lines={6}>
        {(one) => (one === null ? null : <Outcome trade={one} />)}
      </Panel>
      {trade == null ? null : <Parts trade={trade} />}
    </>
  );
}

function Outcome({ trade }: { readonly trade: Trade }): ReactNode {
  const { t } = useTranslation();
  const { numeraire } = trade;
  const { quantity } = usePlaces()(trade.legs[0]);
  return (
    <div className="stack">
      {trade.detail === '' ? null : <p>{trade.detail}</p>}
      <dl className="facts big">
        <Fact label={t('Kept')}>
          <Money of={trade.realisedProfit} places={4} unit={numeraire} toned />
        </Fact>
        <Fact label={t('Quantity')}>
          <Money of={trade.quantity} places={quantity} unit={trade.base} />
        </Fact>
        <Fact label={t('Unhedged now')}>
          <Money of={unhedgedQuantity(trade)} places={quantity} unit={trade.base} />
        </Fact>
        <Fact label={t('Unhedged')}>{formatNumber(trade.unhedgedUsdSeconds, 1)} USD·s</Fact>
        <Fact label={t('Reason')}>{t(words(trade.reason))}</Fact>
        <Fact label={t('Begun')}>{formatMoment(trade.createdAtUs)}</Fact>
      </dl>
    </div>
  );
}

function Parts({ trade }: { readonly trade: Trade }): ReactNode {
  const { t } = useTranslation();
  const orders = useTradeOrders(trade);
  const live = useLive(useMemo(() => orderEventsSpec(trade.accountId), [trade.accountId]));
  const events = useMemo(() => [...live.state.values()], [live]);
  const opportunities = useOpportunities();
  const record = opportunities.data?.find((one) => one.opportunity?.id === trade.opportunityId);
  const timeline = useMemo(
    () => timelineOf({ trade, opportunity: record?.opportunity ?? undefined, orders, events }),
    [trade, record, orders, events],
  );
  return (
    <div className="trade-parts">
      <PlainPanel title={t('Timeline')} className="whole">
        <TimelineView timeline={timeline} />
      </PlainPanel>
      <PlainPanel title={t('Where the edge went')}>
        {trade.waterfall === null ? (
          <div className="empty">{t('Known when the trade has ended.')}</div>
        ) : (
          <Waterfall of={trade.waterfall} numeraire={trade.numeraire} places={4} />
        )}
      </PlainPanel>
      <PlainPanel title={t('Why')}>
        <ul className="links">
          <li>
            {trade.opportunityId === '' ? (
              <span className="muted">{t('A person gave both legs.')}</span>
            ) : (
              <Link to={`/opportunities?id=${encodeURIComponent(trade.opportunityId)}`}>
                {t('The opportunity and the decision of risk')}
              </Link>
            )}
          </li>
          <li>
            <Link to={`/system?tab=audit&key=${encodeURIComponent(trade.tradeId)}`}>
              {t('Its records in the write-once archive')}
            </Link>
          </li>
          <li className="faint mono">{trade.tradeId}</li>
        </ul>
      </PlainPanel>
      <PlainPanel title={t('Orders')} className="whole">
        <TradeOrders trade={trade} orders={orders} />
      </PlainPanel>
      <TradePostings trade={trade} />
    </div>
  );
}

/** The orders of the trade as the order gateway knows them; those that it does not are left out. */
function useTradeOrders({ legs, unwinds, version }: Trade): readonly Order[] {
  const may = useMay('orders.read');
  const ids = [...legs, ...unwinds].map(({ orderId }) => orderId);
  return useQueries({
    queries: ids.map((orderId) => ({
      queryKey: ['order', orderId, version],
      queryFn: () => callRpc('ats.order.v1.OrderService', 'GetOrder', { orderId }),
      enabled: may,
    })),
    combine: (results) => results.flatMap(({ data }) => data?.order ?? []),
  });
}

function EndTrade({ trade }: { readonly trade: Trade }): ReactNode {
  const { t } = useTranslation();
  const { user } = useSession();
  const may = useMay('trades.cancel');
  const cancel = useAct('ats.opportunity.v1.EngineService', 'CancelTrade');
  if (!may) return null;
  return (
    <ConfirmButton
      label={t('End the trade')}
      title={t('End this trade?')}
      says={t(
        'What stands is cancelled, and what has filled is unwound at the prices of the market.',
      )}
      tone="danger"
      asksReason
      error={cancel.error}
      act={(reason) => cancel.act({ tradeId: trade.tradeId, reason, actor: user.name })}
    />
  );
}
