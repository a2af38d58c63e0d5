import { type ConfigLayer, freePorts, setLayer } from '@ats/runtime';
import type { Configuration } from '../configuration.ts';

/**
 * Free ports in place of every 0: each process must be told before it starts where the others will
 * be.
 */
export async function freePlaces({ shared, loaded }: Configuration): Promise<ConfigLayer> {
  const { admin, rpc } = shared;
  const { gateway, dashboard } = loaded.values as Readonly<Record<string, { port?: unknown }>>;
  const places = {
    ...Object.fromEntries(
      Object.entries(admin.ports).map(([name, at]) => [`admin.ports.${name}`, at]),
    ),
    ...Object.fromEntries(Object.entries(rpc).map(([name, at]) => [`rpc.${name}`, at])),
    'gateway.port': gateway?.port,
    'dashboard.port': dashboard?.port,
  };
  const open = Object.entries(places).filter(([, at]) => at === 0 || /:0$/.test(String(at)));
  const ports = await freePorts(open.length);
  const assignments = open.map(
    ([field, at], index) => `${field}=${String(at).replace(/0$/, `${ports[index]}`)}`,
  );
  return { ...setLayer(assignments), source: 'free ports' };
}
