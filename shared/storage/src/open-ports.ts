import { AtsError } from '@ats/domain';
import type { Clock, Logger, Metrics, Timers, Tracer } from '@ats/runtime';
import { openFileArchive } from './archive/file-archive.ts';
import { openS3Archive } from './archive/s3-archive.ts';
import { s3Place } from './archive/s3-place.ts';
import type { Archive } from './archive.ts';
import { kafkaPlace } from './event-log/kafka-place.ts';
import { openLmdbEventLog } from './event-log/lmdb-event-log.ts';
import { openKafkaEventLog } from './event-log/open-kafka.ts';
import { tracedEventLog } from './event-log/traced-event-log.ts';
import type { EventLog } from './event-log.ts';
import { openMemoryMarketBus } from './market-bus/memory-market-bus.ts';
import { openRedisMarketBus } from './market-bus/redis-market-bus.ts';
import { REDIS_SCHEMES, redisPlace } from './market-bus/redis-place.ts';
import type { MarketBus } from './market-bus.ts';
import { tellDisks, tellHealth } from './port-metrics.ts';
import type { DurablePorts, Ports } from './ports.ts';
import { shownUrl } from './shown-url.ts';
import { dynamoPlace } from './state-store/dynamo-place.ts';
import { openDynamoStateStore } from './state-store/dynamo-state-store.ts';
import { openLmdbStateStore } from './state-store/lmdb-state-store.ts';
import type { StateStore } from './state-store.ts';
import type { BatchLimits } from './tick-store/batch-writer.ts';
import { influxPlace } from './tick-store/influx-place.ts';
import { openInfluxTickStore } from './tick-store/influx-tick-store.ts';
import type { SpoolPlace } from './tick-store/line-spool.ts';
import { openParquetTickStore } from './tick-store/parquet-tick-store.ts';
import type { TickStore } from './tick-store.ts';

export interface PortsConfig {
  readonly bus: { readonly url: string };
  readonly tickStore: { readonly url: string; readonly spool?: SpoolPlace } & Partial<BatchLimits>;
  readonly eventLog: {
    readonly url: string;
    readonly queueMax?: number;
    readonly queueBytesMax?: number;
  };
  readonly stateStore: { readonly url: string; readonly queueMax?: number };
  readonly archive: { readonly url: string };
}

export interface PortsOptions {
  readonly config: PortsConfig;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Takes a span of each record of the log whose trace is kept. */
  readonly tracer?: Tracer;
}

/** The ports of one process, and their end. */
export interface OpenPorts extends Ports, DurablePorts {
  /**
   * Closes every port that was opened, the last opened first.
   * @throws the first failure, after all were closed: what a store could not write is lost.
   */
  close(): Promise<void>;
}

type AnyPort = MarketBus | TickStore | EventLog | StateStore | Archive;
type Open<Port> = () => Promise<Port>;

/** @returns the scheme of a URL in lower case, without its colon; empty when it has none. */
function schemeOf(url: string): string {
  return /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase() ?? '';
}

function unknownScheme(field: string, url: string, known: readonly string[]): AtsError {
  const scheme = schemeOf(url);
  const shown = shownUrl(url);
  const why = scheme === '' ? 'has no scheme' : `has the unknown scheme "${scheme}:"`;
  return new AtsError({
    code: 'STORAGE_URL_INVALID',
    message: `${field}: "${shown}" ${why}`,
    remedy: `Write one of ${known.join(', ')}.`,
    context: { field, value: shown },
  });
}

function marketBusOpener({ config, ...tools }: PortsOptions): Open<MarketBus> {
  const { url } = config.bus;
  const scheme = schemeOf(url);
  if (scheme === 'memory') return () => Promise.resolve(openMemoryMarketBus(tools));
  if (!REDIS_SCHEMES.includes(scheme)) {
    throw unknownScheme('bus.url', url, [
      'memory:',
      'redis://host:port',
      'rediss://host:port',
      'redis+unix:///path',
      'redis+sentinel://host:port?master=NAME',
      'redis+cluster://host:port',
    ]);
  }
  redisPlace(url);
  return () => openRedisMarketBus({ url, ...tools });
}

const pathOf = (url: string): string =>
  decodeURIComponent(url.slice(url.indexOf(':') + 1).replace(/^\/\/(?=\/)/, ''));

/** The folder of a URL such as `lmdb:./data/log`. @throws STORAGE_URL_INVALID when it has none */
function folderOf(options: { url: string; field: string; example: string }): string {
  const { url, field, example } = options;
  const folder = pathOf(url);
  if (folder !== '') return folder;
  throw new AtsError({
    code: 'STORAGE_URL_INVALID',
    message: `${field}: "${url}" names no folder`,
    remedy: `Write ${example}, or another folder.`,
    context: { field, value: url },
  });
}

function tickStoreOpener({ config, ...tools }: PortsOptions): Open<TickStore> {
  const { url, spool, ...limits } = config.tickStore;
  const options = { ...limits, ...tools };
  switch (schemeOf(url)) {
    case 'parquet': {
      const example = 'parquet:./data/ticks';
      const folder = folderOf({ url, field: 'tickStore.url', example });
      return () => openParquetTickStore({ folder, ...options });
    }
    case 'influxdb':
    case 'influxdbs':
      influxPlace(url);
      return () => {
        const kept = spool === undefined ? {} : { spool };
        return openInfluxTickStore({ url, ...kept, ...options });
      };
    default:
      throw unknownScheme('tickStore.url', url, [
        'parquet:./folder',
        'influxdb://host:port/organisation/bucket?token=...',
        'influxdbs://host:port/organisation/bucket?token=...',
      ]);
  }
}

function eventLogOpener({ config, ...tools }: PortsOptions): Open<EventLog> {
  const { url, ...limits } = config.eventLog;
  const field = 'eventLog.url';
  switch (schemeOf(url)) {
    case 'lmdb': {
      const folder = folderOf({ url, field, example: 'lmdb:./data/log' });
      return () => openLmdbEventLog({ folder, ...limits, ...tools });
    }
    case 'kafka':
    case 'kafkas':
      kafkaPlace(url);
      return () => openKafkaEventLog({ url, ...limits, ...tools });
    default:
      throw unknownScheme(field, url, ['lmdb:./folder', 'kafka://host:port', 'kafkas://host:port']);
  }
}

function tracedOpener(
  { tracer, clock }: Pick<PortsOptions, 'tracer' | 'clock'>,
  open: Open<EventLog>,
): Open<EventLog> {
  if (tracer?.on !== true) return open;
  return async () => tracedEventLog(await open(), { tracer, clock });
}

function stateStoreOpener({ config, ...tools }: PortsOptions): Open<StateStore> {
  const { url, ...limits } = config.stateStore;
  const field = 'stateStore.url';
  switch (schemeOf(url)) {
    case 'lmdb': {
      const folder = folderOf({ url, field, example: 'lmdb:./data/state' });
      return () => openLmdbStateStore({ folder, ...limits, ...tools });
    }
    case 'dynamodb':
    case 'dynamodb+http':
    case 'dynamodb+https':
      dynamoPlace(url);
      return () => openDynamoStateStore({ url, ...limits, ...tools });
    default:
      throw unknownScheme(field, url, [
        'lmdb:./folder',
        'dynamodb://region',
        'dynamodb+http://host:port',
      ]);
  }
}

function archiveOpener({ config, ...tools }: PortsOptions): Open<Archive> {
  const { url } = config.archive;
  const field = 'archive.url';
  switch (schemeOf(url)) {
    case 'file': {
      const folder = folderOf({ url, field, example: 'file:./data/audit' });
      return () => openFileArchive({ folder, ...tools });
    }
    case 's3':
      s3Place(url);
      return () => openS3Archive({ url, ...tools });
    default:
      throw unknownScheme(field, url, ['file:./folder', 's3://bucket/prefix?region=...']);
  }
}

/** Where the ports of this machine keep their files, by port. */
function foldersOf(config: PortsConfig): ReadonlyMap<string, string> {
  const local = Object.entries(config).flatMap(([field, place]) => {
    const { url } = (place ?? {}) as { readonly url?: string };
    if (url === undefined || !/^(lmdb|parquet|file):/i.test(url)) return [];
    return [[field, pathOf(url)] as const];
  });
  return new Map(local);
}

/**
 * Chooses the adapter of each port by its URL. The URLs are checked now; a port is opened when it
 * is first asked for, and once only. A port that failed to open is tried again when asked again.
 *
 * @throws STORAGE_URL_INVALID
 */
export function openPorts(options: PortsOptions): OpenPorts {
  const opened: Promise<{ close(): Promise<void> }>[] = [];
  let closed = false;
  const tell = tellHealth(options.metrics);
  const forgetDisks = tellDisks(foldersOf(options.config), options);
  const once = <Port extends AnyPort>(name: keyof PortsConfig, open: Open<Port>): Open<Port> => {
    let current: Promise<Port> | undefined;
    return () => {
      if (closed) return Promise.reject(closedError());
      if (current === undefined) {
        const attempt = open();
        current = attempt;
        opened.push(attempt);
        attempt.then(
          (port) => tell(name, port),
          () => {
            current = undefined;
            opened.splice(opened.indexOf(attempt), 1);
          },
        );
      }
      return current;
    };
  };
  return {
    marketBus: once('bus', marketBusOpener(options)),
    tickStore: once('tickStore', tickStoreOpener(options)),
    eventLog: once('eventLog', tracedOpener(options, eventLogOpener(options))),
    stateStore: once('stateStore', stateStoreOpener(options)),
    archive: once('archive', archiveOpener(options)),
    async close() {
      closed = true;
      forgetDisks();
      const failures: unknown[] = [];
      for (const port of opened.splice(0).reverse()) {
        const ready = await port.catch(() => undefined);
        await ready?.close().catch((error: unknown) => failures.push(error));
      }
      if (failures.length > 0) throw failures[0];
    },
  };
}

function closedError(): AtsError {
  return new AtsError({ code: 'STORAGE_UNAVAILABLE', message: 'the storage ports are closed' });
}
