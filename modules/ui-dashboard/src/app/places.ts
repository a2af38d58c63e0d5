import type { DashboardConfig } from '../config.ts';

/** Where one service, or one instance of it, says how it is. */
export interface Place {
  /** The service; where it has several hosts, with its own. */
  readonly name: string;
  /** `http://host:port`; undefined where the port is any free one, and nobody said which. */
  readonly url: string | undefined;
}

/** Keys of `rpc` by service; the simulator and the dashboard take no calls. */
const RPC_OF: Readonly<Record<string, keyof DashboardConfig['rpc']>> = {
  'price-collector': 'marketDataAddress',
  'trading-engine': 'engineAddress',
  'risk-manager': 'riskAddress',
  'order-gateway': 'orderAddress',
  'oms-core': 'ledgerAddress',
  'venue-gateway': 'venueAddress',
  'audit-exporter': 'auditAddress',
  notification: 'notificationAddress',
  backtest: 'backtestAddress',
  access: 'accessAddress',
};
/** Who listens at all interfaces is found where its calls go to, which may be another machine. */
const EVERY_INTERFACE: ReadonlySet<string> = new Set(['0.0.0.0', '::']);
const HERE = '127.0.0.1';

const hostOf = (address: string): string => address.slice(0, address.lastIndexOf(':'));

/**
 * @param here admin URLs of the services of this process, which know their ports once they run
 * @returns the admin ports of all services, in the order of the settings
 */
export function placesOf(
  { admin, rpc }: Pick<DashboardConfig, 'admin' | 'rpc'>,
  here: ReadonlyMap<string, string> = new Map(),
): readonly Place[] {
  return Object.entries(admin.ports).flatMap(([service, port]) => {
    if (port === 0) return [{ name: service, url: here.get(service) }];
    const hosts = hostsOf(service, { admin, rpc });
    return hosts.map((host) => ({
      name: hosts.length === 1 ? service : `${service} ${host}`,
      url: `http://${host}:${port}`,
    }));
  });
}

function hostsOf(
  service: string,
  { admin, rpc }: Pick<DashboardConfig, 'admin' | 'rpc'>,
): readonly string[] {
  const named = admin.hosts[service as keyof typeof admin.hosts];
  if (named !== undefined) return [named];
  if (!EVERY_INTERFACE.has(admin.host)) return [admin.host];
  const key = RPC_OF[service];
  const addresses = key === undefined ? [] : String(rpc[key]).split(',');
  return addresses.length === 0 ? [HERE] : [...new Set(addresses.map(hostOf))];
}
