import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { renderSVG } from 'uqr';
import { useAct } from '../../feeds/use-rpc.ts';
import { Button } from '../../ui/button.tsx';
import { Field } from '../../ui/field.tsx';
import { ProblemBox } from '../../ui/problem-box.tsx';

const SERVICE = 'ats.access.v1.AccessService';

interface AuthenticatorProps {
  onDone(): void;
}

/** Enrols an authenticator: its secret as a QR code, its first code, the backup codes. */
export function Authenticator({ onDone }: AuthenticatorProps): ReactNode {
  const { t } = useTranslation();
  const [code, setCode] = useState('');
  const begin = useAct(SERVICE, 'BeginTotp');
  const confirm = useAct(SERVICE, 'ConfirmTotp');
  const error = begin.error ?? confirm.error;
  if (confirm.data !== undefined) {
    return <BackupCodes codes={confirm.data.backupCodes} onDone={onDone} />;
  }
  return (
    <div className="stack">
      {begin.data === undefined ? (
        <>
          <p>
            {t('An authenticator on your phone proves that it is you. Dangerous actions need it.')}
          </p>
          <Button tone="primary" onClick={() => void begin.act({})}>
            {t('Show the QR code')}
          </Button>
        </>
      ) : (
        <form
          className="stack"
          onSubmit={(event) => {
            event.preventDefault();
            void confirm.act({ code });
          }}
        >
          <p>{t('Scan it with the authenticator on your phone, or type the key below into it.')}</p>
          <QrCode uri={begin.data.uri} />
          <code className="copied">{inFours(begin.data.secret)}</code>
          <Field
            label={t('The code that it shows')}
            value={code}
            onText={setCode}
            inputMode="numeric"
            required
            autoFocus
          />
          <Button type="submit" tone="primary">
            {t('Confirm')}
          </Button>
        </form>
      )}
      {error === undefined ? null : <ProblemBox error={error} />}
    </div>
  );
}

/** Easier to type. */
const inFours = (secret: string): string => secret.replaceAll(/.{4}(?=.)/g, '$& ');

function QrCode({ uri }: { readonly uri: string }): ReactNode {
  const { t } = useTranslation();
  const source = `data:image/svg+xml,${encodeURIComponent(renderSVG(uri, { border: 2 }))}`;
  return (
    <img
      className="qr"
      src={source}
      alt={t('QR code for your authenticator')}
      width={200}
      height={200}
    />
  );
}

interface BackupCodesProps {
  readonly codes: readonly string[];
  onDone(): void;
}

function BackupCodes({ codes, onDone }: BackupCodesProps): ReactNode {
  const { t } = useTranslation();
  return (
    <div className="stack">
      <p>
        {t(
          'Each of these codes lets you in once, without your phone. They are shown this one time: print them or keep them in a safe.',
        )}
      </p>
      <ul className="mono backup-codes">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <Button onClick={() => void navigator.clipboard.writeText(codes.join('\n'))}>
        {t('Copy')}
      </Button>
      <Button tone="primary" onClick={onDone}>
        {t('I have kept them')}
      </Button>
    </div>
  );
}
