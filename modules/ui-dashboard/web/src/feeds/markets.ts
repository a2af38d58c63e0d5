import { useMemo } from 'react';
import type { Message } from '../../../src/contract.ts';
import { placesOf } from '../text/decimal-text.ts';
import type { Loadable } from './loadable.ts';
import { mapLoadable } from './loadable.ts';
import { marketKey } from './streams.ts';
import { useRpc } from './use-rpc.ts';

export type Listing = Message<'ats.marketdata.v1.MarketListing'>;

const EVERY_MS = 10_000;

export function useListings(): Loadable<readonly Listing[]> {
  const every = { everyMs: EVERY_MS };
  const of = useRpc('ats.marketdata.v1.MarketDataService', 'GetMarkets', {}, every);
  return mapLoadable(of, ({ markets }) => markets);
}

interface MarketOf {
  readonly venue: string;
  readonly instrument: string;
}

/** Digits after the point of an instrument's prices and quantities; none where it is not known. */
export interface Places {
  readonly price?: number;
  readonly quantity?: number;
}

/** @returns what tells the places of a market, as its venue steps prices and quantities */
export function usePlaces(): (market: MarketOf | null | undefined) => Places {
  const { data } = useListings();
  return useMemo(() => {
    const byMarket = new Map(
      (data ?? []).map(({ venue, instrument, priceTick, quantityStep }): [string, Places] => [
        marketKey(venue, instrument),
        { price: placesOf(priceTick), quantity: placesOf(quantityStep) },
      ]),
    );
    return (market) => byMarket.get(marketKey(market?.venue ?? '', market?.instrument ?? '')) ?? {};
  }, [data]);
}
