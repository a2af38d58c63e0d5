import { createColumnHelper } from '@tanstack/react-table';
import { type ReactNode, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import type { Message } from '../../../../src/contract.ts';
import { useMay } from '../../feeds/session.tsx';
import { useParam } from '../../feeds/use-param.ts';
import { useRpc } from '../../feeds/use-rpc.ts';
import { bare, formatCount, formatMoment, formatNumber, words } from '../../text/format.ts';
import { Button } from '../../ui/button.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { Money, Pill } from '../../ui/figures.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Panel } from '../../ui/panel.tsx';
import '../../styles/backtests.css';
import { NewRun } from './new-run.tsx';

type Run = Message<'ats.backtest.v1.BacktestRun'>;

const column = createColumnHelper<Run>();
const EVERY_MS = 3000;
const HEIGHT_PX = 640;

const TONES: Partial<Record<Run['state'], 'good' | 'accent' | 'danger'>> = {
  RUN_STATE_DONE: 'good',
  RUN_STATE_RUNNING: 'accent',
  RUN_STATE_FAILED: 'danger',
};

export function RunStatePill({ run }: { readonly run: Run }): ReactNode {
  const { t } = useTranslation();
  const progress =
    run.state === 'RUN_STATE_RUNNING' ? ` ${formatNumber(run.progress * 100, 0)} %` : '';
  return (
    <Pill tone={TONES[run.state] ?? 'plain'}>
      {t(words(bare(run.state, 'RUN_STATE_')))}
      {progress}
    </Pill>
  );
}

/** Runs and their results; two or more that are ticked can be compared. */
export function Backtests(): ReactNode {
  const { t } = useTranslation();
  const mayRun = useMay('backtests.run');
  const of = useRpc('ats.backtest.v1.BacktestService', 'ListBacktests', {}, { everyMs: EVERY_MS });
  const [ticked, setTicked] = useParam('runs');
  const runs = ticked === '' ? [] : ticked.split(',');
  return (
    <>
      <PageHead title={t('Backtests')}>
        {runs.length < 2 ? (
          <Button disabled title={t('Tick two runs or more in the list, then compare them.')}>
            {t('Compare')}
          </Button>
        ) : (
          <Link className="button" to={`/backtests/compare?runs=${ticked}`}>
            {t('Compare {{count}}', { count: runs.length })}
          </Link>
        )}
        {mayRun ? <NewRun /> : null}
      </PageHead>
      <Panel
        title={t('Runs, newest first')}
        of={of}
        isEmpty={(list) => list.runs.length === 0}
        empty={
          <>
            <p>{t('No run yet.')}</p>
            <p className="muted">
              {t(
                'Record a market with "ats record", import it with "ats data import", then press New run.',
              )}
            </p>
          </>
        }
        lines={12}
      >
        {(list) => (
          <>
            {list.damaged.map(({ runId, reason }) => (
              <p key={runId} className="note-box">
                {t('{{run}} cannot be read: {{reason}}', { run: runId, reason })}
              </p>
            ))}
            <RunTable
              runs={list.runs}
              ticked={runs}
              onTicked={(next) => setTicked(next.join(','))}
            />
          </>
        )}
      </Panel>
    </>
  );
}

interface RunTableProps {
  readonly runs: readonly Run[];
  readonly ticked: readonly string[];
  onTicked(ticked: readonly string[]): void;
}

function RunTable({ runs, ticked, onTicked }: RunTableProps): ReactNode {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const columns = useMemo(() => {
    const toggle = (id: string): void =>
      onTicked(ticked.includes(id) ? ticked.filter((one) => one !== id) : [...ticked, id]);
    const tick = column.display({
      id: 'tick',
      header: () => <span className="hidden">{t('Compare')}</span>,
      cell: ({ row: { original } }) => (
        <input
          type="checkbox"
          aria-label={t('Compare {{name}}', { name: nameOf(original) })}
          checked={ticked.includes(original.runId)}
          disabled={original.state !== 'RUN_STATE_DONE'}
          onClick={(event) => event.stopPropagation()}
          onChange={() => toggle(original.runId)}
        />
      ),
    });
    return [tick, ...columnsOf(t)];
  }, [t, ticked, onTicked]);
  return (
    <DataTable
      label={t('Runs')}
      rows={runs}
      columns={columns}
      rowKey={({ runId }) => runId}
      onOpen={({ runId }) => void navigate(`/backtests/${runId}`)}
      height={HEIGHT_PX}
    />
  );
}

export const nameOf = ({ spec, runId }: Run): string => spec?.name || runId;

const columnsOf = (t: (text: string) => string) => [
  column.accessor(nameOf, { id: 'name', header: t('Name') }),
  column.accessor((run) => run.spec?.strategy ?? '', { id: 'strategy', header: t('Strategy') }),
  column.accessor((run) => run.spec?.tapes.join(', ') ?? '', {
    id: 'tapes',
    header: t('Tapes'),
    meta: { wideOnly: true },
  }),
  column.accessor('state', {
    header: t('State'),
    cell: ({ row }) => <RunStatePill run={row.original} />,
  }),
  column.accessor((run) => run.result?.netProfit ?? '', {
    id: 'profit',
    header: t('Net profit'),
    meta: { numeric: true },
    enableSorting: false,
    cell: ({ row: { original } }) => (
      <Money
        of={original.result?.netProfit ?? ''}
        places={2}
        toned
        unit={original.result?.numeraire ?? ''}
      />
    ),
  }),
  column.accessor((run) => run.result?.drawdownMax ?? '', {
    id: 'drawdown',
    header: t('Drawdown'),
    meta: { numeric: true, wideOnly: true },
    enableSorting: false,
    cell: ({ getValue }) => <Money of={getValue()} places={2} />,
  }),
  column.accessor((run) => run.result?.sharpeRatio ?? null, {
    id: 'sharpe',
    header: t('Sharpe'),
    meta: { numeric: true, wideOnly: true },
    cell: ({ getValue }) => formatNumber(getValue(), 2),
  }),
  column.accessor('trades', {
    header: t('Trades'),
    meta: { numeric: true },
    cell: ({ row: { original } }) => formatCount(original.result?.trades ?? original.trades),
  }),
  column.accessor((run) => run.endedAtUs || run.queuedAtUs, {
    id: 'when',
    header: t('When'),
    meta: { wideOnly: true },
    cell: ({ getValue }) => formatMoment(getValue()),
  }),
];
