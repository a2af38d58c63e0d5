import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { words } from '../text/format.ts';
import { type Reason, reasonName, stageOf } from '../text/reasons.ts';
import { Pill } from './figures.tsx';

export function ReasonPill({ reason }: { readonly reason: Reason }): ReactNode {
  const { t } = useTranslation();
  const stage = stageOf(reason);
  if (stage === undefined) return <Pill tone="good">{t('Approved')}</Pill>;
  return <Pill tone={stage === 'risk' ? 'warn' : 'plain'}>{t(words(reasonName(reason)))}</Pill>;
}
