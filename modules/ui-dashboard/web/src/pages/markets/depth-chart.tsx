import { type ReactNode, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Listing } from '../../feeds/markets.ts';
import { bookSpec } from '../../feeds/streams.ts';
import { useLiveLoadable } from '../../feeds/use-live.ts';
import { placesOf } from '../../text/decimal-text.ts';
import { depthCurve } from '../../text/ladder.ts';
import { Panel } from '../../ui/panel.tsx';
import { type Line, TimeSeries } from '../../ui/time-series.tsx';
import { BOOK_DEPTH } from './book-panel.tsx';

const CHART_PX = 170;
/** A curve that jumps more often is none that an eye can follow. */
const PACE_MS = 500;
const SIZE_PLACES = 3;

/** How much each price reaches, added up from the best. */
export function DepthChart({ listing }: { readonly listing: Listing }): ReactNode {
  const { t } = useTranslation();
  const { venue, instrument, priceTick } = listing;
  const spec = useMemo(
    () => ({
      ...bookSpec({ venue, instrument, depth: BOOK_DEPTH }),
      name: 'depth',
      paceMs: PACE_MS,
    }),
    [venue, instrument],
  );
  const of = useLiveLoadable(spec);
  const book = of.data?.state.book ?? null;
  const curve = useMemo(() => (book === null ? undefined : depthCurve(book)), [book]);
  const lines = useMemo(
    (): readonly Line[] => [
      { label: t('bids'), tone: 'gain', values: curve?.bids ?? [], fill: true, stepped: 'before' },
      { label: t('asks'), tone: 'loss', values: curve?.asks ?? [], fill: true, stepped: true },
    ],
    [curve, t],
  );
  return (
    <Panel
      title={t('Depth, {{unit}}', { unit: instrument.split('/')[0] ?? '' })}
      of={of}
      isEmpty={() => curve === undefined || curve.prices.length === 0}
      empty={<p>{t('No whole book')}</p>}
      lines={7}
    >
      {() => (
        <TimeSeries
          label={t('Depth')}
          xs={curve?.prices ?? []}
          lines={lines}
          height={CHART_PX}
          plainX
          places={SIZE_PLACES}
          xPlaces={placesOf(priceTick)}
        />
      )}
    </Panel>
  );
}
