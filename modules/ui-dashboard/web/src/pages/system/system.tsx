import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { HealthView } from '../../../../src/contract.ts';
import { getJson, ProblemError } from '../../adapters/rpc-client.ts';
import type { Loadable } from '../../feeds/loadable.ts';
import { useMay, useSession } from '../../feeds/session.tsx';
import { useParam } from '../../feeds/use-param.ts';
import { useRpc } from '../../feeds/use-rpc.ts';
import { formatMoment, words } from '../../text/format.ts';
import { Segments } from '../../ui/field.tsx';
import { Fact, Pill } from '../../ui/figures.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Panel, PlainPanel } from '../../ui/panel.tsx';
import { Audit } from './audit.tsx';
import { Configuration } from './configuration.tsx';

const EVERY_MS = 3000;

/** Services, venues, settings and the archive. */
export function System(): ReactNode {
  const { t } = useTranslation();
  const [tab, setTab] = useParam('tab', 'services');
  const mayAudit = useMay('audit.read');
  const audit = mayAudit ? [{ value: 'audit', label: t('Archive') }] : [];
  return (
    <>
      <PageHead title={t('System')}>
        <Segments
          label={t('Part')}
          value={tab}
          options={[
            { value: 'services', label: t('Services') },
            { value: 'settings', label: t('Settings of the engine') },
            ...audit,
          ]}
          onValue={setTab}
        />
      </PageHead>
      {tab === 'audit' && mayAudit ? <Audit /> : null}
      {tab === 'settings' ? <Configuration /> : null}
      {tab === 'services' ? (
        <div className="column">
          <div className="halves">
            <Services />
            <Venues />
          </div>
          <About />
        </div>
      ) : null}
    </>
  );
}

function useHealth(): Loadable<HealthView> {
  const query = useQuery<HealthView, Error>({
    queryKey: ['health'],
    queryFn: () => getJson<HealthView>('/api/health'),
    refetchInterval: EVERY_MS,
  });
  return {
    data: query.data,
    error: query.error instanceof ProblemError ? query.error : undefined,
    confirmedAtMs: query.dataUpdatedAt,
    staleAfterMs: 3 * EVERY_MS,
    retry: () => void query.refetch(),
  };
}

const TONES = { ready: 'good', 'not-ready': 'danger', unknown: 'warn' } as const;

function Services(): ReactNode {
  const { t } = useTranslation();
  const of = useHealth();
  return (
    <Panel
      title={t('Services')}
      of={of}
      isEmpty={({ services }) => services.length === 0}
      lines={10}
    >
      {({ services }) => (
        <ul className="stack">
          {services.map(({ name, state, reasons }) => (
            <li key={name} className="row">
              <Pill tone={TONES[state]}>{t(words(state))}</Pill>
              <strong>{name}</strong>
              <span className="muted">{reasons.join(' ')}</span>
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
      lines={6}
    >
      {({ venues }) => (
        <ul className="stack">
          {venues.map(({ venue, connector, ready, reason, streaming, ordersAtWork }) => (
            <li key={venue} className="row">
              <Pill tone={ready ? 'good' : 'danger'}>{ready ? t('Ready') : t('Not ready')}</Pill>
              <strong>{venue}</strong>
              <span className="muted">
                {connector} · {streaming ? t('fills are pushed') : t('fills are asked for')} ·{' '}
                {t('{{count}} orders at work', { count: ordersAtWork })} {reason}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

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
      </dl>
    </PlainPanel>
  );
}
