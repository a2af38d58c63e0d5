import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { HealthView, MeasuresView } from '../../../../src/contract.ts';
import { useMay, useSession } from '../../feeds/session.tsx';
import { useParam } from '../../feeds/use-param.ts';
import { useRead } from '../../feeds/use-read.ts';
import { useRpc } from '../../feeds/use-rpc.ts';
import { formatMoment, words } from '../../text/format.ts';
import { Segments } from '../../ui/field.tsx';
import { Fact, Pill } from '../../ui/figures.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Panel, PlainPanel } from '../../ui/panel.tsx';
import '../../styles/system.css';
import { Audit } from './audit.tsx';
import { Configuration } from './configuration.tsx';
import { Faults } from './faults.tsx';
import { Breakers, Latencies, Processes, Waiting } from './measures.tsx';

const EVERY_MS = 3000;
/** Every service writes all its metrics for it: more often would be a load of its own. */
const MEASURES_EVERY_MS = 10_000;

/** Services, how fast they are, venues, settings and the archive. */
export function System(): ReactNode {
  const { t } = useTranslation();
  const [tab, setTab] = useParam('tab', 'services');
  const { system } = useSession();
  const mayAudit = useMay('audit.read');
  const parts = [
    { value: 'services', label: t('Services'), offered: true },
    { value: 'faults', label: t('Faults'), offered: system.mode === 'sim' },
    { value: 'settings', label: t('Settings of the engine'), offered: true },
    { value: 'audit', label: t('Archive'), offered: mayAudit },
  ].filter(({ offered }) => offered);
  return (
    <>
      <PageHead title={t('System')}>
        <Segments label={t('Part')} value={tab} options={parts} onValue={setTab} />
      </PageHead>
      {tab === 'audit' && mayAudit ? <Audit /> : null}
      {tab === 'settings' ? <Configuration /> : null}
      {tab === 'faults' && system.mode === 'sim' ? <Faults /> : null}
      {tab === 'services' ? <Standing /> : null}
    </>
  );
}

function Standing(): ReactNode {
  const measures = useRead<MeasuresView>('/api/measures', MEASURES_EVERY_MS);
  return (
    <div className="system">
      <div className="column">
        <Services />
        <Venues />
        <Breakers of={measures} />
      </div>
      <div className="column">
        <Latencies of={measures} />
        <Waiting of={measures} />
      </div>
      <div className="column whole">
        <Processes of={measures} />
        <About />
      </div>
    </div>
  );
}

const TONES = { ready: 'good', 'not-ready': 'danger', 'not-reachable': 'warn' } as const;

function Services(): ReactNode {
  const { t } = useTranslation();
  const of = useRead<HealthView>('/api/health', EVERY_MS);
  const { system } = useSession();
  return (
    <Panel
      title={t('Services')}
      actions={
        <span className="faint">{t('version {{version}}', { version: system.version })}</span>
      }
      of={of}
      isEmpty={({ services }) => services.length === 0}
      lines={10}
    >
      {({ services }) => (
        <ul className="state-list">
          {services.map(({ name, state, version, reasons }) => (
            <li key={name}>
              <Pill tone={TONES[state]}>{t(words(state))}</Pill>
              <span className="name">{name}</span>
              {version === '' || version === system.version ? null : (
                <Pill tone="warn">{t('version {{version}}', { version })}</Pill>
              )}
              {reasons.length === 0 ? null : <p className="muted">{reasons.join(' ')}</p>}
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

function Venues(): ReactNode {
  const { t } = useTranslation();
  const of = useRpc('ats.venue.v1.VenueService', 'ListVenues', {}, { everyMs: EVERY_MS });
  return (
    <Panel
      title={t('Connections to venues')}
      of={of}
      isEmpty={({ venues }) => venues.length === 0}
      empty={<p>{t('No venue is enabled: enable one in the configuration under venues.')}</p>}
      lines={6}
    >
      {({ venues }) => (
        <ul className="state-list">
          {venues.map(({ venue, connector, ready, reason, streaming, ordersAtWork }) => (
            <li key={venue}>
              <Pill tone={ready ? 'good' : 'danger'}>{ready ? t('Ready') : t('Not ready')}</Pill>
              <span className="name">{venue}</span>
              <span className="muted">
                {t(connector)} · {streaming ? t('fills are pushed') : t('fills are asked for')} ·{' '}
                {t('{{count}} orders at work', { count: ordersAtWork })}
              </span>
              {reason === '' ? null : <p className="muted">{reason}</p>}
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

const STORES: Readonly<Record<string, string>> = {
  eventLog: 'Event log',
  stateStore: 'State store',
  tickStore: 'Tick store',
  archive: 'Archive',
  bus: 'Market bus',
};

function About(): ReactNode {
  const { t } = useTranslation();
  const { system } = useSession();
  return (
    <PlainPanel title={t('This system')}>
      <dl className="facts">
        <Fact label={t('Version')}>{system.version}</Fact>
        <Fact label={t('Mode')}>{system.mode}</Fact>
        <Fact label={t('Profile')}>{system.profile}</Fact>
        <Fact label={t('Numeraire')}>{system.numeraire}</Fact>
        <Fact label={t('Account')}>{system.account}</Fact>
        <Fact label={t('Started')}>{formatMoment(system.startedAtUs)}</Fact>
        {system.stores.map(({ name, url }) => (
          <Fact key={name} label={t(STORES[name] ?? name)}>
            <code title={url}>{url}</code>
          </Fact>
        ))}
      </dl>
    </PlainPanel>
  );
}
