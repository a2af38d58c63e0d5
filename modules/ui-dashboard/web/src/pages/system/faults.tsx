import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { FAULTS_PATH, type FaultForm, type FaultsView } from '../../../../src/contract.ts';
import { deleteJson, ProblemError, postJson } from '../../adapters/rpc-client.ts';
import { useMay, useSession } from '../../feeds/session.tsx';
import { useRead } from '../../feeds/use-read.ts';
import { words } from '../../text/format.ts';
import { Button } from '../../ui/button.tsx';
import { Field, SelectField } from '../../ui/field.tsx';
import { Pill } from '../../ui/figures.tsx';
import { Panel, PlainPanel } from '../../ui/panel.tsx';
import { ProblemBox } from '../../ui/problem-box.tsx';

const EVERY_MS = 2000;
const SECOND_MS = 1000;

/** Kinds that last so long, and kinds that happen so often. */
const LASTING = [
  ...['latency', 'rate-limit', 'ban', 'maintenance', 'crossed', 'clock-drift'],
  ...['price-shock', 'kill'],
];
const COUNTED = [
  ...['disconnect', 'mass-cancel', 'gap', 'duplicate', 'accepted-then-timeout'],
  ...['rejected-by-timeout', 'cancel-lost', 'order-reject', 'partial-fill'],
  ...['fill-during-cancel', 'report-drop', 'report-duplicate', 'report-late', 'report-reorder'],
];
/** Kinds that a time is part of, beside how long they last. */
const DELAYING: ReadonlySet<string> = new Set(['latency', 'clock-drift', 'report-late']);

/** Makes the simulated exchanges misbehave, so that people see what the system does then. */
export function Faults(): ReactNode {
  const { t } = useTranslation();
  const may = useMay('engine.control');
  const client = useQueryClient();
  const of = useRead<FaultsView>(FAULTS_PATH, EVERY_MS);
  const change = useMutation<FaultsView, Error, FaultForm | undefined>({
    mutationFn: (fault) =>
      fault === undefined ? deleteJson(FAULTS_PATH) : postJson(FAULTS_PATH, fault),
    onSuccess: () => client.invalidateQueries(),
  });
  const active = Object.values(of.data?.venues ?? {}).some((kinds) => kinds.length > 0);
  const { error } = change;
  return (
    <div className="halves">
      <Panel
        title={t('Faults in force')}
        actions={
          may ? (
            <Button disabled={!active} onClick={() => change.mutate(undefined)}>
              {t('End all')}
            </Button>
          ) : null
        }
        of={of}
        lines={5}
      >
        {({ venues }) => (
          <ul className="state-list">
            {Object.entries(venues).map(([venue, kinds]) => (
              <li key={venue}>
                <span className="name">{venue}</span>
                {kinds.length === 0 ? <span className="faint">{t('none')}</span> : null}
                {kinds.map((kind) => (
                  <Pill key={kind} tone="warn">
                    {t(words(kind))}
                  </Pill>
                ))}
              </li>
            ))}
          </ul>
        )}
      </Panel>
      <PlainPanel title={t('Begin a fault')}>
        <FaultFields disabled={!may || change.isPending} onSend={(fault) => change.mutate(fault)} />
        {may ? null : (
          <p className="muted">{t('Your role may look at this, and not change it.')}</p>
        )}
        {error instanceof ProblemError ? <ProblemBox error={error} /> : null}
        {change.isSuccess ? <p role="status">{t('Done.')}</p> : null}
      </PlainPanel>
    </div>
  );
}

interface FaultFieldsProps {
  readonly disabled: boolean;
  onSend(fault: FaultForm): void;
}

function FaultFields({ disabled, onSend }: FaultFieldsProps): ReactNode {
  const { t } = useTranslation();
  const { system } = useSession();
  const [kind, setKind] = useState('latency');
  const [venue, setVenue] = useState('');
  const [seconds, setSeconds] = useState('10');
  const [count, setCount] = useState('1');
  const [amount, setAmount] = useState('500');
  const lasting = LASTING.includes(kind);
  const send = (): void =>
    onSend({
      kind,
      ...(venue === '' ? {} : { venue }),
      ...(lasting ? { durationMs: Number(seconds) * SECOND_MS } : { count: Number(count) }),
      ...(DELAYING.has(kind) ? { amountMs: Number(amount) } : {}),
    });
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <SelectField
        label={t('What goes wrong')}
        value={kind}
        options={[...LASTING, ...COUNTED].map((value) => ({ value, label: t(words(value)) }))}
        onValue={setKind}
      />
      <SelectField
        label={t('Where')}
        value={venue}
        options={[
          { value: '', label: t('At all venues') },
          ...system.venues.map((value) => ({ value, label: value })),
        ]}
        onValue={setVenue}
      />
      {lasting ? (
        <Field
          label={t('For how many seconds')}
          hint={t('0: until somebody ends it.')}
          type="number"
          min={0}
          value={seconds}
          onText={setSeconds}
          required
        />
      ) : (
        <Field
          label={t('How often')}
          type="number"
          min={1}
          value={count}
          onText={setCount}
          required
        />
      )}
      {DELAYING.has(kind) ? (
        <Field
          label={t('By how many milliseconds')}
          type="number"
          value={amount}
          onText={setAmount}
          required
        />
      ) : null}
      <div className="row end">
        <Button type="submit" disabled={disabled}>
          {t('Begin it')}
        </Button>
      </div>
    </form>
  );
}
