import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { AUTH_PATH, type StepUpForm } from '../../../src/contract.ts';
import { onStepUp, ProblemError, postJson } from '../adapters/rpc-client.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { ProblemBox } from '../ui/problem-box.tsx';

/** Asks for a fresh code when the server wants one, and lets the request go on. */
export function StepUp(): ReactNode {
  const { t } = useTranslation();
  const answer = useRef<(given: boolean) => void>(undefined);
  const [open, setOpen] = useState(false);
  const [code, setCode] = useState('');
  const [error, setError] = useState<ProblemError>();
  useEffect(() => {
    onStepUp(() => {
      setCode('');
      setError(undefined);
      setOpen(true);
      return new Promise((resolve) => {
        answer.current = resolve;
      });
    });
  }, []);
  const end = (given: boolean): void => {
    setOpen(false);
    answer.current?.(given);
  };
  const confirm = async (): Promise<void> => {
    try {
      const form: StepUpForm = { code };
      await postJson(`${AUTH_PATH}/step-up`, form);
      end(true);
    } catch (refusal) {
      if (refusal instanceof ProblemError) setError(refusal);
    }
  };
  return (
    <Dialog
      open={open}
      onClose={() => end(false)}
      title={t('A fresh code, please')}
      description={t(
        'This action needs a code of your authenticator. It is asked for again after some minutes.',
      )}
    >
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void confirm();
        }}
      >
        <Field
          label={t('Code')}
          value={code}
          onText={setCode}
          inputMode="numeric"
          autoComplete="one-time-code"
          required
          autoFocus
        />
        {error === undefined ? null : <ProblemBox error={error} />}
        <footer className="dialog-foot">
          <Button onClick={() => end(false)}>{t('Cancel')}</Button>
          <Button type="submit" tone="primary">
            {t('Go on')}
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}
