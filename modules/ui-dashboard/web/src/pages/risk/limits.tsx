import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../../src/contract.ts';
import { useMay } from '../../feeds/session.tsx';
import { useRpc } from '../../feeds/use-rpc.ts';
import { bare, formatMoment, words } from '../../text/format.ts';
import { useOfLimit } from '../../text/limits.ts';
import { Button } from '../../ui/button.tsx';
import { Money } from '../../ui/figures.tsx';
import { Panel } from '../../ui/panel.tsx';
import { EditLimit } from './edit-limit.tsx';

type RiskLimit = Message<'ats.risk.v1.RiskLimit'>;

const EVERY_MS = 2000;

/** Each limit with a bar of how much of it is used. */
export function Limits(): ReactNode {
  const { t } = useTranslation();
  const [editing, setEditing] = useState<RiskLimit>();
  const may = useMay('limits.update');
  const of = useRpc('ats.risk.v1.RiskService', 'GetRiskLimits', {}, { everyMs: EVERY_MS });
  return (
    <Panel
      title={t('Limits')}
      of={of}
      isEmpty={({ limits }) => limits.length === 0}
      empty={<p>{t('No limit has a figure: set them in the configuration under risk.')}</p>}
      lines={12}
      className="whole"
    >
      {({ limits, version, numeraire }) => (
        <section className="table-scroll" aria-label={t('Limits')}>
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{t('Limit')}</th>
                <th scope="col">{t('Of')}</th>
                <th scope="col">{t('Used')}</th>
                <th scope="col" className="right">
                  {t('Stands at')}
                </th>
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
            <tbody>
              {limits.map((limit) => (
                <LimitRow
                  key={`${limit.name} ${limit.of}`}
                  limit={limit}
                  numeraire={numeraire}
                  onEdit={may ? () => setEditing(limit) : undefined}
                />
              ))}
            </tbody>
          </table>
          {editing === undefined ? null : (
            <EditLimit limit={editing} version={version} onClose={() => setEditing(undefined)} />
          )}
        </section>
      )}
    </Panel>
  );
}

interface LimitRowProps {
  readonly limit: RiskLimit;
  readonly numeraire: string;
  readonly onEdit: (() => void) | undefined;
}

const LEVELS = {
  LIMIT_LEVEL_UNSPECIFIED: '',
  LIMIT_LEVEL_OK: '',
  LIMIT_LEVEL_WARN: 'warn',
  LIMIT_LEVEL_BREACH: 'breach',
} as const;

const PLACES = { money: 2, 'money-seconds': 1 } as Readonly<Record<string, number>>;

function LimitRow({ limit, numeraire, onEdit }: LimitRowProps): ReactNode {
  const { t } = useTranslation();
  const level = LEVELS[limit.level];
  const places = PLACES[limit.unit];
  const format = places === undefined ? {} : { places };
  const changed =
    limit.changedBy === ''
      ? ''
      : `${limit.changedBy}, ${formatMoment(limit.changedAtUs)}: ${limit.changedBecause}`;
  return (
    <tr>
      <td title={limit.meaning}>
        <span className="limit-name">{limit.name}</span>
        {changed === '' ? null : <span title={changed}> ✎</span>}
      </td>
      <td className="muted">{limit.of}</td>
      <td>
        <UseBar limit={limit} level={level} />
      </td>
      <td className={`right ${level === 'breach' ? 'danger-text' : ''}`}>
        {limit.value === '' ? (
          <span className="faint">{t('each order')}</span>
        ) : (
          <Money of={limit.value} {...format} />
        )}
      </td>
      <td className="right wide-only muted">
        <Money of={limit.warn} {...format} />
      </td>
      <td className="right">
        <Money of={limit.max} {...format} />
      </td>
      <td className="wide-only muted">{limit.unit === 'money' ? numeraire : limit.unit}</td>
      <td className="wide-only muted">{t(words(bare(limit.onBreach, 'BREACH_ACTION_')))}</td>
      <td className="right">
        {onEdit === undefined ? null : (
          <Button tone="quiet" onClick={onEdit}>
            {t('Change')}
          </Button>
        )}
      </td>
    </tr>
  );
}

interface UseBarProps {
  readonly limit: RiskLimit;
  readonly level: string;
}

function UseBar({ limit, level }: UseBarProps): ReactNode {
  const { t } = useTranslation();
  const use = useOfLimit(limit);
  if (use === undefined) return <span className="faint">—</span>;
  const percent = Math.round(use.percent);
  return (
    <span className="used">
      <span
        className={`usebar ${level}`}
        role="img"
        aria-label={t('{{percent}} % used', { percent })}
      >
        <span style={{ width: `${use.percent}%` }} />
      </span>
      <span className="muted">{percent} %</span>
    </span>
  );
}
