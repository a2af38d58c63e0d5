import { acceptsConnections } from '@ats/engines';
import type { SharedConfig } from '@ats/runtime';
import { shownUrl } from '@ats/storage';

/** A setting that names a server by its URL. */
export interface EnginePlace {
  readonly field: 'bus.url' | 'eventLog.url' | 'stateStore.url' | 'tickStore.url' | 'archive.url';
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** Where it may answer as well: the others of a list, of which one is enough. */
  readonly others: readonly Address[];
}

interface Address {
  readonly host: string;
  readonly port: number;
}

const PORTS: Readonly<Record<string, number>> = {
  redis: 6379,
  rediss: 6379,
  'redis+sentinel': 26379,
  'rediss+sentinel': 26379,
  'redis+cluster': 6379,
  'rediss+cluster': 6379,
  influxdb: 8086,
  influxdbs: 8086,
  kafka: 9092,
  kafkas: 9092,
  http: 80,
  'dynamodb+http': 80,
  https: 443,
  'dynamodb+https': 443,
};
const ADDRESSES = /^([a-z0-9+]+):\/\/(?:[^@/]*@)?([^/?#]+)/;

type Urls = Pick<SharedConfig, 'bus' | 'eventLog' | 'stateStore' | 'tickStore' | 'archive'>;

/** The servers that the ports are on; files, folders and what AWS runs are none. */
export function enginePlaces(config: Urls): readonly EnginePlace[] {
  const { bus, eventLog, stateStore, tickStore, archive } = config;
  const urls = [
    ['bus.url', bus.url],
    ['eventLog.url', eventLog.url],
    ['stateStore.url', stateStore.url],
    ['tickStore.url', tickStore.url],
    ['archive.url', archive.url],
  ] as const;
  return urls.flatMap(([field, url]) => {
    const at = url.startsWith('s3:') ? (new URL(url).searchParams.get('endpoint') ?? '') : url;
    const [, scheme = '', list = ''] = ADDRESSES.exec(at) ?? [];
    const usual = PORTS[scheme];
    if (usual === undefined) return [];
    const [first = { host: '', port: usual }, ...others] = list.split(',').map((address) => {
      const [, host = '', port] = /^(.*?)(?::(\d+))?$/.exec(address) ?? [];
      return { host, port: port === undefined ? usual : Number(port) };
    });
    return [{ field, url, ...first, others }];
  });
}

/** @returns those of the servers that nothing answers at, nor at any other of their list */
export async function silentEngines(config: Urls): Promise<readonly EnginePlace[]> {
  const places = enginePlaces(config);
  const answers = await Promise.all(
    places.map(({ host, port, others }) =>
      Promise.all([{ host, port }, ...others].map((at) => acceptsConnections(at))),
    ),
  );
  return places.filter((_, index) => answers[index]?.includes(true) !== true);
}

/** Where it is, without its secrets. */
export const shownPlace = ({ field, url }: EnginePlace): string => `${field} ${shownUrl(url)}`;
