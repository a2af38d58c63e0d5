import { type ReactNode, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useSession } from '../../feeds/session.tsx';
import { orderEventsSpec } from '../../feeds/streams.ts';
import { useLiveLoadable } from '../../feeds/use-live.ts';
import { bare, formatClock, words } from '../../text/format.ts';
import { Money } from '../../ui/figures.tsx';
import { Panel } from '../../ui/panel.tsx';
import { OrderStatusPill } from '../../ui/trade-state.tsx';

const SHOWN_MAX = 12;

/** What happened to the account's orders since this page was opened, newest first. */
export function Executions(): ReactNode {
  const { t } = useTranslation();
  const { system } = useSession();
  const spec = useMemo(() => orderEventsSpec(system.account), [system.account]);
  const of = useLiveLoadable(spec);
  const events = [...(of.data?.state.values() ?? [])].toReversed().slice(0, SHOWN_MAX);
  return (
    <Panel
      title={t('Executions')}
      actions={<span className="faint">{t('since this page was opened')}</span>}
      of={of}
      isEmpty={() => events.length === 0}
      empty={<p>{t('Nothing has happened to an order yet.')}</p>}
      lines={3}
    >
      {() => (
        <section className="table-scroll" aria-label={t('Executions')}>
          <table className="table">
            <tbody>
              {events.map(({ order, occurredAtUs }) =>
                order === null ? null : (
                  <tr key={`${order.orderId} ${order.version}`}>
                    <td className="muted">{formatClock(occurredAtUs)}</td>
                    <td>{`${order.terms?.instrument} · ${order.terms?.venue}`}</td>
                    <td>{t(words(bare(order.terms?.side ?? '', 'ORDER_SIDE_')))}</td>
                    <td className="right">
                      <Money of={order.cumulativeQuantity} /> <span className="faint">@</span>{' '}
                      <Money of={order.averagePrice} />
                    </td>
                    <td>
                      <OrderStatusPill status={order.status} />
                    </td>
                  </tr>
                ),
              )}
            </tbody>
          </table>
        </section>
      )}
    </Panel>
  );
}
