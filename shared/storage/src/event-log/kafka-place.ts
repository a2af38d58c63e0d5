import { AtsError } from '@ats/domain';
import { shownUrl } from '../shown-url.ts';

/** Where a Kafka cluster is. */
export interface KafkaPlace {
  /** `host:port` of some brokers; they name the others. */
  readonly brokers: readonly string[];
  /** What the names of topics and groups begin with. */
  readonly prefix: string;
  /** Copies of each partition of a topic that is made; undefined leaves it to the brokers. */
  readonly replicas: number | undefined;
  readonly tls: boolean;
  /** After how long without a heartbeat a process's partitions go to others; undefined: 10 s. */
  readonly sessionMs: number | undefined;
}

const BROKER = /^[A-Za-z0-9.-]+:\d{1,5}$/;
const OPTIONS = ['prefix', 'replicas', 'sessionMs'];
/** Brokers take no less, unless told (`group.min.session.timeout.ms`). */
const SESSION_MS = { min: 6000, max: 300_000 };
const REPLICAS_MAX = 9;
const REMEDY =
  'Write kafka://host:9092 or kafka://host:9092,other:9092 (kafkas:// for TLS), with ?prefix=ats- ' +
  'for the names of topics and groups, &replicas=3 for the copies of new topics and &sessionMs=10000 ' +
  'for how long a process may be silent.';

function invalid(url: string, why: string): AtsError {
  const value = shownUrl(url);
  return new AtsError({
    code: 'STORAGE_URL_INVALID',
    message: `eventLog.url: "${value}" ${why}`,
    remedy: REMEDY,
    context: { field: 'eventLog.url', value },
  });
}

/** Reads `kafka://host:port,host:port?prefix=...`. @throws STORAGE_URL_INVALID */
export function kafkaPlace(url: string): KafkaPlace {
  const match = /^(kafkas?):\/\/([^/?#]*)\/?(?:\?(.*))?$/i.exec(url);
  if (match === null) throw invalid(url, 'is not a place of Kafka');
  const [, scheme = '', hosts = '', query = ''] = match;
  const brokers = hosts.split(',');
  if (!brokers.every((broker) => BROKER.test(broker))) throw invalid(url, 'names no host:port');
  const options = new URLSearchParams(query);
  const unknown = [...options.keys()].find((key) => !OPTIONS.includes(key));
  if (unknown !== undefined) throw invalid(url, `has the unknown option "${unknown}"`);
  const prefix = options.get('prefix') ?? '';
  if (!/^[A-Za-z0-9._-]{0,100}$/.test(prefix)) throw invalid(url, 'has a prefix no topic can have');
  const copies = options.get('replicas');
  const replicas = copies === null ? undefined : Number(copies);
  if (replicas !== undefined && !(replicas >= 1 && replicas <= REPLICAS_MAX)) {
    throw invalid(url, `has replicas that are not 1 to ${REPLICAS_MAX}`);
  }
  const session = options.get('sessionMs');
  const sessionMs = session === null ? undefined : Number(session);
  if (sessionMs !== undefined && !(sessionMs >= SESSION_MS.min && sessionMs <= SESSION_MS.max)) {
    throw invalid(url, `has sessionMs that are not ${SESSION_MS.min} to ${SESSION_MS.max}`);
  }
  return { brokers, prefix, replicas, sessionMs, tls: scheme.toLowerCase() === 'kafkas' };
}
