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
}

const BROKER = /^[A-Za-z0-9.-]+:\d{1,5}$/;
const OPTIONS = ['prefix', 'replicas'];
const REPLICAS_MAX = 9;
const REMEDY =
  'Write kafka://host:9092 or kafka://host:9092,other:9092 (kafkas:// for TLS), with ?prefix=ats- ' +
  'for the names of topics and groups and &replicas=3 for the copies of new topics.';

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
  return { brokers, prefix, replicas, tls: scheme.toLowerCase() === 'kafkas' };
}
