import { type ReactNode, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../../src/contract.ts';
import { bookSpec } from '../../feeds/streams.ts';
import { useLiveLoadable } from '../../feeds/use-live.ts';
import { placesOf } from '../../text/decimal-text.ts';
import { bare, formatNumber, words } from '../../text/format.ts';
import { type Ladder, ladderOf, type Rung } from '../../text/ladder.ts';
import { Age } from '../../ui/figures.tsx';
import { Panel } from '../../ui/panel.tsx';

interface BookPanelProps {
  readonly listing: Message<'ats.marketdata.v1.MarketListing'>;
  /** The side that an arbitrage would take. */
  readonly mark?: 'bids' | 'asks';
}

const DEPTH = 12;

/** The ladder of one book: asks above, bids below, bars for what has added up. */
export function BookPanel({ listing, mark }: BookPanelProps): ReactNode {
  const { t } = useTranslation();
  const { venue, instrument, staleAfterMs } = listing;
  const spec = useMemo(() => bookSpec({ venue, instrument, depth: DEPTH }), [venue, instrument]);
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
    >
      {({ state }) =>
        state.book === null ? null : (
          <LadderView ladder={ladderOf(state.book)} listing={listing} mark={mark} />
        )
      }
    </Panel>
  );
}

interface LadderViewProps {
  readonly ladder: Ladder;
  readonly listing: BookPanelProps['listing'];
  readonly mark: BookPanelProps['mark'];
}

function LadderView({ ladder, listing, mark }: LadderViewProps): ReactNode {
  const { t } = useTranslation();
  const prices = placesOf(listing.priceTick);
  const sizes = Math.min(5, placesOf(listing.quantityStep));
  const rung = (side: 'bids' | 'asks') => (one: Rung) => (
    <li key={one.price} className={`${side} ${mark === side ? 'marked' : ''}`}>
      <span className="depth" style={{ width: `${one.percent}%` }} aria-hidden="true" />
      <span className="right">{formatNumber(one.price, prices)}</span>
      <span className="right">{formatNumber(one.size, sizes)}</span>
      <span className="right muted">{formatNumber(one.sum, sizes)}</span>
    </li>
  );
  return (
    <div className="ladder">
      <div className="ladder-head faint">
        <span className="right">{t('Price')}</span>
        <span className="right">{t('Size')}</span>
        <span className="right">{t('Sum')}</span>
      </div>
      <ol>{ladder.asks.toReversed().map(rung('asks'))}</ol>
      <p className="middle">
        {formatNumber(ladder.middle, prices)}{' '}
        <span className="faint">
          {t('spread {{bps}} bps', { bps: formatNumber(ladder.spreadBps, 2) })}
        </span>
      </p>
      <ol>{ladder.bids.map(rung('bids'))}</ol>
    </div>
  );
}
