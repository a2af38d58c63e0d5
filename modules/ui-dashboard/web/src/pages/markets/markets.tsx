import { type ReactNode, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { type Listing, useListings } from '../../feeds/markets.ts';
import { useSession } from '../../feeds/session.tsx';
import { marketKey, matrixSpec } from '../../feeds/streams.ts';
import { useLiveLoadable } from '../../feeds/use-live.ts';
import { useParam } from '../../feeds/use-param.ts';
import { Segments, SelectField } from '../../ui/field.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Panel } from '../../ui/panel.tsx';
import { SpreadMatrix } from '../../ui/spread-matrix.tsx';
import '../../styles/markets.css';
import { BookPanel } from './book-panel.tsx';
import { DepthChart } from './depth-chart.tsx';
import { Pair } from './pair.tsx';
import { PriceChart } from './price-chart.tsx';
import { QuoteTable } from './quote-table.tsx';
import { Tape } from './tape.tsx';

const baseOf = ({ instrument }: Listing): string => instrument.split('/')[0] ?? '';

/** The markets side by side, and one or two of them in depth. */
export function Markets(): ReactNode {
  const { t } = useTranslation();
  const [view, setView] = useParam('view', 'market');
  const of = useListings();
  const [base, setBase] = useParam('base');
  const [venue] = useParam('venue');
  const listings = of.data;
  const bases = useMemo(() => [...new Set((listings ?? []).map(baseOf))], [listings]);
  const shown = useMemo(
    () => (listings ?? []).filter((one) => base === '' || baseOf(one) === base),
    [listings, base],
  );
  const options = [
    { value: '', label: t('All assets') },
    ...bases.map((one) => ({ value: one, label: one })),
  ];
  return (
    <>
      <PageHead title={t('Markets')}>
        <SelectField bare label={t('Asset')} value={base} options={options} onValue={setBase} />
        <Segments
          label={t('View')}
          value={view}
          options={[
            { value: 'market', label: t('Market') },
            { value: 'pair', label: t('Pair') },
            { value: 'matrix', label: t('Matrix') },
          ]}
          onValue={setView}
        />
      </PageHead>
      {view === 'matrix' ? (
        <MatrixPanel base={base} />
      ) : (
        <div className="markets">
          <Panel title={t('Prices')} of={of} isEmpty={() => shown.length === 0} lines={12}>
            {() => <QuoteTable listings={shown} venue={venue} />}
          </Panel>
          <div className="column">
            {view === 'pair' ? (
              <Pair listings={listings ?? []} otherwise={<MatrixPanel base={base} />} />
            ) : (
              <Chosen listings={shown} />
            )}
          </div>
        </div>
      )}
    </>
  );
}

function MatrixPanel({ base }: { readonly base: string }): ReactNode {
  const { t } = useTranslation();
  const { system } = useSession();
  const of = useLiveLoadable(matrixSpec);
  return (
    <Panel
      title={t('Spread matrix')}
      of={of}
      isEmpty={({ state }) => state.cells.size === 0}
      lines={10}
      className="large-matrix"
    >
      {({ state }) => <SpreadMatrix matrix={state} venues={system.venues} base={base} />}
    </Panel>
  );
}

interface ListingsProps {
  readonly listings: readonly Listing[];
}

/** The market of the address, or the first. */
function Chosen({ listings }: ListingsProps): ReactNode {
  const [venue] = useParam('venue');
  const [instrument] = useParam('instrument');
  const ofVenue = listings.filter((one) => venue === '' || one.venue === venue);
  const chosen =
    ofVenue.find((one) => instrument === '' || one.instrument === instrument) ?? ofVenue[0];
  if (chosen === undefined) return null;
  const key = marketKey(chosen.venue, chosen.instrument);
  return (
    <>
      <PriceChart key={key} listing={chosen} />
      <div className="market-book">
        <BookPanel listing={chosen} />
        <div className="column">
          <DepthChart key={key} listing={chosen} />
          <Tape listing={chosen} />
        </div>
      </div>
    </>
  );
}
