import { type ReactNode, Suspense, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { NavLink, Outlet } from 'react-router';
import { applyPreferences, type Preferences, readPreferences } from '../adapters/preferences.ts';
import { useSession } from '../feeds/session.tsx';
import { useLink } from '../feeds/use-live.ts';
import { changeLanguage } from '../text/i18n.ts';
import { Skeleton } from '../ui/panel.tsx';
import { HaltDialog, type HaltMode } from './halt-dialog.tsx';
import { KeyList } from './key-list.tsx';
import { PAGES } from './pages.ts';
import { Palette } from './palette.tsx';
import { StatusBar } from './status-bar.tsx';
import { StepUp } from './step-up.tsx';
import { TopBar } from './top-bar.tsx';
import { useKeys } from './use-keys.ts';

type Open = 'palette' | 'keys' | undefined;

/** What stands around every page. */
export function Frame(): ReactNode {
  const { system, user } = useSession();
  const [open, setOpen] = useState<Open>();
  const [halt, setHalt] = useState<HaltMode>();
  const [preferences, setPreferences] = useState(readPreferences);
  const mayHalt = user.permissions.includes('risk.halt');
  const commands = useMemo(
    () => ({
      palette: () => setOpen('palette'),
      keys: () => setOpen('keys'),
      halt: () => {
        setOpen(undefined);
        if (mayHalt) setHalt('HALT_MODE_HALTED');
      },
    }),
    [mayHalt],
  );
  useKeys(commands);
  const prefer = (change: Partial<Preferences>): void => {
    const next = { ...preferences, ...change };
    setPreferences(next);
    applyPreferences(next);
    void changeLanguage(next.language);
  };
  return (
    <div className={`frame mode-${system.mode}`}>
      <TopBar
        onHalt={commands.halt}
        onPalette={commands.palette}
        preferences={preferences}
        onPreference={prefer}
      />
      <LostBanner />
      <Navigation />
      <main id="page" className="page">
        <Suspense fallback={<Skeleton lines={8} />}>
          <Outlet />
        </Suspense>
      </main>
      <StatusBar onKeys={commands.keys} />
      <Palette
        open={open === 'palette'}
        onClose={() => setOpen(undefined)}
        onHalt={commands.halt}
        onPreference={prefer}
      />
      <KeyList open={open === 'keys'} onClose={() => setOpen(undefined)} />
      <HaltDialog mode={halt} onClose={() => setHalt(undefined)} />
      <StepUp />
    </div>
  );
}

function Navigation(): ReactNode {
  const { t } = useTranslation();
  const { user } = useSession();
  return (
    <nav className="nav" aria-label={t('Pages')}>
      {PAGES.filter(({ permission }) => user.permissions.includes(permission)).map((page) => (
        <NavLink
          key={page.path}
          to={page.path}
          end={page.path === '/'}
          title={`${t(page.title)} (g ${page.key})`}
        >
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <path d={page.icon} />
          </svg>
          <span>{t(page.title)}</span>
        </NavLink>
      ))}
    </nav>
  );
}

/** Nobody may take what stood here before the connection was lost for live. */
function LostBanner(): ReactNode {
  const { t } = useTranslation();
  const { link } = useLink();
  if (link !== 'lost') return null;
  return (
    <div className="lost" role="alert">
      {t('Not connected: figures are old. Trying again.')}
    </div>
  );
}
