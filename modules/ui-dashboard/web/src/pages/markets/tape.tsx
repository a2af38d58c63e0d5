import { type ReactNode, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Listing } from '../../feeds/markets.ts';
import { publicTradesSpec } from '../../feeds/streams.ts';
import { useLiveLoadable } from '../../feeds/use-live.ts';
import { placesOf } from '../../text/decimal-text.ts';
import { formatClock } from '../../text/format.ts';
import { Money } from '../../ui/figures.tsx';
import { Panel } from '../../ui/panel.tsx';

const SHOWN_MAX = 10;
const TAKERS = {
  AGGRESSOR_UNSPECIFIED: ['—', 'muted'],
  AGGRESSOR_BID: ['▲', 'gain'],
  AGGRESSOR_ASK: ['▼', 'loss'],
} as const;

/** What others traded on this market since this page was opened, the newest first. */
export function Tape({ listing }: { readonly listing: Listing }): ReactNode {
  const { t } = useTranslation();
  const { venue, instrument, priceTick, quantityStep } = listing;
  const spec = useMemo(() => publicTradesSpec(venue, instrument), [venue, instrument]);
  const of = useLiveLoadable(spec, { quiet: true });
  const trades = (of.data?.state ?? []).slice(0, SHOWN_MAX);
  return (
    <Panel
      title={t('Trades of the market')}
      of={of}
      isEmpty={() => trades.length === 0}
      empty={<p>{t('None since this page was opened.')}</p>}
      lines={6}
      className="tape"
    >
      {() => (
        <ol>
          {trades.map(({ tradeId, receivedAtUs, price, size, aggressor }) => {
            const [arrow, tone] = TAKERS[aggressor];
            return (
              <li key={`${receivedAtUs} ${tradeId}`}>
                <span className="muted">{formatClock(receivedAtUs)}</span>
                <span className={`right ${tone}`}>
                  <Money of={price} places={placesOf(priceTick)} /> {arrow}
                </span>
                <span className="right">
                  <Money of={size} places={Math.min(5, placesOf(quantityStep))} />
                </span>
              </li>
            );
          })}
        </ol>
      )}
    </Panel>
  );
}
