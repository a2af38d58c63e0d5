import { createColumnHelper } from '@tanstack/react-table';
import type { TFunction } from 'i18next';
import { type ReactNode, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import type { Message } from '../../../../src/contract.ts';
import { useTrades } from '../../feeds/lists.ts';
import { usePlaces } from '../../feeds/markets.ts';
import { useSession } from '../../feeds/session.tsx';
import { useParam } from '../../feeds/use-param.ts';
import { sumTexts } from '../../text/decimal-text.ts';
import { bare, formatNumber, words } from '../../text/format.ts';
import { isOpen } from '../../text/trades.ts';
import { AssetVenueFilter, isLookedFor, useAssetVenue } from '../../ui/asset-venue-filter.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { SelectField } from '../../ui/field.tsx';
import { Age, Money } from '../../ui/figures.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Panel } from '../../ui/panel.tsx';
import { TradeStatePill } from '../../ui/trade-state.tsx';
import '../../styles/opportunities.css';
import { ManualTrade } from './manual-trade.tsx';

type Trade = Message<'ats.execution.v1.ArbitrageTrade'>;

const column = createColumnHelper<Trade>();
const ENDED = ['COMPLETED', 'UNWOUND', 'EXPOSED', 'REJECTED', 'EXPIRED'] as const;

interface Filter {
  readonly state: string;
  readonly base: string;
  readonly venue: string;
}

function matches(trade: Trade, { state, ...looked }: Filter): boolean {
  const venues = trade.legs.map(({ venue }) => venue);
  if (!isLookedFor(looked, { base: trade.base, venues })) return false;
  if (state === '') return true;
  return state === 'open' ? isOpen(trade) : trade.state === `TRADE_STATE_${state}`;
}

export function Trades(): ReactNode {
  const { t } = useTranslation();
  const { system } = useSession();
  const [state, setState] = useParam('state');
  const { base, venue } = useAssetVenue();
  const of = useTrades();
  const shown = useMemo(
    () => (of.data ?? []).filter((one) => matches(one, { state, base, venue })),
    [of.data, state, base, venue],
  );
  const kept = useMemo(() => sumTexts(shown.map((one) => one.realisedProfit)), [shown]);
  const ended = ENDED.map((value) => ({ value, label: t(words(value)) }));
  return (
    <>
      <PageHead title={t('Trades')}>
        <AssetVenueFilter />
        <SelectField
          bare
          label={t('State')}
          value={state}
          options={[
            { value: '', label: t('All states') },
            { value: 'open', label: t('Open') },
            ...ended,
          ]}
          onValue={setState}
        />
        <ManualTrade />
      </PageHead>
      <Panel
        title={t('Newest first')}
        actions={
          <>
            <span className="faint">{t('{{count}} shown', { count: shown.length })}</span>
            <span>
              <span className="muted">{t('kept')}</span>{' '}
              <Money of={kept} places={2} unit={system.numeraire} toned />
            </span>
          </>
        }
        of={of}
        isEmpty={() => shown.length === 0}
        empty={<NoneShown any={(of.data ?? []).length > 0} />}
        lines={14}
      >
        {() => <TradeTable trades={shown} />}
      </Panel>
    </>
  );
}

function NoneShown({ any }: { readonly any: boolean }): ReactNode {
  const { t } = useTranslation();
  if (any) return <p>{t('The filter leaves none. Clear a filter to see more.')}</p>;
  return (
    <>
      <p>{t('No trade yet.')}</p>
      <Link to="/opportunities?view=why">{t('Why no trade?')}</Link>
    </>
  );
}

function TradeTable({ trades }: { readonly trades: readonly Trade[] }): ReactNode {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { system } = useSession();
  const places = usePlaces();
  const columns = useMemo(
    () => columnsOf(t, { numeraire: system.numeraire, places }),
    [t, system.numeraire, places],
  );
  return (
    <DataTable
      label={t('Trades')}
      rows={trades}
      columns={columns}
      rowKey={({ tradeId }) => tradeId}
      onOpen={({ tradeId }) => void navigate(`/trades/${tradeId}`)}
      tone={({ state }) => (state === 'TRADE_STATE_REJECTED' ? 'dim' : '')}
      height={640}
    />
  );
}

interface Shaping {
  readonly numeraire: string;
  readonly places: ReturnType<typeof usePlaces>;
}

const columnsOf = (t: TFunction, { numeraire, places }: Shaping) => [
  column.accessor('createdAtUs', {
    header: t('Begun'),
    // The newest stands first; a phone has room for what became of it.
    meta: { wideOnly: true },
    cell: ({ getValue }) => <Age atUs={getValue()} />,
  }),
  column.accessor('base', { header: t('Asset') }),
  column.accessor(({ legs }) => legs.map(({ venue }) => venue).join(' → '), {
    id: 'legs',
    header: t('Legs'),
  }),
  column.accessor('quantity', {
    header: t('Quantity'),
    meta: { numeric: true, wideOnly: true },
    enableSorting: false,
    cell: ({ row: { original } }) => (
      <Money
        of={original.quantity}
        places={places(original.legs[0]).quantity}
        unit={original.base}
      />
    ),
  }),
  column.accessor('state', {
    header: t('State'),
    cell: ({ getValue }) => <TradeStatePill state={getValue()} />,
  }),
  column.accessor('realisedProfit', {
    header: t('Kept, {{numeraire}}', { numeraire }),
    meta: { numeric: true },
    enableSorting: false,
    cell: ({ getValue }) => <Money of={getValue()} places={2} toned />,
  }),
  column.accessor('unhedgedUsdSeconds', {
    header: t('Unhedged, USD·s'),
    meta: { numeric: true, wideOnly: true },
    cell: ({ getValue }) => formatNumber(getValue(), 1),
  }),
  column.accessor('origin', {
    header: t('By'),
    meta: { wideOnly: true },
    cell: ({ getValue }) => t(words(bare(getValue(), 'TRADE_ORIGIN_'))),
  }),
  column.accessor('reason', {
    header: t('Reason'),
    meta: { wideOnly: true },
    cell: ({ row }) => <span title={row.original.detail}>{t(words(row.original.reason))}</span>,
  }),
];
