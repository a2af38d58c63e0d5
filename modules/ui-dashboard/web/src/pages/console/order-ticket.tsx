import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../../src/contract.ts';
import { newId } from '../../adapters/clock.ts';
import { useSession } from '../../feeds/session.tsx';
import { useAct, useRpc } from '../../feeds/use-rpc.ts';
import { compareTexts, timesTexts } from '../../text/decimal-text.ts';
import { draftProblems, heldFor, isComplete, type OrderDraft } from '../../text/order-draft.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { ProblemBox } from '../../ui/problem-box.tsx';
import { OrderPreview } from './order-preview.tsx';
import { TicketFields } from './ticket-fields.tsx';

type Listing = Message<'ats.marketdata.v1.MarketListing'>;

/** A price that was chosen in the book; a new object for each choice. */
export interface PickedPrice {
  readonly price: string;
}

interface OrderTicketProps {
  readonly listing: Listing;
  readonly picked: PickedPrice | undefined;
}

const NEW_DRAFT: OrderDraft = {
  side: 'ORDER_SIDE_BUY',
  type: 'ORDER_TYPE_LIMIT',
  timeInForce: 'TIME_IN_FORCE_GTC',
  quantity: '',
  limitPrice: '',
  postOnly: false,
};

const LARGE_TIMES = '4';
const BALANCES_EVERY_MS = 5000;

/** What the order spends, and how much of it there is. */
function useFunds(
  listing: Listing,
  draft: OrderDraft,
): { asset: string; available: string; spends: string } {
  const { system } = useSession();
  const request = { accountId: system.account, venue: listing.venue };
  const every = { everyMs: BALANCES_EVERY_MS };
  const { data } = useRpc('ats.ledger.v1.LedgerService', 'GetBalances', request, every);
  const [base = '', quote = ''] = listing.instrument.split('/');
  const buys = draft.side === 'ORDER_SIDE_BUY';
  const asset = buys ? quote : base;
  const available = data?.balances.find((one) => one.asset === asset)?.available ?? '';
  return { asset, available, spends: heldFor(draft, listing) };
}

/** Large: more than a quarter of what there is, or at whatever price the book offers. */
const isLarge = (draft: OrderDraft, spends: string, available: string): boolean =>
  draft.type === 'ORDER_TYPE_MARKET' ||
  (available !== '' && compareTexts(timesTexts(spends, LARGE_TIMES), available) > 0);

export function OrderTicket({ listing, picked }: OrderTicketProps): ReactNode {
  const { t } = useTranslation();
  const [draft, setDraft] = useState(NEW_DRAFT);
  const [asking, setAsking] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const funds = useFunds(listing, draft);
  const { send, error, busy } = useSend(listing);
  const complete = isComplete(draft, listing);
  const large = isLarge(draft, funds.spends, funds.available);
  useTicketKeys(form, setDraft);
  useEffect(() => {
    if (picked === undefined) return;
    setDraft((before) => ({ ...before, type: 'ORDER_TYPE_LIMIT', limitPrice: picked.price }));
  }, [picked]);
  const submit = async (): Promise<void> => {
    setAsking(false);
    if (await send(draft)) setDraft({ ...draft, quantity: '' });
  };
  const buys = draft.side === 'ORDER_SIDE_BUY';
  const does = t(buys ? 'Buy {{instrument}}' : 'Sell {{instrument}}', {
    instrument: listing.instrument,
  });
  return (
    <form
      ref={form}
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (!complete) return;
        if (large) setAsking(true);
        else void submit();
      }}
    >
      <TicketFields
        draft={draft}
        listing={listing}
        problems={draftProblems(draft, listing)}
        onDraft={setDraft}
      />
      <OrderPreview draft={draft} listing={listing} funds={funds} />
      {error === undefined ? null : <ProblemBox error={error} />}
      <Button type="submit" tone="primary" disabled={!complete || busy} title="Ctrl Enter">
        {does}
      </Button>
      <Dialog
        open={asking}
        onClose={() => setAsking(false)}
        title={t('A large order. Send it?')}
        description={t(
          'It takes more than a quarter of what is available, or is filled at whatever the book offers.',
        )}
      >
        <div className="stack">
          <OrderPreview draft={draft} listing={listing} funds={funds} />
          <footer className="dialog-foot">
            <Button onClick={() => setAsking(false)}>{t('Cancel')}</Button>
            <Button tone="primary" onClick={() => void submit()} autoFocus>
              {does}
            </Button>
          </footer>
        </div>
      </Dialog>
    </form>
  );
}

function useSend(listing: Listing) {
  const { system } = useSession();
  const submit = useAct('ats.order.v1.OrderService', 'SubmitOrders');
  const send = async (draft: OrderDraft): Promise<boolean> => {
    const requestId = newId();
    const { side, type, timeInForce, quantity, limitPrice, postOnly } = draft;
    const limited = type === 'ORDER_TYPE_LIMIT';
    const order = {
      clientOrderId: requestId,
      venue: listing.venue,
      instrument: listing.instrument,
      side,
      type,
      timeInForce: limited ? timeInForce : 'TIME_IN_FORCE_IOC',
      quantity,
      limitPrice: limited ? limitPrice : '',
      postOnly: limited && postOnly,
    } as const;
    const done = await submit.act({
      requestId,
      accountId: system.account,
      orders: [order],
      purpose: 'ORDER_PURPOSE_ENTRY',
    });
    return done !== undefined;
  };
  return { send, error: submit.error, busy: submit.busy };
}

const typing = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);

/** `b`, `s`, `q` and Ctrl Enter, as the key list says. */
function useTicketKeys(
  form: React.RefObject<HTMLFormElement | null>,
  setDraft: (change: (draft: OrderDraft) => OrderDraft) => void,
): void {
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.key === 'Enter' && event.ctrlKey) form.current?.requestSubmit();
      if (typing(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === 'b') setDraft((draft) => ({ ...draft, side: 'ORDER_SIDE_BUY' }));
      if (event.key === 's') setDraft((draft) => ({ ...draft, side: 'ORDER_SIDE_SELL' }));
      if (event.key !== 'q') return;
      event.preventDefault();
      form.current?.querySelector<HTMLInputElement>('input[name="quantity"]')?.focus();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [form, setDraft]);
}
