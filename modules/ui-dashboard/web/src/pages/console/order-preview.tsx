import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../../src/contract.ts';
import { useVerdict } from '../../feeds/verdict.ts';
import { compareTexts, placesOf } from '../../text/decimal-text.ts';
import { atWorst, feeOf, heldFor, notionalOf, type OrderDraft } from '../../text/order-draft.ts';
import { Fact, Money } from '../../ui/figures.tsx';
import { RiskVerdict } from './risk-verdict.tsx';

interface OrderPreviewProps {
  readonly draft: OrderDraft;
  readonly listing: Message<'ats.marketdata.v1.MarketListing'>;
  readonly funds: { readonly asset: string; readonly available: string };
}

const MONEY_PLACES = 2;

/** What the order comes to before it is sent. Nothing here decides: the gateway and risk do. */
export function OrderPreview({ draft, listing, funds }: OrderPreviewProps): ReactNode {
  const { t } = useTranslation();
  const verdict = useVerdict(draft, listing);
  const quote = listing.instrument.split('/')[1] ?? '';
  const priced = atWorst(draft, 'price' in verdict ? verdict.price : '');
  const notional = notionalOf(priced);
  const spends = heldFor(priced, listing);
  const feeBps = draft.postOnly ? listing.makerFeeBps : listing.takerFeeBps;
  const { available, asset } = funds;
  const short = available !== '' && spends !== '' && compareTexts(spends, available) > 0;
  const places = asset === quote ? MONEY_PLACES : placesOf(listing.quantityStep);
  return (
    <div className="preview">
      <dl className="facts">
        <Fact label={t(draft.type === 'ORDER_TYPE_MARKET' ? 'Worth at worst' : 'Worth')}>
          <Money of={notional} places={MONEY_PLACES} unit={quote} />
        </Fact>
        <Fact label={t('Fee at {{bps}} bps', { bps: feeBps })}>
          <Money of={feeOf(notional, feeBps)} places={MONEY_PLACES} unit={quote} />
        </Fact>
        <Fact label={t('Held until it ends')}>
          <Money of={spends} places={places} unit={asset} />
        </Fact>
        <Fact label={t('Available')}>
          <span className={short ? 'danger-text' : ''}>
            <Money of={available} places={places} unit={asset} />
          </span>
        </Fact>
      </dl>
      {short ? (
        <p className="danger-text">{t('More than is available: the gateway will refuse it.')}</p>
      ) : null}
      <RiskVerdict verdict={verdict} />
    </div>
  );
}
