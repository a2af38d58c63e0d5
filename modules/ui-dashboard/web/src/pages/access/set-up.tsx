import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import {
  AUTH_PATH,
  type LoginAnswer,
  type LoginForm,
  type SetUpForm,
} from '../../../../src/contract.ts';
import { ProblemError, postJson, setCsrfToken } from '../../adapters/rpc-client.ts';
import { Button } from '../../ui/button.tsx';
import { Field } from '../../ui/field.tsx';
import { ProblemBox } from '../../ui/problem-box.tsx';
import { Authenticator } from './authenticator.tsx';

const PASSWORD_LENGTH_MIN = 12;

const tokenInLink = (): string => location.hash.slice(1);

/** From the one-time link to a password, an authenticator and its backup codes. */
export function SetUp(): ReactNode {
  const { t } = useTranslation();
  const [step, setStep] = useState<'password' | 'authenticator'>('password');
  return (
    <main className="alone stack">
      <h1>{t('Set up your access')}</h1>
      {step === 'password' ? (
        <PasswordStep onDone={() => setStep('authenticator')} />
      ) : (
        <Authenticator onDone={() => location.assign('/')} />
      )}
    </main>
  );
}

async function setUpAndLogIn(form: SetUpForm): Promise<void> {
  await postJson(`${AUTH_PATH}/set-up`, form);
  const login: LoginForm = { userName: form.userName, password: form.password };
  const answer = await postJson<LoginAnswer>(`${AUTH_PATH}/login`, login);
  if (answer.next === 'done') setCsrfToken(answer.session.csrfToken);
  // A fresh browser tab must not find the used link in the address.
  history.replaceState(null, '', '/set-up');
}

function PasswordStep({ onDone }: { onDone(): void }): ReactNode {
  const { t } = useTranslation();
  const [token, setToken] = useState(tokenInLink);
  const [userName, setUserName] = useState('');
  const [password, setPassword] = useState('');
  const [error, setError] = useState<ProblemError>();
  const short = password !== '' && password.length < PASSWORD_LENGTH_MIN;
  const send = async (): Promise<void> => {
    try {
      await setUpAndLogIn({ token, userName, password });
      onDone();
    } catch (refusal) {
      if (refusal instanceof ProblemError) setError(refusal);
    }
  };
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      {tokenInLink() === '' ? (
        <Field label={t('Token of the link')} value={token} onText={setToken} required />
      ) : null}
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
        autoComplete="new-password"
        hint={t('At least {{count}} characters; a few words are best.', {
          count: PASSWORD_LENGTH_MIN,
        })}
        problem={
          short
            ? t('{{count}} more characters.', { count: PASSWORD_LENGTH_MIN - password.length })
            : undefined
        }
        required
      />
      {error === undefined ? null : <ProblemBox error={error} />}
      <Button type="submit" tone="primary" disabled={short}>
        {t('Go on')}
      </Button>
    </form>
  );
}
