import { Popover } from 'radix-ui';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { AUTH_PATH } from '../../../src/contract.ts';
import type { Preferences } from '../adapters/preferences.ts';
import { postJson } from '../adapters/rpc-client.ts';
import { profitToday, usePnL, useWorth } from '../feeds/equity.ts';
import { useLateMs } from '../feeds/late.ts';
import { useSession } from '../feeds/session.tsx';
import { useTradingState } from '../feeds/trading-state.ts';
import { formatAge } from '../text/format.ts';
import { Button } from '../ui/button.tsx';
import { Segments } from '../ui/field.tsx';
import { Money } from '../ui/figures.tsx';
import { Bell } from './bell.tsx';

interface TopBarProps {
  readonly preferences: Preferences;
  onHalt(): void;
  onPalette(): void;
  onPreference(change: Partial<Preferences>): void;
}

export function TopBar(props: TopBarProps): ReactNode {
  const { t } = useTranslation();
  const { system, user } = useSession();
  return (
    <header className="top">
      <a className="skip" href="#page">
        {t('To the page')}
      </a>
      <Link to="/" className="brand">
        ATS
      </Link>
      <span className={`mode ${system.mode}`}>{MODES[system.mode]}</span>
      <TradingState />
      <button type="button" className="search" onClick={props.onPalette}>
        <span>{t('Go to, or do')}</span> <kbd>Ctrl K</kbd>
      </button>
      <Figures />
      {user.permissions.includes('risk.halt') ? (
        <Button tone="danger" className="halt" onClick={props.onHalt} title="Shift H">
          {t('HALT')}
        </Button>
      ) : null}
      <Bell />
      <Me {...props} />
    </header>
  );
}

const MODES = { sim: 'SIM', paper: 'PAPER', live: 'LIVE' } as const;

/** In words and colour. */
function TradingState(): ReactNode {
  const { t } = useTranslation();
  const { word, tone, why, lateMs } = useTradingState();
  return (
    <Link to="/risk" className={`state ${tone}`} title={why}>
      <span className="dot" aria-hidden="true" />
      {t(word)}
      {lateMs === undefined ? null : ` ${t('{{age}} ago', { age: formatAge(lateMs) })}`}
    </Link>
  );
}

const MONEY_PLACES = 2;

function Figures(): ReactNode {
  const { t } = useTranslation();
  const worth = useWorth();
  const pnl = usePnL();
  const worthLate = useLateMs(worth) !== undefined;
  const pnlLate = useLateMs(pnl) !== undefined;
  return (
    <dl className="top-figures">
      <div data-stale={worthLate || undefined}>
        <dt>{t('equity')}</dt>
        <dd>
          <Money of={worth.data ?? ''} places={MONEY_PLACES} />
        </dd>
      </div>
      <div data-stale={pnlLate || undefined}>
        <dt>{t('today')}</dt>
        <dd>
          <Money
            of={pnl.data === undefined ? '' : profitToday(pnl.data)}
            places={MONEY_PLACES}
            toned
          />
        </dd>
      </div>
    </dl>
  );
}

async function logOut(): Promise<void> {
  await postJson(`${AUTH_PATH}/logout`, {});
  location.assign('/login');
}

function Me({ preferences, onPreference }: TopBarProps): ReactNode {
  const { t } = useTranslation();
  const { user, system } = useSession();
  const initials = user.name.slice(0, 2).toUpperCase();
  return (
    <Popover.Root>
      <Popover.Trigger
        className="button quiet me"
        aria-label={`${initials}: ${t('Me and my settings')}`}
      >
        {initials}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content className="popover stack" align="end" sideOffset={8} collisionPadding={8}>
          <div>
            <strong>{user.name}</strong> <span className="muted">{user.role}</span>
          </div>
          <Segments
            label={t('Theme')}
            value={preferences.theme}
            options={[
              { value: 'dark', label: t('Dark') },
              { value: 'light', label: t('Light') },
            ]}
            onValue={(theme) => onPreference({ theme: theme as Preferences['theme'] })}
          />
          <Segments
            label={t('Rows')}
            value={preferences.density}
            options={[
              { value: 'compact', label: t('Compact') },
              { value: 'comfortable', label: t('Comfortable') },
            ]}
            onValue={(density) => onPreference({ density: density as Preferences['density'] })}
          />
          <Segments
            label={t('Language')}
            value={preferences.language}
            options={[
              { value: 'en', label: 'English' },
              { value: 'ko', label: '한국어' },
            ]}
            onValue={(language) => onPreference({ language: language as Preferences['language'] })}
          />
          <Link to="/admin?tab=me">{t('My password, authenticator and sessions')}</Link>
          {system.login ? <Button onClick={() => void logOut()}>{t('Log out')}</Button> : null}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
