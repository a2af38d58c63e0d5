import { createColumnHelper } from '@tanstack/react-table';
import { type ReactNode, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Message } from '../../../../src/contract.ts';
import { type Places, usePlaces } from '../../feeds/markets.ts';
import { bare, words } from '../../text/format.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { Money } from '../../ui/figures.tsx';
import { OrderStatusPill } from '../../ui/trade-state.tsx';

type Order = Message<'ats.order.v1.Order'>;
type TradeOrder = Message<'ats.execution.v1.TradeOrder'>;

interface TradeOrdersProps {
  readonly trade: Message<'ats.execution.v1.ArbitrageTrade'>;
  readonly orders: readonly Order[];
}

interface Row {
  readonly leg: TradeOrder;
  readonly order: Order | undefined;
}

const column = createColumnHelper<Row>();

/** Legs first, then what unwound them. */
export function TradeOrders({ trade, orders }: TradeOrdersProps): ReactNode {
  const { t } = useTranslation();
  const rows = useMemo(
    () =>
      [...trade.legs, ...trade.unwinds].map((leg) => ({
        leg,
        order: orders.find(({ orderId }) => orderId === leg.orderId),
      })),
    [trade, orders],
  );
  const places = usePlaces();
  const columns = useMemo(() => columnsOf(t, places), [t, places]);
  return (
    <DataTable
      label={t('Orders')}
      rows={rows}
      columns={columns}
      rowKey={({ leg }) => leg.orderId}
    />
  );
}

const roleOf = ({ strategy }: TradeOrder): string =>
  strategy === 'UNWIND_STRATEGY_UNSPECIFIED' ? 'Leg' : words(bare(strategy, 'UNWIND_STRATEGY_'));

const columnsOf = (t: (text: string) => string, places: (market: TradeOrder) => Places) => [
  column.display({ id: 'role', header: t('For'), cell: ({ row }) => t(roleOf(row.original.leg)) }),
  column.display({
    id: 'side',
    header: t('Side'),
    cell: ({ row }) => t(words(bare(row.original.leg.side, 'ORDER_SIDE_'))),
  }),
  column.display({
    id: 'market',
    header: t('Market'),
    cell: ({ row }) => `${row.original.leg.instrument} · ${row.original.leg.venue}`,
  }),
  column.display({
    id: 'quantity',
    header: t('Quantity'),
    meta: { numeric: true },
    cell: ({ row }) => (
      <Money of={row.original.leg.quantity} places={places(row.original.leg).quantity} />
    ),
  }),
  column.display({
    id: 'filled',
    header: t('Filled'),
    meta: { numeric: true },
    cell: ({ row }) => (
      <Money
        of={row.original.leg.cumulativeQuantity || '0'}
        places={places(row.original.leg).quantity}
      />
    ),
  }),
  column.display({
    id: 'limit',
    header: t('Limit price'),
    meta: { numeric: true },
    cell: ({ row }) => (
      <Money of={row.original.leg.limitPrice} places={places(row.original.leg).price} />
    ),
  }),
  column.display({
    id: 'average',
    header: t('Average price'),
    meta: { numeric: true },
    cell: ({ row }) => (
      <Money of={row.original.order?.averagePrice ?? ''} places={places(row.original.leg).price} />
    ),
  }),
  column.display({
    id: 'fees',
    header: t('Fees'),
    meta: { numeric: true },
    cell: ({ row }) =>
      row.original.leg.fees.map(({ asset, amount }) => (
        <Money key={asset} of={amount} unit={asset} />
      )),
  }),
  column.display({
    id: 'status',
    header: t('Status'),
    cell: ({ row: { original } }) =>
      original.order === undefined ? (
        t(words(bare(original.leg.state, 'TRADE_ORDER_STATE_')))
      ) : (
        <OrderStatusPill status={original.order.status} />
      ),
  }),
  column.display({
    id: 'audit',
    header: t('Why'),
    cell: ({ row }) => (
      <Link to={`/system?tab=audit&key=${encodeURIComponent(row.original.leg.orderId)}`}>
        {t('Records')}
      </Link>
    ),
  }),
];
