import { memo, type ReactNode, type RefObject, useRef, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import type { Message } from '../../../../src/contract.ts';
import { marketKey, quotesSpec } from '../../feeds/streams.ts';
import { liveQuery } from '../../feeds/use-live.ts';
import { placesOf } from '../../text/decimal-text.ts';
import { bare, formatNumber, words } from '../../text/format.ts';
import { Age, Flash, Pill } from '../../ui/figures.tsx';
import { useOnScreen } from '../../ui/use-on-screen.ts';

type Listing = Message<'ats.marketdata.v1.MarketListing'>;
type Quote = Message<'ats.marketdata.v1.Quote'>;

interface QuoteTableProps {
  readonly listings: readonly Listing[];
  /** The venue whose rows are marked; empty for none. */
  readonly venue: string;
}

/** Best prices of every market. Each row listens by itself: what has not changed is not drawn. */
export function QuoteTable({ listings, venue }: QuoteTableProps): ReactNode {
  const { t } = useTranslation();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by key.
    <section className="table-scroll quotes" tabIndex={0} aria-label={t('Prices')}>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">{t('Market')}</th>
            <th scope="col" className="right size">
              {t('Bid size')}
            </th>
            <th scope="col" className="right">
              {t('Bid')}
            </th>
            <th scope="col" className="right">
              {t('Ask')}
            </th>
            <th scope="col" className="right size">
              {t('Ask size')}
            </th>
            <th scope="col" className="right wide-only">
              {t('Spread bps')}
            </th>
            <th scope="col" className="right">
              {t('Age')}
            </th>
          </tr>
        </thead>
        <tbody>
          {listings.map((one) => (
            <QuoteRow
              key={marketKey(one.venue, one.instrument)}
              listing={one}
              marked={one.venue === venue}
            />
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface QuoteRowProps {
  readonly listing: Listing;
  readonly marked: boolean;
}

const silent = () => () => undefined;

/** A row that nobody sees is not drawn; scrolled into view it is what came last. */
function useQuote(
  { venue, instrument, quote }: Listing,
  row: RefObject<HTMLElement | null>,
): Quote | null {
  const query = liveQuery(quotesSpec);
  const key = marketKey(venue, instrument);
  const listen = useOnScreen(row) ? query.listen : silent;
  return useSyncExternalStore(listen, () => query.snapshot().state.get(key) ?? quote);
}

const SIZE_PLACES_MAX = 3;

const QuoteRow = memo(function QuoteRow({ listing, marked }: QuoteRowProps): ReactNode {
  const navigate = useNavigate();
  const row = useRef<HTMLTableRowElement>(null);
  const quote = useQuote(listing, row);
  const { venue, instrument, priceTick, quantityStep, staleAfterMs } = listing;
  const live = quote?.state === 'MARKET_STATE_LIVE';
  const prices = placesOf(priceTick);
  const sizes = Math.min(SIZE_PLACES_MAX, placesOf(quantityStep));
  const open = (): void =>
    void navigate(`/markets?venue=${venue}&instrument=${encodeURIComponent(instrument)}`);
  const show = (value: number | undefined, places: number): string =>
    !live || value === undefined || value === 0 ? '—' : formatNumber(value, places);
  return (
    <tr
      ref={row}
      className={live ? 'opens' : 'opens dim'}
      aria-selected={marked || undefined}
      tabIndex={0}
      onClick={open}
      onKeyDown={(event) => event.key === 'Enter' && open()}
    >
      <td>
        {instrument} <span className="muted">{venue}</span>
      </td>
      <td className="right size muted">{show(quote?.bidSize, sizes)}</td>
      <td className="right">
        <Flash>{show(quote?.bid, prices)}</Flash>
      </td>
      <td className="right">
        <Flash>{show(quote?.ask, prices)}</Flash>
      </td>
      <td className="right size muted">{show(quote?.askSize, sizes)}</td>
      <td className="right wide-only">{live ? formatNumber(spreadBps(quote), 2) : '—'}</td>
      <td className="right">
        {live || quote === null ? (
          <Age atUs={quote?.receivedAtUs ?? 0} limitMs={staleAfterMs} />
        ) : (
          <StatePill quote={quote} />
        )}
      </td>
    </tr>
  );
});

function StatePill({ quote }: { readonly quote: Quote }): ReactNode {
  const { t } = useTranslation();
  const why = words(bare(quote.reason, 'MARKET_STATE_REASON_'));
  return (
    <span title={t(why)}>
      <Pill tone="warn">{t(words(bare(quote.state, 'MARKET_STATE_')))}</Pill>
    </span>
  );
}

/** Ask less bid over their middle; market data, not money. */
const spreadBps = ({ bid, ask }: Quote): number =>
  bid > 0 && ask > 0 ? ((ask - bid) / ((ask + bid) / 2)) * 10_000 : Number.NaN;
