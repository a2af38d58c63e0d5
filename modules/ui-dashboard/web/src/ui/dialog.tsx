import { Dialog as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

interface DialogProps {
  readonly open: boolean;
  readonly title: string;
  readonly description?: string;
  readonly tone?: 'plain' | 'danger';
  readonly wide?: boolean;
  readonly children: ReactNode;
  onClose(): void;
}

/** A window over the page; the shade is our own, because Radix' would need inline styles. */
export function Dialog(props: DialogProps): ReactNode {
  const { t } = useTranslation();
  const { open, title, description, tone = 'plain', wide = false, children, onClose } = props;
  const described = description === undefined ? { 'aria-describedby': undefined } : {};
  return (
    <Radix.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Radix.Portal>
        <div className="shade" />
        <Radix.Content {...described} className={`dialog ${tone} ${wide ? 'wide' : ''}`}>
          <header className="dialog-head">
            <Radix.Title asChild>
              <h2>{title}</h2>
            </Radix.Title>
            <Radix.Close className="button quiet icon" aria-label={t('Close')}>
              ✕
            </Radix.Close>
          </header>
          {description === undefined ? null : (
            <Radix.Description className="muted">{description}</Radix.Description>
          )}
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
