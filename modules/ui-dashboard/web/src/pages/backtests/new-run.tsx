import { type ReactNode, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { newId } from '../../adapters/clock.ts';
import { useAct, useRpc } from '../../feeds/use-rpc.ts';
import { formatCount, formatMoment } from '../../text/format.ts';
import { microsecondsOf, parametersOf } from '../../text/parameters.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { ProblemBox } from '../../ui/problem-box.tsx';

const SERVICE = 'ats.backtest.v1.BacktestService';

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

const EMPTY = {
  name: '',
  strategy: 'cross-exchange',
  seed: '1',
  from: '',
  to: '',
  notionalMax: '',
  minEdgeBps: '',
  parameters: '',
};

function RunForm(): ReactNode {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const strategies = useId();
  const [requestId] = useState(newId);
  const [form, setForm] = useState(EMPTY);
  const [tapes, setTapes] = useState<readonly string[]>([]);
  const start = useAct(SERVICE, 'StartBacktest');
  const set = (field: keyof typeof EMPTY) => (text: string) => setForm({ ...form, [field]: text });
  const send = async (): Promise<void> => {
    const { name, strategy, seed, from, to, minEdgeBps, notionalMax, parameters } = form;
    const own = {
      ...(minEdgeBps === '' ? {} : { 'engine.minEdgeBps': minEdgeBps }),
      ...(notionalMax === '' ? {} : { 'engine.notionalMax': notionalMax }),
      ...parametersOf(parameters),
    };
    const range = { fromUs: microsecondsOf(from), toUs: microsecondsOf(to) };
    const spec = { name, tapes, strategy, seed: Number(seed), parameters: own, ...range };
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
      <Tapes chosen={tapes} onChosen={setTapes} />
      <Field
        label={t('Name')}
        hint={t('For you: lists and comparisons show it.')}
        value={form.name}
        onText={set('name')}
        autoFocus
      />
      <div className="halves">
        <Field
          label={t('Strategy')}
          hint={t('Or the path of a file that exports one.')}
          list={strategies}
          value={form.strategy}
          onText={set('strategy')}
          required
        />
        <datalist id={strategies}>
          <option value="cross-exchange" />
          <option value="triangular" />
        </datalist>
        <Field label={t('Seed')} type="number" value={form.seed} onText={set('seed')} required />
        <Field
          label={t('Least edge, bps')}
          hint={t('Empty: as configured.')}
          inputMode="decimal"
          value={form.minEdgeBps}
          onText={set('minEdgeBps')}
        />
        <Field
          label={t('Largest trade')}
          hint={t('Empty: as configured.')}
          inputMode="decimal"
          value={form.notionalMax}
          onText={set('notionalMax')}
        />
        <Field
          label={t('From, UTC')}
          hint={t('Empty: the whole tape.')}
          type="datetime-local"
          step={1}
          value={form.from}
          onText={set('from')}
        />
        <Field
          label={t('To, UTC')}
          type="datetime-local"
          step={1}
          value={form.to}
          onText={set('to')}
        />
      </div>
      <Field
        label={t('Other settings')}
        hint={t('Such as engine.bookAgeMsMax=500, with commas between.')}
        value={form.parameters}
        onText={set('parameters')}
      />
      {start.error === undefined ? null : <ProblemBox error={start.error} />}
      <footer className="dialog-foot">
        <Button type="submit" tone="primary" disabled={start.busy || tapes.length === 0}>
          {t('Start')}
        </Button>
      </footer>
    </form>
  );
}

interface TapesProps {
  readonly chosen: readonly string[];
  onChosen(names: readonly string[]): void;
}

/** Those that are stored; a run over several plays them in one order of time. */
function Tapes({ chosen, onChosen }: TapesProps): ReactNode {
  const { t } = useTranslation();
  const { data, error } = useRpc(SERVICE, 'ListTapes', {});
  const toggle = (name: string): void =>
    onChosen(chosen.includes(name) ? chosen.filter((one) => one !== name) : [...chosen, name]);
  if (error !== undefined) return <ProblemBox error={error} />;
  if (data?.tapes.length === 0) {
    return (
      <div className="note-box">
        <p>{t('There is no tape yet. Record a market, then import it:')}</p>
        <pre className="mono">
          {'ats record --out frames.jsonl.gz\nats data import frames.jsonl.gz --name morning'}
        </pre>
      </div>
    );
  }
  return (
    <fieldset className="tapes">
      <legend>{t('Tapes')}</legend>
      {(data?.tapes ?? []).map(({ name, markets, fromUs, untilUs, rows }) => (
        <label key={name} className="check">
          <input type="checkbox" checked={chosen.includes(name)} onChange={() => toggle(name)} />
          <span>
            <strong>{name}</strong>{' '}
            <span className="muted">
              {t('{{markets}} markets, {{rows}} rows', {
                markets: formatCount(markets.length),
                rows: formatCount(rows),
              })}
            </span>
            <br />
            <span className="faint">
              {formatMoment(fromUs)} → {formatMoment(untilUs)}
            </span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
