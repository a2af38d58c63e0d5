import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import {
  AUTH_PATH,
  type CompleteForm,
  type LoginAnswer,
  type LoginForm,
} from '../../../../src/contract.ts';
import { ProblemError, postJson } from '../../adapters/rpc-client.ts';
import { Button } from '../../ui/button.tsx';
import { Field } from '../../ui/field.tsx';
import { ProblemBox } from '../../ui/problem-box.tsx';

/** Name and password, then a code where the person has an authenticator. */
export function Login(): ReactNode {
  const { t } = useTranslation();
  const [challenge, setChallenge] = useState('');
  const [error, setError] = useState<ProblemError>();
  const follow = async (path: string, form: LoginForm | CompleteForm): Promise<void> => {
    setError(undefined);
    try {
      const answer = await postJson<LoginAnswer>(`${AUTH_PATH}/${path}`, form);
      if (answer.next === 'done') location.assign('/');
      else setChallenge(answer.challenge);
    } catch (refusal) {
      if (refusal instanceof ProblemError) setError(refusal);
    }
  };
  return (
    <main className="alone stack">
      <h1>{t('Log in to ATS')}</h1>
      {challenge === '' ? (
        <PasswordForm onSend={(form) => void follow('login', form)} />
      ) : (
        <CodeForm onSend={(code) => void follow('complete', { challenge, code })} />
      )}
      {error === undefined ? null : <ProblemBox error={error} />}
    </main>
  );
}

function PasswordForm({ onSend }: { onSend(form: LoginForm): void }): ReactNode {
  const { t } = useTranslation();
  const [userName, setUserName] = useState('');
  const [password, setPassword] = useState('');
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        onSend({ userName, password });
      }}
    >
      <Field
        label={t('Name')}
        value={userName}
        onText={setUserName}
        autoComplete="username"
        required
        autoFocus
      />
      <Field
        label={t('Password')}
        type="password"
        value={password}
        onText={setPassword}
        autoComplete="current-password"
        required
      />
      <Button type="submit" tone="primary">
        {t('Log in')}
      </Button>
    </form>
  );
}

function CodeForm({ onSend }: { onSend(code: string): void }): ReactNode {
  const { t } = useTranslation();
  const [code, setCode] = useState('');
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        onSend(code);
      }}
    >
      <Field
        label={t('Code of your authenticator')}
        hint={t('Six digits, or one of your backup codes.')}
        value={code}
        onText={setCode}
        autoComplete="one-time-code"
        required
        autoFocus
      />
      <Button type="submit" tone="primary">
        {t('Go on')}
      </Button>
    </form>
  );
}
