import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../../src/contract.ts';
import { compareTexts, timesTexts } from '../../text/decimal-text.ts';
import { notionalOf, type OrderDraft } from '../../text/order-draft.ts';
import { Fact, Money } from '../../ui/figures.tsx';

interface OrderPreviewProps {
  readonly draft: OrderDraft;
  readonly listing: Message<'ats.marketdata.v1.MarketListing'>;
  readonly funds: { readonly asset: string; readonly available: string; readonly spends: string };
}

const ONE_BPS = '0.0001';
const MONEY_PLACES = 2;

/** What the order comes to before it is sent. */
export function OrderPreview({ draft, listing, funds }: OrderPreviewProps): ReactNode {
  const { t } = useTranslation();
  const quote = listing.instrument.split('/')[1] ?? '';
  const notional = notionalOf(draft);
  const feeBps = draft.postOnly ? listing.makerFeeBps : listing.takerFeeBps;
  const fee = timesTexts(timesTexts(notional, feeBps), ONE_BPS);
  const short =
    funds.available !== '' &&
    funds.spends !== '' &&
    compareTexts(funds.spends, funds.available) > 0;
  return (
    <dl className="facts preview">
      <Fact label={t('Worth')}>
        <Money of={notional} places={MONEY_PLACES} unit={quote} />
      </Fact>
      <Fact label={t('Fee at {{bps}} bps', { bps: feeBps })}>
        <Money of={fee} places={MONEY_PLACES} unit={quote} />
      </Fact>
      <Fact label={t('Available')}>
        <span className={short ? 'danger-text' : ''}>
          <Money of={funds.available} unit={funds.asset} />
        </span>
      </Fact>
      {short ? (
        <p className="danger-text">{t('More than is available: the gateway will refuse it.')}</p>
      ) : null}
    </dl>
  );
}
