import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../../src/contract.ts';
import { useMay } from '../../feeds/session.tsx';
import { useAct, useRpc } from '../../feeds/use-rpc.ts';
import { bare, formatAge, words } from '../../text/format.ts';
import { Button } from '../../ui/button.tsx';
import { ConfirmButton } from '../../ui/confirm-button.tsx';
import { Panel } from '../../ui/panel.tsx';
import { FRESH_RULE, RuleDialog } from './rule-dialog.tsx';
import { ANY_AREA, areaWords, NOTIFICATION } from './words.ts';

type Rule = Message<'ats.notification.v1.NotificationRule'>;

/** Who is told of what, on which channel, and who next. */
export function Rules(): ReactNode {
  const { t } = useTranslation();
  const may = useMay('notifications.manage');
  const [editing, setEditing] = useState<Rule>();
  const of = useRpc(NOTIFICATION, 'ListRules', {});
  return (
    <>
      <Panel
        title={t('Rules')}
        actions={
          may ? (
            <Button tone="quiet" onClick={() => setEditing(FRESH_RULE)}>
              {t('Add a rule')}
            </Button>
          ) : null
        }
        of={of}
        isEmpty={({ rules }) => rules.length === 0}
        empty={
          <>
            <p>{t('No rule yet: nobody is told of anything.')}</p>
            <p className="muted">{t('Add a person first, then say here what they are told.')}</p>
          </>
        }
        lines={4}
      >
        {({ rules }) => (
          <ul className="entries">
            {rules.map((rule) => (
              <RuleLine
                key={rule.ruleId}
                rule={rule}
                onEdit={may ? () => setEditing(rule) : undefined}
              />
            ))}
          </ul>
        )}
      </Panel>
      {editing === undefined ? null : (
        <RuleDialog rule={editing} onClose={() => setEditing(undefined)} />
      )}
    </>
  );
}

interface RuleLineProps {
  readonly rule: Rule;
  readonly onEdit: (() => void) | undefined;
}

function RuleLine({ rule, onEdit }: RuleLineProps): ReactNode {
  const { t } = useTranslation();
  const remove = useAct(NOTIFICATION, 'RemoveRule');
  const { personId, channel, area, venue, instrument, escalateTo, acknowledgeWithinS } = rule;
  const about = [
    channel,
    t(words(bare(rule.severityMin, 'SEVERITY_'))),
    area === ANY_AREA ? t('Everything') : t(areaWords(area)),
    ...[venue, instrument].filter((one) => one !== ''),
    t(words(bare(rule.frequency, 'FREQUENCY_'))),
  ];
  return (
    <li className="entry">
      <div className="what">
        <strong>{personId}</strong> <span>{about.join(' · ')}</span>
        {escalateTo.length === 0 ? null : (
          <p className="muted">
            {t('while nobody takes it, then {{names}}: {{time}} each', {
              names: escalateTo.join(', '),
              time: formatAge(acknowledgeWithinS * 1000),
            })}
          </p>
        )}
      </div>
      {onEdit === undefined ? null : (
        <span className="row">
          <Button tone="quiet" onClick={onEdit}>
            {t('Change')}
          </Button>
          <ConfirmButton
            label={t('Remove')}
            title={t('Remove the rule?')}
            says={t('Nobody is told by it any more.')}
            tone="quiet"
            error={remove.error}
            act={() => remove.act({ ruleId: rule.ruleId })}
          />
        </span>
      )}
    </li>
  );
}
