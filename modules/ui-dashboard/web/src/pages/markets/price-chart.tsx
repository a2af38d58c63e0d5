import { type ReactNode, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../../src/contract.ts';
import { serverNowUs } from '../../adapters/live-socket.ts';
import { useParam } from '../../feeds/use-param.ts';
import { useRpc } from '../../feeds/use-rpc.ts';
import { placesOf } from '../../text/decimal-text.ts';
import { Segments } from '../../ui/field.tsx';
import { Panel } from '../../ui/panel.tsx';
import { type Line, TimeSeries } from '../../ui/time-series.tsx';

type Candle = Message<'ats.marketdata.v1.Candle'>;

interface PriceChartProps {
  readonly listing: Message<'ats.marketdata.v1.MarketListing'>;
}

const HOUR_US = 3_600_000_000;
const SPANS = {
  '1h': { us: HOUR_US, intervalMs: 10_000 },
  '6h': { us: 6 * HOUR_US, intervalMs: 60_000 },
  '24h': { us: 24 * HOUR_US, intervalMs: 300_000 },
} as const;
const EVERY_MS = 10_000;
const CHART_PX = 200;

export function PriceChart({ listing }: PriceChartProps): ReactNode {
  const { t } = useTranslation();
  const { venue, instrument } = listing;
  const [chosen, setSpan] = useParam('span', '1h');
  const span = SPANS[chosen as keyof typeof SPANS] ?? SPANS['1h'];
  const request = useMemo(
    () => ({
      venue,
      instrument,
      intervalMs: span.intervalMs,
      fromUs: Math.round(serverNowUs() - span.us),
    }),
    [venue, instrument, span],
  );
  const every = { everyMs: EVERY_MS };
  const of = useRpc('ats.marketdata.v1.MarketDataService', 'GetCandles', request, every);
  return (
    <Panel
      title={t('Price of {{instrument}} on {{venue}}', { instrument, venue })}
      actions={
        <Segments
          label={t('Span')}
          value={chosen}
          options={Object.keys(SPANS).map((value) => ({ value, label: value }))}
          onValue={setSpan}
        />
      }
      of={of}
      isEmpty={({ candles }) => candles.length === 0}
      empty={<p>{t('Nothing is stored of this market in this span yet.')}</p>}
      lines={8}
    >
      {({ candles }) => <Prices candles={candles} places={placesOf(listing.priceTick)} />}
    </Panel>
  );
}

interface PricesProps {
  readonly candles: readonly Candle[];
  readonly places: number;
}

function Prices({ candles, places }: PricesProps): ReactNode {
  const { t } = useTranslation();
  const xs = useMemo(() => candles.map(({ atUs }) => atUs / 1_000_000), [candles]);
  const lines = useMemo(
    (): readonly Line[] => [
      { label: t('open'), tone: 'muted', values: candles.map(({ open }) => open) },
      { label: t('high'), tone: 'muted', values: candles.map(({ high }) => high) },
      { label: t('low'), tone: 'muted', values: candles.map(({ low }) => low) },
      { label: t('close'), tone: 'muted', values: candles.map(({ close }) => close) },
    ],
    [candles, t],
  );
  return (
    <TimeSeries
      label={t('Price')}
      xs={xs}
      lines={lines}
      height={CHART_PX}
      places={places}
      candles
    />
  );
}
