import type { MetricFamily } from '@ats/runtime';
import { type ExportedSpan, openSpanReceiver, until } from '@ats/testkit';
import { FREE_PORTS, ownData, type RunningAts, startAts } from './ats.ts';

/** A whole system in one process and its simulator, with where each service tells its metrics. */
export interface MonitoredSystem {
  readonly ats: RunningAts;
  /** Base URLs by service; `venue-simulator` among them. */
  readonly admin: ReadonlyMap<string, string>;
  /** Where Alertmanager reports to. */
  readonly alertsUrl: string;
  /** What a collector of traces was sent; every call is traced. */
  readonly spans: readonly ExportedSpan[];
  stop(): Promise<void>;
}

/** The token that the system takes alerts of Alertmanager with. */
export const ALERTS_TOKEN = 'a-token-for-tests-alone';

/** What every metric needs to be there: a channel, and the way in for Alertmanager. */
const SETTINGS = [
  'notification.channels.hook.kind=webhook',
  'notification.channels.hook.secret=a-secret-for-tests-alone',
  'notification.alertmanager.port=0',
  `notification.alertmanager.token=${ALERTS_TOKEN}`,
  'tracing.sampleRatio=1',
].flatMap((assignment) => ['--set', assignment]);

const SERVICES = 12;

/** Starts it as a person would, on free ports and storage of its own. */
export async function startMonitoredSystem(): Promise<MonitoredSystem> {
  const collector = await openSpanReceiver();
  const traced = ['--set', `tracing.endpoint=${collector.url}`];
  const ats = startAts(['up', '--plain', ...FREE_PORTS, ...ownData(), ...SETTINGS, ...traced]);
  const admin = new Map<string, string>();
  let alertsUrl = '';
  const read = (): void => {
    for (const line of ats.stdout().split('\n')) {
      const logged = parsed(line);
      if (logged === undefined) continue;
      const { event, service, msg = '', admin: url, adminUrl, url: told } = logged;
      if (event === 'service.started' && url !== undefined) admin.set(msg.split(' ')[0] ?? '', url);
      if (event === 'simulator.ready' && adminUrl !== undefined) {
        admin.set('venue-simulator', adminUrl);
      }
      if (service === 'notification' && event === 'alertmanager.listening') alertsUrl = told ?? '';
    }
  };
  const outcome = { ended: false };
  void ats.outcome.then(() => {
    outcome.ended = true;
  });
  await until(
    () => {
      read();
      if (outcome.ended) throw new Error(`ats ended early: ${ats.stderr()}`);
      return admin.size === SERVICES;
    },
    { timeoutMs: 60_000 },
  );
  return {
    ats,
    admin,
    alertsUrl,
    spans: collector.spans,
    async stop() {
      ats.signal('SIGINT');
      await ats.outcome;
      await collector.close();
    },
  };
}

type Logged = Readonly<
  Partial<Record<'event' | 'service' | 'msg' | 'admin' | 'adminUrl' | 'url', string>>
>;

function parsed(line: string): Logged | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Logged;
  } catch {
    return undefined;
  }
}

/** Every metric that a running system can tell, with the services that tell it. */
export async function familiesOf({
  admin,
}: Pick<MonitoredSystem, 'admin'>): Promise<ReadonlyMap<string, readonly MetricFamily[]>> {
  const asked = [...admin].map(async ([service, url]) => {
    const answer = await fetch(`${url}/metrics/families`);
    return [service, (await answer.json()) as readonly MetricFamily[]] as const;
  });
  return new Map(await Promise.all(asked));
}
