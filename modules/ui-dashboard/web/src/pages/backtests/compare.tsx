import { Fragment, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Message } from '../../../../src/contract.ts';
import { useParam } from '../../feeds/use-param.ts';
import { useRpc } from '../../feeds/use-rpc.ts';
import { signOf } from '../../text/decimal-text.ts';
import { figureText } from '../../text/figure-text.ts';
import { PageHead } from '../../ui/page-head.tsx';
import { Panel } from '../../ui/panel.tsx';
import { TableScroll } from '../../ui/table-scroll.tsx';
import '../../styles/backtests.css';
import { nameOf } from './backtests.tsx';

type Comparison = Message<'ats.backtest.v1.CompareBacktestsResponse'>;

/** Runs side by side: which settings differ, and what that did to every figure. */
export function Compare(): ReactNode {
  const { t } = useTranslation();
  const [runs] = useParam('runs');
  const runIds = runs.split(',');
  const of = useRpc(
    'ats.backtest.v1.BacktestService',
    'CompareBacktests',
    { runIds },
    { enabled: runIds.length > 1 },
  );
  return (
    <>
      <PageHead title={t('Runs side by side')}>
        <Link to="/backtests">{t('All runs')}</Link>
      </PageHead>
      {runIds.length < 2 ? (
        <p className="empty">{t('Tick two runs or more in the list, then compare them.')}</p>
      ) : (
        <Panel title={t('The best of each figure is marked')} of={of} lines={14}>
          {(comparison) => <ComparisonTable of={comparison} />}
        </Panel>
      )}
    </>
  );
}

function ComparisonTable({ of }: { readonly of: Comparison }): ReactNode {
  const { t } = useTranslation();
  return (
    <TableScroll label={t('Runs side by side')}>
      {of.warnings.map((warning) => (
        <p key={warning} className="note-box">
          {warning}
        </p>
      ))}
      <table className="table">
        <thead>
          <tr>
            <th scope="col">{t('Setting or figure')}</th>
            {of.runs.map((run) => (
              <th key={run.runId} scope="col" className="right">
                <Link to={`/backtests/${run.runId}`}>{nameOf(run)}</Link>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {of.settings.length === 0 ? null : (
            <tr className="part">
              <th colSpan={of.runs.length + 1}>{t('Settings that differ')}</th>
            </tr>
          )}
          {of.settings.map(({ setting, values }) => (
            <tr key={setting}>
              <td className="mono">{setting}</td>
              <Values values={values} />
            </tr>
          ))}
          {[...Map.groupBy(of.figures, ({ figure }) => figure?.group ?? '')].map(
            ([group, figures]) => (
              <Fragment key={group}>
                <tr className="part">
                  <th colSpan={of.runs.length + 1}>{t(group)}</th>
                </tr>
                {figures.map(({ figure, values, changes, best }) => (
                  <tr key={figure?.name}>
                    <td>{figure === null ? '' : t(figure.label)}</td>
                    <Values
                      values={values.map((value) => figureText(figure?.unit ?? '', value))}
                      changes={changes.map((change) => changeText(figure?.unit ?? '', change))}
                      best={best}
                    />
                  </tr>
                ))}
              </Fragment>
            ),
          )}
        </tbody>
      </table>
    </TableScroll>
  );
}

interface ValuesProps {
  readonly values: readonly string[];
  /** Each less the first; empty for none. */
  readonly changes?: readonly string[];
  readonly best?: readonly number[];
}

/** @returns with its sign; empty where nothing changed */
const changeText = (unit: string, change: string): string => {
  const sign = signOf(change);
  if (sign === 0) return '';
  return `${sign > 0 ? '+' : ''}${figureText(unit, change)}`;
};

const Values = ({ values, changes = [], best = [] }: ValuesProps): ReactNode =>
  values.map((value, run) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the position is the run.
    <td key={run} className={best.includes(run) ? 'right best' : 'right'}>
      {best.includes(run) ? '★ ' : ''}
      {value || '—'}
      {changes[run] === undefined || changes[run] === '' ? null : (
        <small className="muted"> {changes[run]}</small>
      )}
    </td>
  ));
