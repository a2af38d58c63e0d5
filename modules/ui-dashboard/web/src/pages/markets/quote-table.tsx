import { memo, type ReactNode, useRef, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import type { Message } from '../../../../src/contract.ts';
import { marketKey, quotesSpec } from '../../feeds/streams.ts';
import { liveQuery } from '../../feeds/use-live.ts';
import { placesOf } from '../../text/decimal-text.ts';
import { bare, formatNumber, words } from '../../text/format.ts';
import { Age, Flash, Pill } from '../../ui/figures.tsx';
import { Spacer, useRowWindow } from '../../ui/row-window.tsx';

type Listing = Message<'ats.marketdata.v1.MarketListing'>;
type Quote = Message<'ats.marketdata.v1.Quote'>;

interface QuoteTableProps {
  readonly listings: readonly Listing[];
  /** The venue whose rows are marked; empty for none. */
  readonly venue: string;
}

/**
 * Best prices of every market. Each row in view listens by itself: what has not changed is not
 * drawn, and what changes moves nothing else.
 */
export function QuoteTable({ listings, venue }: QuoteTableProps): ReactNode {
  const { t } = useTranslation();
  const scroller = useRef<HTMLElement>(null);
  const { shown, above, below } = useRowWindow({ rows: listings, scroller });
  return (
    <section
      ref={scroller}
      className="table-scroll quotes"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by key.
      tabIndex={0}
      aria-label={t('Prices')}
    >
      <table className="table" aria-rowcount={listings.length}>
        <thead>
          <tr>
            <th scope="col">{t('Market')}</th>
            <th scope="col" className="right size">
              {t('Bid size')}
            </th>
            <th scope="col" className="right price">
              {t('Bid')}
            </th>
            <th scope="col" className="right price">
              {t('Ask')}
            </th>
            <th scope="col" className="right size">
              {t('Ask size')}
            </th>
            <th scope="col" className="right wide-only">
              {t('Spread bps')}
            </th>
            <th scope="col" className="right since">
              {t('Age')}
            </th>
          </tr>
        </thead>
        <tbody>
          <Spacer px={above} />
          {shown.map((one) => (
            <QuoteRow
              key={marketKey(one.venue, one.instrument)}
              listing={one}
              marked={one.venue === venue}
            />
          ))}
          <Spacer px={below} />
        </tbody>
      </table>
    </section>
  );
}

interface QuoteRowProps {
  readonly listing: Listing;
  readonly marked: boolean;
}

function useQuote({ venue, instrument, quote }: Listing): Quote | null {
  const query = liveQuery(quotesSpec);
  const key = marketKey(venue, instrument);
  return useSyncExternalStore(query.listen, () => query.snapshot().state.get(key) ?? quote);
}

const SIZE_PLACES_MAX = 3;

const QuoteRow = memo(function QuoteRow({ listing, marked }: QuoteRowProps): ReactNode {
  const navigate = useNavigate();
  const quote = useQuote(listing);
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
      className={live ? 'opens' : 'opens dim'}
      aria-selected={marked || undefined}
      tabIndex={0}
      onClick={open}
      onKeyDown={(event) => event.key === 'Enter' && open()}
    >
      <td>
        {instrument} <span className="muted">{venue}</span>
      </td>
      <td className="right size muted">
        <span className="figure">{show(quote?.bidSize, sizes)}</span>
      </td>
      <td className="right">
        <Flash className="figure">{show(quote?.bid, prices)}</Flash>
      </td>
      <td className="right">
        <Flash className="figure">{show(quote?.ask, prices)}</Flash>
      </td>
      <td className="right size muted">
        <span className="figure">{show(quote?.askSize, sizes)}</span>
      </td>
      <td className="right wide-only">
        <span className="figure">{live ? formatNumber(spreadBps(quote), 2) : '—'}</span>
      </td>
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
