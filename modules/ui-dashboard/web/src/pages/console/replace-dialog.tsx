import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../../src/contract.ts';
import { newId } from '../../adapters/clock.ts';
import { useAct } from '../../feeds/use-rpc.ts';
import { isPositive } from '../../text/decimal-text.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { ProblemBox } from '../../ui/problem-box.tsx';

interface ReplaceDialogProps {
  readonly order: Message<'ats.order.v1.Order'>;
  onClose(): void;
}

/** New terms for a limit order that stands; what is filled already counts in the quantity. */
export function ReplaceDialog({ order, onClose }: ReplaceDialogProps): ReactNode {
  const { t } = useTranslation();
  const [requestId] = useState(newId);
  const [quantity, setQuantity] = useState(order.terms?.quantity ?? '');
  const [limitPrice, setLimitPrice] = useState(order.terms?.limitPrice ?? '');
  const replace = useAct('ats.order.v1.OrderService', 'ReplaceOrder');
  const send = async (): Promise<void> => {
    const { orderId } = order;
    const done = await replace.act({ requestId, orderId, quantity, limitPrice });
    if (done !== undefined) onClose();
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('Replace the order')}
      description={`${order.terms?.instrument ?? ''} · ${order.terms?.venue ?? ''}`}
    >
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <Field
          label={t('Quantity, what is filled included')}
          inputMode="decimal"
          value={quantity}
          onText={setQuantity}
          autoFocus
        />
        <Field
          label={t('Limit price')}
          inputMode="decimal"
          value={limitPrice}
          onText={setLimitPrice}
        />
        {replace.error === undefined ? null : <ProblemBox error={replace.error} />}
        <footer className="dialog-foot">
          <Button onClick={onClose}>{t('Cancel')}</Button>
          <Button
            type="submit"
            tone="primary"
            disabled={!isPositive(quantity) || !isPositive(limitPrice) || replace.busy}
          >
            {t('Replace')}
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}
