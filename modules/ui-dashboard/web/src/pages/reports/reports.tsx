import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { REPORT_TABLES, REPORTS_PATH, type ReportTable } from '../../../../src/contract.ts';
import { today } from '../../adapters/clock.ts';
import { Field, SelectField } from '../../ui/field.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { PlainPanel } from '../../ui/panel.tsx';

/** Files to save: one day, or a period. Days are UTC. */
export function Reports(): ReactNode {
  const { t } = useTranslation();
  const [date, setDate] = useState(today);
  const [from, setFrom] = useState(() => `${today().slice(0, 8)}01`);
  const [to, setTo] = useState(today);
  const day = new URLSearchParams({ date });
  const period = new URLSearchParams({ from, to });
  return (
    <>
      <PageHead title={t('Reports')} />
      <div className="halves">
        <PlainPanel title={t('One day')}>
          <div className="stack">
            <p className="muted">
              {t(
                'Profit, drawdown, where the edge went, fees, trades and the ledger of one day in UTC.',
              )}
            </p>
            <Field label={t('Day')} type="date" value={date} max={today()} onText={setDate} />
            <Files name="day" query={day} ready={date !== ''} />
          </div>
        </PlainPanel>
        <PlainPanel title={t('A period')}>
          <div className="stack">
            <p className="muted">{t('The same over several days, the last included.')}</p>
            <div className="halves">
              <Field label={t('From')} type="date" value={from} max={to} onText={setFrom} />
              <Field
                label={t('To')}
                type="date"
                value={to}
                min={from}
                max={today()}
                onText={setTo}
              />
            </div>
            <Files name="period" query={period} ready={from !== '' && to !== '' && from <= to} />
          </div>
        </PlainPanel>
      </div>
    </>
  );
}

interface FilesProps {
  readonly name: 'day' | 'period';
  readonly query: URLSearchParams;
  readonly ready: boolean;
}

function Files({ name, query, ready }: FilesProps): ReactNode {
  const { t } = useTranslation();
  const [table, setTable] = useState<string>('trades');
  const names: Readonly<Record<ReportTable, string>> = {
    trades: t('Trades, one a line'),
    days: t('Days'),
    pairs: t('Venue pairs'),
    assets: t('Assets'),
    ledger: t('Ledger against trades'),
    fees: t('Fees by venue'),
  };
  const options = REPORT_TABLES.map((value) => ({ value, label: names[value] }));
  if (!ready) return <p className="muted">{t('Choose days first.')}</p>;
  return (
    <>
      <div className="row">
        <a className="button primary" href={`${REPORTS_PATH}/${name}.pdf?${query}`} download>
          {t('Save the PDF')}
        </a>
      </div>
      <div className="row">
        <SelectField
          label={t('Table of the CSV')}
          bare
          value={table}
          options={options}
          onValue={setTable}
        />
        <a className="button" href={`${REPORTS_PATH}/${name}.csv?${query}&table=${table}`} download>
          {t('Save the CSV')}
        </a>
      </div>
    </>
  );
}
