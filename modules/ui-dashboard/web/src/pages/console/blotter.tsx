import { createColumnHelper } from '@tanstack/react-table';
import { type ReactNode, useCallback, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../../src/contract.ts';
import { newId } from '../../adapters/clock.ts';
import { useOrders } from '../../feeds/lists.ts';
import { type Places, usePlaces } from '../../feeds/markets.ts';
import { useMay, useSession } from '../../feeds/session.tsx';
import { useParam } from '../../feeds/use-param.ts';
import { useAct } from '../../feeds/use-rpc.ts';
import { bare, words } from '../../text/format.ts';
import { Button } from '../../ui/button.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { Segments } from '../../ui/field.tsx';
import { Age, Money } from '../../ui/figures.tsx';
import { Panel } from '../../ui/panel.tsx';
import { ProblemBox } from '../../ui/problem-box.tsx';
import { OrderStatusPill } from '../../ui/trade-state.tsx';
import { ReplaceDialog } from './replace-dialog.tsx';

type Order = Message<'ats.order.v1.Order'>;

const ENDED: ReadonlySet<Order['status']> = new Set([
  'ORDER_STATUS_FILLED',
  'ORDER_STATUS_CANCELED',
  'ORDER_STATUS_REJECTED',
  'ORDER_STATUS_EXPIRED',
]);

const column = createColumnHelper<Order>();
const HEIGHT_PX = 340;

/** Orders of the account, each with what can be done about it. */
export function Blotter(): ReactNode {
  const { t } = useTranslation();
  const { system } = useSession();
  const [show, setShow] = useParam('orders', 'open');
  const of = useOrders(system.account);
  const shown = useMemo(
    () => (of.data ?? []).filter(({ status }) => show === 'all' || !ENDED.has(status)),
    [of.data, show],
  );
  return (
    <Panel
      title={t('Orders')}
      actions={
        <Segments
          label={t('Which orders')}
          value={show}
          options={[
            { value: 'open', label: t('Open') },
            { value: 'all', label: t('All') },
          ]}
          onValue={setShow}
        />
      }
      of={of}
      isEmpty={() => shown.length === 0}
      empty={<p>{t('No order stands.')}</p>}
      lines={6}
    >
      {() => <OrderTable orders={shown} />}
    </Panel>
  );
}

function OrderTable({ orders }: { readonly orders: readonly Order[] }): ReactNode {
  const { t } = useTranslation();
  const places = usePlaces();
  const [replacing, setReplacing] = useState<Order>();
  const mayCancel = useMay('orders.cancel');
  const mayReplace = useMay('orders.replace');
  const cancel = useAct('ats.order.v1.OrderService', 'CancelOrder');
  const cancelOrder = useCallback(
    ({ orderId }: Order): void => void cancel.act({ requestId: newId(), orderId }),
    [cancel.act],
  );
  const columns = useMemo(() => {
    const actions = column.display({
      id: 'actions',
      header: '',
      meta: { pinned: true },
      cell: ({ row: { original } }) =>
        ENDED.has(original.status) ? null : (
          <span className="row end no-wrap">
            {mayReplace && original.terms?.type === 'ORDER_TYPE_LIMIT' ? (
              <Button tone="quiet" onClick={() => setReplacing(original)}>
                {t('Replace')}
              </Button>
            ) : null}
            {mayCancel ? (
              <Button tone="quiet" onClick={() => cancelOrder(original)}>
                {t('Cancel')}
              </Button>
            ) : null}
          </span>
        ),
    });
    return [...columnsOf(t, places), actions];
  }, [t, places, mayCancel, mayReplace, cancelOrder]);
  return (
    <>
      {cancel.error === undefined ? null : <ProblemBox error={cancel.error} />}
      <DataTable
        label={t('Orders')}
        rows={orders}
        columns={columns}
        rowKey={({ orderId }) => orderId}
        onKey={(event, order) => {
          if (event.key === 'x' && mayCancel && !ENDED.has(order.status)) cancelOrder(order);
        }}
        tone={({ status }) => (ENDED.has(status) ? 'dim' : '')}
        height={HEIGHT_PX}
      />
      {replacing === undefined ? null : (
        <ReplaceDialog order={replacing} onClose={() => setReplacing(undefined)} />
      )}
    </>
  );
}

const columnsOf = (t: (text: string) => string, places: (market: Order['terms']) => Places) => [
  column.accessor('createdAtUs', {
    header: t('Age'),
    cell: ({ getValue }) => <Age atUs={getValue()} />,
  }),
  column.accessor((one) => `${one.terms?.instrument} · ${one.terms?.venue}`, {
    id: 'market',
    header: t('Market'),
  }),
  column.accessor((one) => t(words(bare(one.terms?.side ?? '', 'ORDER_SIDE_'))), {
    id: 'side',
    header: t('Side'),
  }),
  column.accessor((one) => one.terms?.quantity ?? '', {
    id: 'quantity',
    header: t('Quantity'),
    meta: { numeric: true },
    enableSorting: false,
    cell: ({ row: { original }, getValue }) => (
      <Money of={getValue()} places={places(original.terms).quantity} />
    ),
  }),
  column.accessor('cumulativeQuantity', {
    header: t('Filled'),
    meta: { numeric: true },
    enableSorting: false,
    cell: ({ row: { original }, getValue }) => (
      <Money of={getValue()} places={places(original.terms).quantity} />
    ),
  }),
  column.accessor((one) => one.terms?.limitPrice ?? '', {
    id: 'limit',
    header: t('Limit price'),
    meta: { numeric: true },
    enableSorting: false,
    cell: ({ row: { original }, getValue }) => (
      <Money of={getValue()} places={places(original.terms).price} />
    ),
  }),
  column.accessor('averagePrice', {
    header: t('Average price'),
    meta: { numeric: true, wideOnly: true },
    enableSorting: false,
    cell: ({ row: { original }, getValue }) => (
      <Money of={getValue()} places={places(original.terms).price} />
    ),
  }),
  column.accessor('status', {
    header: t('Status'),
    cell: ({ row: { original } }) => (
      <span title={original.detail}>
        <OrderStatusPill status={original.status} />
      </span>
    ),
  }),
];
