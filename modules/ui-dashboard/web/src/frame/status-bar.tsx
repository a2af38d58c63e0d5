import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Message } from '../../../src/contract.ts';
import { useSession } from '../feeds/session.tsx';
import { quotesSpec } from '../feeds/streams.ts';
import { useNowMs } from '../feeds/ticker.ts';
import { useLink, useLive } from '../feeds/use-live.ts';
import { formatAge } from '../text/format.ts';

type Quote = Message<'ats.marketdata.v1.Quote'>;
type Light = 'good' | 'warn' | 'bad' | 'unknown';

/** A venue is well when all its books are, ill when none is. */
function lightOf(quotes: readonly Quote[]): Light {
  if (quotes.length === 0) return 'unknown';
  const live = quotes.filter(({ state }) => state === 'MARKET_STATE_LIVE').length;
  if (live === quotes.length) return 'good';
  return live === 0 ? 'bad' : 'warn';
}

const WORDS = { good: 'live', warn: 'in part', bad: 'down', unknown: 'not known' } as const;

interface StatusBarProps {
  onKeys(): void;
}

export function StatusBar({ onKeys }: StatusBarProps): ReactNode {
  const { t } = useTranslation();
  const { system } = useSession();
  return (
    <footer className="status">
      <button type="button" className="plain-link" onClick={onKeys}>
        <kbd>?</kbd> {t('keys')}
      </button>
      <span className="faint status-version">
        {system.version} · {system.profile}
      </span>
      <VenueLights />
      <Lag />
    </footer>
  );
}

function VenueLights(): ReactNode {
  const { t } = useTranslation();
  const { system } = useSession();
  const { state } = useLive(quotesSpec);
  const { link } = useLink();
  const quotes = [...state.values()];
  return (
    <ul className="lights" aria-label={t('Venues')}>
      {system.venues.map((venue) => {
        const ofVenue = quotes.filter((quote) => quote.venue === venue);
        const light = link === 'open' ? lightOf(ofVenue) : 'unknown';
        return (
          <li key={venue} className={light}>
            <Link to={`/markets?venue=${venue}`} title={`${venue}: ${t(WORDS[light])}`}>
              <span className="dot" aria-hidden="true" />
              <span className="venue-name">{venue}</span>
              <span className="hidden">{t(WORDS[light])}</span>
            </Link>
          </li>
        );
      })}
    </ul>
  );
}

const LAG_ODD_MS = 500;

function Lag(): ReactNode {
  const { t } = useTranslation();
  const { link, lagMs, heardAtMs } = useLink();
  const now = useNowMs();
  if (link !== 'open') {
    const age = heardAtMs === 0 ? '' : formatAge(now - heardAtMs);
    return (
      <span className="lag danger">
        {t('not connected')} {age}
      </span>
    );
  }
  return (
    <span className={lagMs > LAG_ODD_MS ? 'lag warn' : 'lag'}>
      {t('lag')} {Math.round(lagMs)} ms
    </span>
  );
}
