import { type ReactNode, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../../src/contract.ts';
import type { Loadable } from '../../feeds/loadable.ts';
import { useMay } from '../../feeds/session.tsx';
import { groupsOfLimits, type LimitGroup } from '../../text/limits.ts';
import { Panel } from '../../ui/panel.tsx';
import { TableScroll } from '../../ui/table-scroll.tsx';
import { EditLimit } from './edit-limit.tsx';
import { LimitRows } from './limit-rows.tsx';

type RiskLimit = Message<'ats.risk.v1.RiskLimit'>;
type Limits = Message<'ats.risk.v1.GetRiskLimitsResponse'>;

interface LimitsProps {
  readonly of: Loadable<Limits>;
}

/** What stands at something, with how much of it is used; then what each order is held against. */
export function LimitTables({ of }: LimitsProps): ReactNode {
  const { t } = useTranslation();
  const may = useMay('limits.update');
  const [editing, setEditing] = useState<RiskLimit>();
  const { standing, perOrder } = useMemo(() => groupsOfLimits(of.data?.limits ?? []), [of.data]);
  const onEdit = may ? setEditing : undefined;
  return (
    <>
      <Panel
        title={t('Limits, and how much is used')}
        of={of}
        isEmpty={() => standing.length === 0}
        empty={<p>{t('No limit has a figure: set them in the configuration under risk.')}</p>}
        lines={12}
        className="whole"
      >
        {({ numeraire }) => <LimitTable of={standing} measured {...{ numeraire, onEdit }} />}
      </Panel>
      <Panel
        title={t('Held against each order')}
        of={of}
        isEmpty={() => perOrder.length === 0}
        empty={<p>{t('No limit is held against single orders.')}</p>}
        lines={6}
        className="whole"
      >
        {({ numeraire }) => (
          <LimitTable of={perOrder} measured={false} {...{ numeraire, onEdit }} />
        )}
      </Panel>
      {editing === undefined ? null : (
        <EditLimit
          limit={editing}
          version={of.data?.version ?? 0}
          onClose={() => setEditing(undefined)}
        />
      )}
    </>
  );
}

interface LimitTableProps {
  readonly of: readonly LimitGroup[];
  readonly measured: boolean;
  readonly numeraire: string;
  readonly onEdit: ((limit: RiskLimit) => void) | undefined;
}

function LimitTable({ of, measured, numeraire, onEdit }: LimitTableProps): ReactNode {
  const { t } = useTranslation();
  return (
    <TableScroll label={t('Limits')}>
      <table className="table limits">
        <thead>
          <tr>
            <th scope="col">{t('Limit')}</th>
            {measured ? <th scope="col">{t('Used')}</th> : null}
            {measured ? (
              <th scope="col" className="right">
                {t('Stands at')}
              </th>
            ) : null}
            <th scope="col" className="right wide-only">
              {t('Warns at')}
            </th>
            <th scope="col" className="right">
              {t('Most')}
            </th>
            <th scope="col" className="wide-only">
              {t('Unit')}
            </th>
            <th scope="col" className="wide-only">
              {t('On breach')}
            </th>
            <th scope="col">
              <span className="hidden">{t('Change')}</span>
            </th>
          </tr>
        </thead>
        {of.map((group) => (
          <LimitRows key={group.name} {...{ group, measured, numeraire, onEdit }} />
        ))}
      </table>
    </TableScroll>
  );
}
