import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { formatDecimal } from '../../text/decimal-text.ts';
import { words } from '../../text/format.ts';
import { limitWords } from '../../text/limits.ts';
import { reasonName } from '../../text/reasons.ts';
import type { Refused, Verdict } from '../../text/verdict.ts';
import { Fact, Pill } from '../../ui/figures.tsx';

/** What risk would say if the order were sent now. It decides again when it is. */
export function RiskVerdict({ verdict }: { readonly verdict: Verdict }): ReactNode {
  const { t } = useTranslation();
  return (
    <div className="verdict stack" role="status" aria-label={t('Risk, before it is sent')}>
      <Said verdict={verdict} />
    </div>
  );
}

function Said({ verdict }: { readonly verdict: Verdict }): ReactNode {
  const { t } = useTranslation();
  switch (verdict.kind) {
    case 'incomplete':
      return <p className="muted">{t('Complete the order to see what risk would say.')}</p>;
    case 'asking':
      return <p className="muted">{t('Asking risk …')}</p>;
    case 'approved':
      return (
        <>
          <Pill tone="good">{t('Risk would approve it')}</Pill>
          <p className="muted">{t('It decides again when the order is sent.')}</p>
        </>
      );
    case 'silent':
      return (
        <>
          <Pill tone="danger">{t('Risk does not answer')}</Pill>
          <p className="danger-text">{t('Without its approval the gateway takes no order.')}</p>
          {verdict.detail === '' ? null : <p className="muted">{verdict.detail}</p>}
        </>
      );
    default:
      return <Refusal refused={verdict} />;
  }
}

const PLACES = 2;

function Refusal({ refused }: { readonly refused: Refused }): ReactNode {
  const { t } = useTranslation();
  const { reason, detail, limitName, limitOf, standsAt, value, max } = refused;
  return (
    <>
      <Pill tone="danger">{t('Risk would refuse it')}</Pill>
      <p className="danger-text">{t(words(reasonName(reason)))}</p>
      {limitName === '' ? null : (
        <dl className="facts">
          <Fact label={t('Limit')}>{`${t(limitWords(limitName))} ${limitOf}`.trim()}</Fact>
          <Fact label={t('Most')}>{formatDecimal(max)}</Fact>
          {standsAt === '' ? null : (
            <Fact label={t('Stands at')}>{formatDecimal(standsAt, { places: PLACES })}</Fact>
          )}
          <Fact label={t('Would be')}>{formatDecimal(value, { places: PLACES })}</Fact>
        </dl>
      )}
      <p className="muted">{detail}</p>
    </>
  );
}
