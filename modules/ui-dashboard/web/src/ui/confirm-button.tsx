import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ProblemError } from '../adapters/rpc-client.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { Field } from './field.tsx';
import { ProblemBox } from './problem-box.tsx';

interface ConfirmButtonProps {
  readonly label: string;
  readonly title: string;
  /** What will happen. */
  readonly says: string;
  readonly tone?: 'plain' | 'primary' | 'danger' | 'danger-line' | 'quiet';
  readonly asksReason?: boolean;
  readonly disabled?: boolean;
  readonly error: ProblemError | undefined;
  /** @returns undefined where it was refused, and the dialog stays */
  act(reason: string): Promise<unknown>;
}

/** A button whose action takes one confirmation, with a reason where the record wants one. */
export function ConfirmButton(props: ConfirmButtonProps): ReactNode {
  const { t } = useTranslation();
  const { label, title, says, tone = 'plain', asksReason = false, disabled = false, error } = props;
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const [reason, setReason] = useState('');
  const dangerous = tone === 'danger' || tone === 'danger-line';
  const confirm = async (): Promise<void> => {
    setBusy(true);
    const done = await props.act(reason);
    setBusy(false);
    if (done !== undefined) setOpen(false);
  };
  return (
    <>
      <Button tone={tone} disabled={disabled} onClick={() => setOpen(true)}>
        {label}
      </Button>
      <Dialog
        open={open}
        onClose={() => setOpen(false)}
        title={title}
        description={says}
        tone={dangerous ? 'danger' : 'plain'}
      >
        <form
          className="stack"
          onSubmit={(event) => {
            event.preventDefault();
            void confirm();
          }}
        >
          {asksReason ? (
            <Field
              label={t('Reason, for the record')}
              value={reason}
              onText={setReason}
              required
              autoFocus
            />
          ) : null}
          {error === undefined ? null : <ProblemBox error={error} />}
          <footer className="dialog-foot">
            <Button onClick={() => setOpen(false)}>{t('Cancel')}</Button>
            <Button type="submit" tone={dangerous ? 'danger' : 'primary'} disabled={busy}>
              {label}
            </Button>
          </footer>
        </form>
      </Dialog>
    </>
  );
}
