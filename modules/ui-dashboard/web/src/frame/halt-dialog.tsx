import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useAct } from '../feeds/use-rpc.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { ProblemBox } from '../ui/problem-box.tsx';

export type HaltMode = 'HALT_MODE_REDUCING' | 'HALT_MODE_HALTED' | 'HALT_MODE_FLATTEN';

interface HaltDialogProps {
  readonly mode: HaltMode | undefined;
  onClose(): void;
}

const TEXTS = {
  HALT_MODE_REDUCING: {
    title: 'Only reduce exposure?',
    says: 'New orders that add exposure are refused. Orders that lower it, cancels and unwinds pass.',
    does: 'Reduce only',
  },
  HALT_MODE_HALTED: {
    title: 'Halt trading?',
    says: 'No new orders at all, on every venue, at once. Cancels and unwinds still pass. The halt stays after a restart.',
    does: 'Halt trading',
  },
  HALT_MODE_FLATTEN: {
    title: 'Flatten everything?',
    says: 'Trading halts, and the system closes what is open at the prices of the market.',
    does: 'Flatten',
  },
} as const;

/** The one confirmation before trading stops. Enter confirms; the reason may stay as it is. */
export function HaltDialog({ mode, onClose }: HaltDialogProps): ReactNode {
  const { t } = useTranslation();
  const [reason, setReason] = useState('By hand, from the dashboard');
  const halt = useAct('ats.risk.v1.RiskService', 'EmergencyHalt');
  const texts = TEXTS[mode ?? 'HALT_MODE_HALTED'];
  const confirm = async (): Promise<void> => {
    const done = await halt.act({ reason, mode: mode ?? 'HALT_MODE_HALTED' });
    if (done !== undefined) onClose();
  };
  return (
    <Dialog
      open={mode !== undefined}
      onClose={onClose}
      title={t(texts.title)}
      description={t(texts.says)}
      tone="danger"
    >
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void confirm();
        }}
      >
        <Field label={t('Reason, for the record')} value={reason} onText={setReason} required />
        {halt.error === undefined ? null : <ProblemBox error={halt.error} />}
        <footer className="dialog-foot">
          <Button onClick={onClose}>{t('Go on trading')}</Button>
          <Button type="submit" tone="danger" disabled={halt.busy || reason === ''} autoFocus>
            {t(texts.does)}
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}
