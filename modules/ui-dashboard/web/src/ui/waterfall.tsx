import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../src/contract.ts';
import { type WaterfallStep, waterfallSteps } from '../text/waterfall.ts';
import { Money } from './figures.tsx';

interface WaterfallProps {
  readonly of: Message<'ats.execution.v1.EdgeWaterfall'>;
  readonly numeraire: string;
  readonly places?: number;
}

/** Where an edge went, from what the books promised to what was kept. */
export function Waterfall({ of, numeraire, places = 2 }: WaterfallProps): ReactNode {
  const { t } = useTranslation();
  return (
    <figure className="waterfall">
      <ol>
        {waterfallSteps(of).map((step) => (
          <li key={step.name} className={`step ${step.kind}`}>
            <span className="name">{t(NAMES[step.name])}</span>
            <Bar step={step} />
            <Money of={step.amount} places={places} toned />
          </li>
        ))}
      </ol>
      <figcaption className="faint">{t('in {{numeraire}}', { numeraire })}</figcaption>
    </figure>
  );
}

const NAMES = {
  quoted: 'Quoted',
  staleness: 'Staleness',
  fees: 'Fees',
  slippage: 'Slippage',
  unwind: 'Unwind',
  realised: 'Kept',
} as const;

const Bar = ({ step }: { readonly step: WaterfallStep }): ReactNode => (
  <span className="track" aria-hidden="true">
    <span className="zero" style={{ left: `${step.zeroPercent}%` }} />
    <span
      className={`bar ${step.rises ? 'rise' : 'fall'}`}
      style={{ left: `${step.fromPercent}%`, width: `${step.widthPercent}%` }}
    />
  </span>
);
