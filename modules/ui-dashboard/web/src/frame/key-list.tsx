import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../ui/dialog.tsx';
import { PAGES } from './pages.ts';

interface KeyListProps {
  readonly open: boolean;
  onClose(): void;
}

const GENERAL = [
  ['Ctrl K', 'Go to, or do'],
  ['?', 'This list'],
  ['Shift H', 'Halt trading, after one confirmation'],
  ['↑ ↓', 'Move in a table'],
  ['Enter', 'Open the row'],
  ['Esc', 'Close what is open'],
] as const;

const CONSOLE = [
  ['b', 'Buy'],
  ['s', 'Sell'],
  ['q', 'To the quantity'],
  ['Ctrl Enter', 'Send the order'],
  ['x', 'Cancel the order of the row'],
] as const;

export function KeyList({ open, onClose }: KeyListProps): ReactNode {
  const { t } = useTranslation();
  const pages = PAGES.map(({ key, title }) => [`g ${key}`, title] as const);
  return (
    <Dialog open={open} onClose={onClose} title={t('Keys')} wide>
      <div className="key-list">
        <KeyGroup title={t('Everywhere')} keys={GENERAL} />
        <KeyGroup title={t('Pages')} keys={pages} />
        <KeyGroup title={t('Console')} keys={CONSOLE} />
      </div>
    </Dialog>
  );
}

interface KeyGroupProps {
  readonly title: string;
  readonly keys: readonly (readonly [key: string, meaning: string])[];
}

function KeyGroup({ title, keys }: KeyGroupProps): ReactNode {
  const { t } = useTranslation();
  return (
    <section>
      <h3>{title}</h3>
      <dl>
        {keys.map(([key, meaning]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{t(meaning)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
