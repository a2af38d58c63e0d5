import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useSession } from '../feeds/session.tsx';
import { useNowMs } from '../feeds/ticker.ts';
import { useLink } from '../feeds/use-live.ts';
import { LIGHT_WORDS, useVenueLights } from '../feeds/venues.ts';
import { formatAge } from '../text/format.ts';

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
  return (
    <ul className="lights" aria-label={t('Venues')}>
      {useVenueLights().map(({ venue, light }) => (
        <li key={venue} className={light}>
          <Link to={`/markets?venue=${venue}`} title={`${venue}: ${t(LIGHT_WORDS[light])}`}>
            <span className="dot" aria-hidden="true" />
            <span className="venue-name">{venue}</span>
            <span className="hidden">{t(LIGHT_WORDS[light])}</span>
          </Link>
        </li>
      ))}
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
