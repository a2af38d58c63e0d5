import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../../src/contract.ts';
import { bare, formatMoment, words } from '../../text/format.ts';
import { type LimitGroup, limitWords, toneOfLimit, usedOfLimit } from '../../text/limits.ts';
import { Button } from '../../ui/button.tsx';
import { Money } from '../../ui/figures.tsx';

type RiskLimit = Message<'ats.risk.v1.RiskLimit'>;

interface LimitRowsProps {
  readonly group: LimitGroup;
  readonly measured: boolean;
  readonly numeraire: string;
  readonly onEdit: ((limit: RiskLimit) => void) | undefined;
}

/** One line for the one that is nearest to its end; the others of its name on demand. */
export function LimitRows(props: LimitRowsProps): ReactNode {
  const { t } = useTranslation();
  const { group, ...rest } = props;
  const [open, setOpen] = useState(false);
  const { name, worst, limits } = group;
  const [first] = limits;
  if (first === undefined) return null;
  if (limits.length === 1) {
    return (
      <tbody>
        <LimitRow limit={first} {...rest} head={<LimitName limit={first} />} />
      </tbody>
    );
  }
  return (
    <tbody>
      <LimitRow
        limit={worst ?? first}
        {...rest}
        onEdit={undefined}
        head={
          <button
            type="button"
            className="opener"
            aria-expanded={open}
            onClick={() => setOpen(!open)}
          >
            <span aria-hidden="true">{open ? '▾' : '▸'}</span>
            <LimitName limit={first} />
            <span className="faint">
              {worst === undefined
                ? t('{{count}} figures', { count: limits.length })
                : t('worst of {{count}}: {{of}}', { count: limits.length, of: worst.of || '—' })}
            </span>
          </button>
        }
      />
      {open
        ? limits.map((limit) => (
            <LimitRow
              key={`${name} ${limit.of}`}
              limit={limit}
              {...rest}
              head={<span className="of">{limit.of === '' ? t('all others') : limit.of}</span>}
            />
          ))
        : null}
    </tbody>
  );
}

function LimitName({ limit }: { readonly limit: RiskLimit }): ReactNode {
  const { t } = useTranslation();
  const { name, of, meaning } = limit;
  return (
    <span className="limit-name" title={`${name} ${of}`.trim()}>
      {t(limitWords(name))}
      <small className="faint">{t(meaning)}</small>
    </span>
  );
}

const PLACES = { money: 2, 'money-seconds': 0, ms: 0, bps: 1 } as Readonly<Record<string, number>>;

interface LimitRowProps extends Omit<LimitRowsProps, 'group'> {
  readonly limit: RiskLimit;
  readonly head: ReactNode;
}

function LimitRow({ limit, measured, numeraire, onEdit, head }: LimitRowProps): ReactNode {
  const { t } = useTranslation();
  const level = toneOfLimit(limit);
  const places = PLACES[limit.unit];
  const format = places === undefined ? {} : { places };
  const changed = `${limit.changedBy}, ${formatMoment(limit.changedAtUs)}: ${limit.changedBecause}`;
  return (
    <tr>
      <td>
        {head}
        {limit.changedBy === '' ? null : <span title={changed}> ✎</span>}
      </td>
      {measured ? (
        <>
          <td>
            <UseBar limit={limit} level={level} />
          </td>
          <td className={`right ${level === 'breach' ? 'danger-text' : ''}`}>
            <Money of={limit.value} {...format} />
          </td>
        </>
      ) : null}
      <td className="right wide-only muted">
        <Money of={limit.warn} {...format} />
      </td>
      <td className="right">
        <Money of={limit.max} {...format} />
      </td>
      <td className="wide-only muted">{limit.unit === 'money' ? numeraire : t(limit.unit)}</td>
      <td className="wide-only muted">{t(words(bare(limit.onBreach, 'BREACH_ACTION_')))}</td>
      <td className="right">
        {onEdit === undefined ? null : (
          <Button tone="quiet" onClick={() => onEdit(limit)}>
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
  const use = usedOfLimit(limit);
  if (use === undefined) {
    return <span className="faint">{limit.value === '' ? t('not measured yet') : '—'}</span>;
  }
  const percent = Math.round(use.percent);
  return (
    <span className="used">
      <span
        className={`usebar ${level}`}
        role="img"
        aria-label={t('{{percent}} % used', { percent })}
      >
        <span style={{ width: `${use.percent}%` }} />
        {use.warnPercent === undefined ? null : <i style={{ left: `${use.warnPercent}%` }} />}
      </span>
      <span className="muted number">{percent} %</span>
    </span>
  );
}
