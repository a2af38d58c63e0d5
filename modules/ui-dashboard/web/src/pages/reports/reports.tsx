import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { REPORTS_PATH } from '../../../../src/contract.ts';
import { today } from '../../adapters/clock.ts';
import { Field } from '../../ui/field.tsx';
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
              {t('Profit, trades, costs and what was refused, of one day in UTC.')}
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
  if (!ready) return <p className="muted">{t('Choose days first.')}</p>;
  return (
    <div className="row">
      <a className="button primary" href={`${REPORTS_PATH}/${name}.pdf?${query}`} download>
        PDF
      </a>
      <a className="button" href={`${REPORTS_PATH}/${name}.csv?${query}`} download>
        CSV
      </a>
    </div>
  );
}
