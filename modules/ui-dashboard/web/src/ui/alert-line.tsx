import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../src/contract.ts';
import { bare, words } from '../text/format.ts';
import { Age, Pill } from './figures.tsx';

type Alert = Message<'ats.alert.v1.Alert'>;

const TONES = {
  SEVERITY_UNSPECIFIED: 'plain',
  SEVERITY_INFO: 'plain',
  SEVERITY_WARNING: 'warn',
  SEVERITY_CRITICAL: 'danger',
  SEVERITY_EMERGENCY: 'danger',
} as const;

function SeverityPill({ severity }: { readonly severity: Alert['severity'] }): ReactNode {
  const { t } = useTranslation();
  return <Pill tone={TONES[severity]}>{t(words(bare(severity, 'SEVERITY_')))}</Pill>;
}

interface AlertLineProps {
  readonly alert: Alert;
  /** Buttons at its end. */
  readonly children?: ReactNode;
}

/** An alert as a sentence, with how bad, how old, and what a person can do. */
export function AlertLine({ alert, children }: AlertLineProps): ReactNode {
  return (
    <li className="alert-line">
      <SeverityPill severity={alert.severity} />
      <div className="what">
        <p>{alert.summary}</p>
        {alert.remedy === '' ? null : <p className="muted">{alert.remedy}</p>}
      </div>
      <Age atUs={alert.raisedAtUs} />
      {children}
    </li>
  );
}
