import type { Message } from '../../../src/contract.ts';
import { useSession } from './session.tsx';
import { quotesSpec } from './streams.ts';
import { useLink, useLive } from './use-live.ts';

type Quote = Message<'ats.marketdata.v1.Quote'>;
export type Light = 'good' | 'warn' | 'bad' | 'unknown';

export interface VenueLight {
  readonly venue: string;
  readonly light: Light;
  /** Books that are whole and fresh, of all that there are. */
  readonly live: number;
  readonly books: number;
}

/** A venue is well when all its books are, ill when none is. */
function lightOf(live: number, books: number): Light {
  if (books === 0) return 'unknown';
  if (live === books) return 'good';
  return live === 0 ? 'bad' : 'warn';
}

/** How each venue's books are; not known while the connection is lost. */
export function useVenueLights(): readonly VenueLight[] {
  const { system } = useSession();
  const { state } = useLive(quotesSpec);
  const { link } = useLink();
  const quotes: readonly Quote[] = link === 'open' ? [...state.values()] : [];
  return system.venues.map((venue) => {
    const ofVenue = quotes.filter((quote) => quote.venue === venue);
    const live = ofVenue.filter((quote) => quote.state === 'MARKET_STATE_LIVE').length;
    return { venue, live, books: ofVenue.length, light: lightOf(live, ofVenue.length) };
  });
}

/** What a light says, as a sentence to translate. */
export const LIGHT_WORDS = {
  good: 'live',
  warn: 'in part',
  bad: 'down',
  unknown: 'not known',
} as const;
