import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { newId } from '../../adapters/clock.ts';
import { useAct } from '../../feeds/use-rpc.ts';
import { parametersOf } from '../../text/parameters.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { ProblemBox } from '../../ui/problem-box.tsx';

export function NewRun(): ReactNode {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button tone="primary" onClick={() => setOpen(true)}>
        {t('New run')}
      </Button>
      <Dialog
        open={open}
        onClose={() => setOpen(false)}
        title={t('New run')}
        description={t('The same seed and tapes give the same result.')}
      >
        {open ? <RunForm /> : null}
      </Dialog>
    </>
  );
}

const EMPTY = { name: '', tapes: '', strategy: 'spread', seed: '1', parameters: '' };

function RunForm(): ReactNode {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [requestId] = useState(newId);
  const [form, setForm] = useState(EMPTY);
  const start = useAct('ats.backtest.v1.BacktestService', 'StartBacktest');
  const set = (field: keyof typeof EMPTY) => (text: string) => setForm({ ...form, [field]: text });
  const send = async (): Promise<void> => {
    const { name, tapes, strategy, seed, parameters } = form;
    const list = tapes.split(/[\s,]+/).filter((tape) => tape !== '');
    const spec = {
      name,
      tapes: list,
      strategy,
      seed: Number(seed),
      parameters: parametersOf(parameters),
    };
    const done = await start.act({ requestId, spec });
    if (done?.run != null) void navigate(`/backtests/${done.run.runId}`);
  };
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <Field label={t('Name')} value={form.name} onText={set('name')} autoFocus />
      <Field
        label={t('Tapes')}
        hint={t('Their names, with commas between.')}
        value={form.tapes}
        onText={set('tapes')}
        required
      />
      <Field label={t('Strategy')} value={form.strategy} onText={set('strategy')} required />
      <Field
        label={t('Seed')}
        inputMode="numeric"
        value={form.seed}
        onText={set('seed')}
        required
      />
      <Field
        label={t('Parameters')}
        hint={t('Such as minEdgeBps=4, notionalMax=2000')}
        value={form.parameters}
        onText={set('parameters')}
      />
      {start.error === undefined ? null : <ProblemBox error={start.error} />}
      <footer className="dialog-foot">
        <Button type="submit" tone="primary" disabled={start.busy}>
          {t('Start')}
        </Button>
      </footer>
    </form>
  );
}
