import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../../src/contract.ts';
import { useRpc } from '../../feeds/use-rpc.ts';
import { bare, words } from '../../text/format.ts';
import { Money, Pill } from '../../ui/figures.tsx';
import { Panel } from '../../ui/panel.tsx';

type Step = Message<'ats.inventory.v1.PlanStep'>;

const EVERY_MS = 10_000;

/** What to do about what runs dry. It only plans: nothing is sent from here. */
export function Plan(): ReactNode {
  const { t } = useTranslation();
  const every = { everyMs: EVERY_MS };
  const of = useRpc('ats.inventory.v1.InventoryService', 'GetRebalancePlan', {}, every);
  return (
    <Panel
      title={t('What to do')}
      of={of}
      isEmpty={({ steps }) => steps.length === 0}
      empty={<p>{t('Nothing runs dry: there is nothing to do.')}</p>}
      lines={5}
    >
      {({ steps, numeraire }) => (
        <ol className="stack">
          {steps.map((step) => (
            <StepView
              key={`${step.runway?.venue} ${step.runway?.asset}`}
              step={step}
              numeraire={numeraire}
            />
          ))}
        </ol>
      )}
    </Panel>
  );
}

interface StepViewProps {
  readonly step: Step;
  readonly numeraire: string;
}

function StepView({ step, numeraire }: StepViewProps): ReactNode {
  const { t } = useTranslation();
  return (
    <li className="plan-step">
      <h3>
        {step.runway?.asset} · {step.runway?.venue}: {t('lacks')}{' '}
        <Money of={step.wanted} places={5} />
      </h3>
      <p>{step.why}</p>
      <ul>
        {step.options.map((option) => (
          <li key={option.kind} className={option.possible ? '' : 'muted'}>
            {option.kind === step.recommended ? <Pill tone="accent">{t('Best')}</Pill> : null}{' '}
            <strong>{t(words(bare(option.kind, 'PLAN_OPTION_KIND_')))}</strong> {option.detail}{' '}
            {option.possible ? <Money of={option.cost} places={2} unit={numeraire} /> : null}
          </li>
        ))}
      </ul>
    </li>
  );
}
