import { createColumnHelper } from '@tanstack/react-table';
import { type ReactNode, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../../src/contract.ts';
import { useOpportunities } from '../../feeds/lists.ts';
import { useSession } from '../../feeds/session.tsx';
import { useParam } from '../../feeds/use-param.ts';
import { formatNumber, words } from '../../text/format.ts';
import { reasonName, stageOf } from '../../text/reasons.ts';
import { AssetVenueFilter, isLookedFor, useAssetVenue } from '../../ui/asset-venue-filter.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { Segments, SelectField } from '../../ui/field.tsx';
import { Age, Money } from '../../ui/figures.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Panel } from '../../ui/panel.tsx';
import { ReasonPill } from '../../ui/reason-pill.tsx';
import '../../styles/opportunities.css';
import { Funnel } from './funnel.tsx';
import { OpportunityDetail } from './opportunity-detail.tsx';

type OpportunityRecord = Message<'ats.opportunity.v1.OpportunityRecord'>;

const column = createColumnHelper<OpportunityRecord>();

interface Filter {
  readonly base: string;
  readonly venue: string;
  readonly reason: string;
  readonly taken: string;
}

function matches({ opportunity, reason }: OpportunityRecord, filter: Filter): boolean {
  if (opportunity === null) return false;
  const venues = [opportunity.buy?.venue, opportunity.sell?.venue];
  if (!isLookedFor(filter, { base: opportunity.base, venues })) return false;
  if (filter.reason !== '' && reason !== filter.reason) return false;
  if (filter.taken === '') return true;
  return (stageOf(reason) === undefined) === (filter.taken === 'yes');
}

/** What was seen, what became of it, and why no trade was made. */
export function Opportunities(): ReactNode {
  const { t } = useTranslation();
  const [view, setView] = useParam('view', 'list');
  const { filter, bar } = useFilter();
  const of = useOpportunities();
  const shown = useMemo(
    () => (of.data ?? []).filter((record) => matches(record, filter)),
    [of.data, filter],
  );
  return (
    <>
      <PageHead title={t('Opportunities')}>
        {bar}
        <Segments
          label={t('View')}
          value={view}
          options={[
            { value: 'list', label: t('List') },
            { value: 'why', label: t('Why no trade?') },
          ]}
          onValue={setView}
        />
      </PageHead>
      <Panel
        title={view === 'why' ? t('Why no trade?') : t('Newest first')}
        actions={<span className="faint">{t('{{count}} shown', { count: shown.length })}</span>}
        of={of}
        isEmpty={() => shown.length === 0}
        empty={<NoneShown any={(of.data ?? []).length > 0} />}
        lines={14}
      >
        {() => (view === 'why' ? <Funnel records={shown} /> : <List records={shown} />)}
      </Panel>
      <OpportunityDetail records={of.data ?? []} />
    </>
  );
}

function NoneShown({ any }: { readonly any: boolean }): ReactNode {
  const { t } = useTranslation();
  return any ? (
    <p>{t('The filter leaves none. Clear a filter to see more.')}</p>
  ) : (
    <p>{t('No opportunity yet. Venues agree on their prices, or books are not live.')}</p>
  );
}

function useFilter(): { readonly filter: Filter; readonly bar: ReactNode } {
  const { t } = useTranslation();
  const { base, venue } = useAssetVenue();
  const [reason, setReason] = useParam('reason');
  const [taken, setTaken] = useParam('taken');
  const filter = useMemo(() => ({ base, venue, reason, taken }), [base, venue, reason, taken]);
  const bar = (
    <>
      <AssetVenueFilter />
      <SelectField
        bare
        label={t('Outcome')}
        value={taken}
        options={[
          { value: '', label: t('Taken or not') },
          { value: 'yes', label: t('Taken') },
          { value: 'no', label: t('Refused') },
        ]}
        onValue={setTaken}
      />
      {reason === '' ? null : (
        <button type="button" className="chip" onClick={() => setReason('')}>
          {t(words(reasonName(reason as OpportunityRecord['reason'])))} ✕
        </button>
      )}
    </>
  );
  return { filter, bar };
}

function List({ records }: { readonly records: readonly OpportunityRecord[] }): ReactNode {
  const { t } = useTranslation();
  const { system } = useSession();
  const [id, setId] = useParam('id');
  const columns = useMemo(
    () => [
      column.accessor('openedAtUs', {
        header: t('Seen'),
        cell: ({ getValue }) => <Age atUs={getValue()} />,
      }),
      column.accessor((one) => one.opportunity?.base ?? '', { id: 'base', header: t('Asset') }),
      column.accessor((one) => one.opportunity?.buy?.venue ?? '', {
        id: 'buy',
        header: t('Buy on'),
      }),
      column.accessor((one) => one.opportunity?.sell?.venue ?? '', {
        id: 'sell',
        header: t('Sell on'),
      }),
      column.accessor('bestNetEdgeBps', {
        header: t('Best edge, bps'),
        meta: { numeric: true },
        cell: ({ getValue }) => formatNumber(getValue(), 1, true),
      }),
      column.accessor('bestNetProfit', {
        header: t('Best profit, {{numeraire}}', { numeraire: system.numeraire }),
        meta: { numeric: true },
        enableSorting: false,
        cell: ({ getValue }) => <Money of={getValue()} places={2} toned />,
      }),
      column.accessor((one) => lifeMs(one), {
        id: 'life',
        header: t('Stood, ms'),
        meta: { numeric: true, wideOnly: true },
        cell: ({ getValue }) => formatNumber(getValue(), 0),
      }),
      column.accessor('reason', {
        header: t('Outcome'),
        cell: ({ getValue }) => <ReasonPill reason={getValue()} />,
      }),
    ],
    [t, system.numeraire],
  );
  return (
    <DataTable
      label={t('Opportunities')}
      rows={records}
      columns={columns}
      rowKey={(one) => one.opportunity?.id ?? ''}
      selected={id}
      onOpen={(one) => setId(one.opportunity?.id ?? '')}
      height={620}
    />
  );
}

const lifeMs = ({ openedAtUs, closedAtUs }: OpportunityRecord): number =>
  closedAtUs === 0 ? Number.NaN : (closedAtUs - openedAtUs) / 1000;
