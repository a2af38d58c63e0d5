import { type ReactNode, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Listing, useListings } from '../../feeds/markets.ts';
import { useMay, useSession } from '../../feeds/session.tsx';
import { useParam } from '../../feeds/use-param.ts';
import { SelectField } from '../../ui/field.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Panel } from '../../ui/panel.tsx';
import '../../styles/console.css';
import { BookPanel } from '../markets/book-panel.tsx';
import { Balances } from './balances.tsx';
import { Blotter } from './blotter.tsx';
import { Executions } from './executions.tsx';
import { OrderTicket, type PickedPrice } from './order-ticket.tsx';

/** Where a person trades: ticket and book, orders, what happened to them, balances. */
export function Console(): ReactNode {
  const { t } = useTranslation();
  const { system } = useSession();
  const maySubmit = useMay('orders.submit');
  const [picked, setPicked] = useState<PickedPrice>();
  const of = useListings();
  const { listing, picker } = useListing(of.data, () => setPicked(undefined));
  return (
    <>
      <PageHead title={t('Console')}>
        <span className="muted">
          {t('account')} {system.account}
        </span>
        {picker}
      </PageHead>
      <div className="console">
        <div className="column">
          {maySubmit ? (
            <Panel title={t('New order')} of={of} isEmpty={() => listing === undefined} lines={8}>
              {() =>
                listing === undefined ? null : (
                  <OrderTicket
                    key={`${listing.venue} ${listing.instrument}`}
                    listing={listing}
                    picked={picked}
                  />
                )
              }
            </Panel>
          ) : null}
          {listing === undefined ? null : (
            <BookPanel listing={listing} onPrice={(price) => setPicked({ price })} />
          )}
        </div>
        <div className="column">
          <Blotter />
          <Executions />
          <Balances />
        </div>
      </div>
    </>
  );
}

interface Picked {
  readonly listing: Listing | undefined;
  readonly picker: ReactNode;
}

function useListing(markets: readonly Listing[] | undefined, onMarket: () => void): Picked {
  const { t } = useTranslation();
  const [market, setMarket] = useParam('market');
  const options = useMemo(
    () =>
      (markets ?? []).map(({ venue, instrument }) => ({
        value: `${venue} ${instrument}`,
        label: `${venue} · ${instrument}`,
      })),
    [markets],
  );
  const listing =
    markets?.find((one) => `${one.venue} ${one.instrument}` === market) ?? markets?.[0];
  const value = listing === undefined ? '' : `${listing.venue} ${listing.instrument}`;
  const picker = (
    <SelectField
      bare
      label={t('Market')}
      value={value}
      options={options}
      onValue={(name) => {
        onMarket();
        setMarket(name);
      }}
    />
  );
  return { listing, picker };
}
