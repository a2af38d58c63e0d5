import { Command } from 'cmdk';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import type { Preferences } from '../adapters/preferences.ts';
import { useTrades } from '../feeds/lists.ts';
import { useSession } from '../feeds/session.tsx';
import { useRpc } from '../feeds/use-rpc.ts';
import { Dialog } from '../ui/dialog.tsx';
import { PAGES } from './pages.ts';

interface PaletteProps {
  readonly open: boolean;
  onClose(): void;
  onHalt(): void;
  onPreference(change: Partial<Preferences>): void;
}

/** Everything by its name: pages, markets, trades, commands. */
export function Palette(props: PaletteProps): ReactNode {
  const { t } = useTranslation();
  return (
    <Dialog open={props.open} onClose={props.onClose} title={t('Go to, or do')}>
      {props.open ? <PaletteList {...props} /> : null}
    </Dialog>
  );
}

function PaletteList(props: PaletteProps): ReactNode {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { user } = useSession();
  const go = (path: string): void => {
    props.onClose();
    void navigate(path);
  };
  return (
    <Command label={t('Go to, or do')} loop>
      <Command.Input placeholder={t('A page, a market, a trade, a command')} autoFocus />
      <Command.List>
        <Command.Empty>{t('Nothing is called that.')}</Command.Empty>
        <Command.Group heading={t('Pages')}>
          {PAGES.filter(({ permission }) => user.permissions.includes(permission)).map((page) => (
            <Command.Item
              key={page.path}
              value={`${t(page.title)} ${page.title}`}
              onSelect={() => go(page.path)}
            >
              {t(page.title)} <kbd>g {page.key}</kbd>
            </Command.Item>
          ))}
        </Command.Group>
        <CommandGroup {...props} />
        <MarketGroup go={go} />
        <TradeGroup go={go} />
      </Command.List>
    </Command>
  );
}

function CommandGroup({ onClose, onHalt, onPreference }: PaletteProps): ReactNode {
  const { t } = useTranslation();
  const { user } = useSession();
  const change = (preference: Partial<Preferences>): void => {
    onClose();
    onPreference(preference);
  };
  return (
    <Command.Group heading={t('Commands')}>
      {user.permissions.includes('risk.halt') ? (
        <Command.Item value={`halt ${t('Halt trading')}`} onSelect={onHalt}>
          {t('Halt trading')} <kbd>H</kbd>
        </Command.Item>
      ) : null}
      <Command.Item onSelect={() => change({ theme: 'dark' })}>{t('Dark theme')}</Command.Item>
      <Command.Item onSelect={() => change({ theme: 'light' })}>{t('Light theme')}</Command.Item>
      <Command.Item onSelect={() => change({ density: 'compact' })}>
        {t('Compact rows')}
      </Command.Item>
      <Command.Item onSelect={() => change({ density: 'comfortable' })}>
        {t('Comfortable rows')}
      </Command.Item>
      <Command.Item onSelect={() => change({ language: 'en' })}>English</Command.Item>
      <Command.Item onSelect={() => change({ language: 'ko' })}>한국어</Command.Item>
    </Command.Group>
  );
}

interface GroupProps {
  go(path: string): void;
}

const SHOWN_TRADES = 50;

function MarketGroup({ go }: GroupProps): ReactNode {
  const { t } = useTranslation();
  const { data } = useRpc('ats.marketdata.v1.MarketDataService', 'GetMarkets', {});
  return (
    <Command.Group heading={t('Markets')}>
      {(data?.markets ?? []).map(({ venue, instrument }) => (
        <Command.Item
          key={`${venue} ${instrument}`}
          onSelect={() =>
            go(`/markets?venue=${venue}&instrument=${encodeURIComponent(instrument)}`)
          }
        >
          {instrument} <span className="faint">{venue}</span>
        </Command.Item>
      ))}
    </Command.Group>
  );
}

function TradeGroup({ go }: GroupProps): ReactNode {
  const { t } = useTranslation();
  const { data } = useTrades();
  return (
    <Command.Group heading={t('Trades')}>
      {(data ?? []).slice(0, SHOWN_TRADES).map(({ tradeId, base }) => (
        <Command.Item key={tradeId} onSelect={() => go(`/trades/${tradeId}`)}>
          {base} <span className="faint mono">{tradeId}</span>
        </Command.Item>
      ))}
    </Command.Group>
  );
}
