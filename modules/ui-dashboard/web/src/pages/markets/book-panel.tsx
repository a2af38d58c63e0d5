import { type ReactNode, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../../src/contract.ts';
import { bookSpec } from '../../feeds/streams.ts';
import { useLiveLoadable } from '../../feeds/use-live.ts';
import { placesOf } from '../../text/decimal-text.ts';
import { bare, formatNumber, words } from '../../text/format.ts';
import { isWalked, type Ladder, ladderOf, meanPrice, type Rung } from '../../text/ladder.ts';
import { Age } from '../../ui/figures.tsx';
import { Panel } from '../../ui/panel.tsx';
import '../../styles/book.css';

type Side = 'bids' | 'asks';

interface BookPanelProps {
  readonly listing: Message<'ats.marketdata.v1.MarketListing'>;
  /** The side that an arbitrage would take, and how much of it, units of base. */
  readonly walk?: { readonly side: Side; readonly quantity: number };
  /** By click on a price. */
  readonly onPrice?: (price: string) => void;
}

/** Enough for the chart of depth; the ladder shows the best of them. */
export const BOOK_DEPTH = 50;
const RUNGS = 12;

/** The ladder of one book: asks above, bids below, bars for what has added up. */
export function BookPanel(props: BookPanelProps): ReactNode {
  const { t } = useTranslation();
  const { venue, instrument, staleAfterMs } = props.listing;
  const spec = useMemo(
    () => bookSpec({ venue, instrument, depth: BOOK_DEPTH }),
    [venue, instrument],
  );
  const of = useLiveLoadable(spec);
  return (
    <Panel
      title={`${instrument} · ${venue}`}
      actions={<Age atUs={of.data?.state.book?.receivedAtUs ?? 0} limitMs={staleAfterMs} />}
      of={of}
      isEmpty={({ state }) => state.book === null || state.book.bidPrices.length === 0}
      empty={
        <p>
          {t('No whole book')}: {t(words(bare(of.data?.state.state ?? '', 'MARKET_STATE_')))}
        </p>
      }
      lines={12}
      className="book"
    >
      {({ state }) =>
        state.book === null ? null : (
          <LadderView {...props} ladder={ladderOf(state.book, { rungs: RUNGS })} />
        )
      }
    </Panel>
  );
}

interface LadderViewProps extends BookPanelProps {
  readonly ladder: Ladder;
}

function LadderView({ ladder, listing, walk, onPrice }: LadderViewProps): ReactNode {
  const { t } = useTranslation();
  const places = { price: placesOf(listing.priceTick), size: sizePlaces(listing.quantityStep) };
  const rung = (side: Side) => (one: Rung) => (
    <RungLine
      key={one.price}
      side={side}
      rung={one}
      places={places}
      walked={walk?.side === side && isWalked(one, walk.quantity)}
      {...(onPrice === undefined ? {} : { onPrice })}
    />
  );
  const mean = walk === undefined ? undefined : meanPrice(ladder[walk.side], walk.quantity);
  return (
    <div className="ladder">
      <div className="ladder-head faint">
        <span className="right">{t('Price')}</span>
        <span className="right">{t('Size')}</span>
        <span className="right">{t('Sum')}</span>
      </div>
      <ol>{ladder.asks.toReversed().map(rung('asks'))}</ol>
      <p className="middle">
        {formatNumber(ladder.middle, places.price)}{' '}
        <span className="faint">
          {t('spread {{bps}} bps', { bps: formatNumber(ladder.spreadBps, 2) })}
        </span>
      </p>
      <ol>{ladder.bids.map(rung('bids'))}</ol>
      {walk === undefined ? null : (
        <p className="walk-note muted">
          {mean === undefined
            ? t('These levels hold less than the size.')
            : t('{{size}} would walk the marked levels, at {{price}} in the mean.', {
                size: formatNumber(walk.quantity, places.size),
                price: formatNumber(mean, places.price),
              })}
        </p>
      )}
    </div>
  );
}

const SIZE_PLACES_MAX = 5;

const sizePlaces = (step: string): number => Math.min(SIZE_PLACES_MAX, placesOf(step));

interface RungLineProps {
  readonly side: Side;
  readonly rung: Rung;
  readonly places: { readonly price: number; readonly size: number };
  readonly walked: boolean;
  readonly onPrice?: (price: string) => void;
}

function RungLine({ side, rung, places, walked, onPrice }: RungLineProps): ReactNode {
  const price = formatNumber(rung.price, places.price);
  return (
    <li className={`${side} ${walked ? 'marked' : ''}`}>
      <span className="depth" style={{ width: `${rung.percent}%` }} aria-hidden="true" />
      {onPrice === undefined ? (
        <span className="right">{price}</span>
      ) : (
        <button
          type="button"
          className="rung-price right"
          onClick={() => onPrice(rung.price.toFixed(places.price))}
        >
          {price}
        </button>
      )}
      <span className="right">{formatNumber(rung.size, places.size)}</span>
      <span className="right muted">{formatNumber(rung.sum, places.size)}</span>
    </li>
  );
}
