import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Listing } from '../../feeds/markets.ts';
import { useSession } from '../../feeds/session.tsx';
import { marketKey, matrixSpec, quotesSpec } from '../../feeds/streams.ts';
import { useLive } from '../../feeds/use-live.ts';
import { useParam } from '../../feeds/use-param.ts';
import { approximate } from '../../text/decimal-text.ts';
import { formatNumber } from '../../text/format.ts';
import { edgeBps } from '../../text/matrix.ts';
import { Age, Fact } from '../../ui/figures.tsx';
import { PlainPanel } from '../../ui/panel.tsx';
import { BookPanel } from './book-panel.tsx';

interface PairProps {
  readonly listings: readonly Listing[];
  /** What stands here while no pair is chosen. */
  readonly otherwise: ReactNode;
}

/** Two books side by side: where would be bought, and where would be sold. */
export function Pair({ listings, otherwise }: PairProps): ReactNode {
  const { t } = useTranslation();
  const [buy] = useParam('buy');
  const [sell] = useParam('sell');
  const named = (name: string): Listing | undefined =>
    listings.find((one) => marketKey(one.venue, one.instrument) === name);
  const [buying, selling] = [named(buy), named(sell)];
  const quantity = useWalkedQuantity(buying?.instrument.split('/')[0] ?? '');
  if (buying === undefined || selling === undefined) return otherwise;
  return (
    <>
      <Edge buying={buying} selling={selling} />
      <div className="halves">
        <section>
          <h2 className="side-name">{t('Buy here')}</h2>
          <BookPanel listing={buying} walk={{ side: 'asks', quantity }} />
        </section>
        <section>
          <h2 className="side-name">{t('Sell here')}</h2>
          <BookPanel listing={selling} walk={{ side: 'bids', quantity }} />
        </section>
      </div>
    </>
  );
}

/** @returns units of base that the size of the matrix buys at the market's middle; 0: not known */
function useWalkedQuantity(base: string): number {
  const { numeraire } = useSession().system;
  const { state: quotes } = useLive(quotesSpec);
  const { state: matrix } = useLive(matrixSpec);
  const quote = [...quotes.values()].find(
    (one) => one.instrument === `${base}/${numeraire}` && one.state === 'MARKET_STATE_LIVE',
  );
  const notional = approximate(matrix.notional);
  if (quote === undefined || !Number.isFinite(notional)) return 0;
  return notional / ((quote.bid + quote.ask) / 2);
}

interface EdgeProps {
  readonly buying: Listing;
  readonly selling: Listing;
}

/** The same figures as in the cell of the matrix. */
function Edge({ buying, selling }: EdgeProps): ReactNode {
  const { t } = useTranslation();
  const { numeraire } = useSession().system;
  const { state: matrix } = useLive(matrixSpec);
  const cell = [...matrix.cells.values()].find(
    (one) =>
      marketKey(one.buyVenue, one.buyInstrument) === marketKey(buying.venue, buying.instrument) &&
      marketKey(one.sellVenue, one.sellInstrument) === marketKey(selling.venue, selling.instrument),
  );
  const bps = cell === undefined ? undefined : edgeBps(cell);
  return (
    <PlainPanel title={t('Edge of this pair')}>
      <dl className="facts">
        <Fact label={t('Net at {{size}} {{numeraire}}', { size: matrix.notional, numeraire })}>
          {cell?.sized === true ? `${formatNumber(cell.sizedNetBps, 1, true)} bps` : '—'}
        </Fact>
        <Fact label={t('Net at the best prices')}>
          {cell?.priced === true ? `${formatNumber(cell.netBps, 1, true)} bps` : '—'}
        </Fact>
        <Fact label={t('Older book')}>
          {cell === undefined || bps === undefined ? '—' : <Age atUs={cell.bookAtUs} />}
        </Fact>
        <Fact label={t('Fees')}>
          {t('{{buy}} + {{sell}} bps', { buy: buying.takerFeeBps, sell: selling.takerFeeBps })}
        </Fact>
      </dl>
    </PlainPanel>
  );
}
