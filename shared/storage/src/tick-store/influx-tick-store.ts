import { AtsError } from '@ats/domain';
import { HttpError, InfluxDB, type QueryApi } from '@influxdata/influxdb-client';
import type { Tick, TickQuery, TickStore } from '../tick-store.ts';
import { type Aside, BATCH_DEFAULTS, BatchWriter, type TickStoreOptions } from './batch-writer.ts';
import { fluxMissing } from './influx-flux.ts';
import { ArrivalDigits, tickLine } from './influx-lines.ts';
import { type InfluxPlace, influxPlace } from './influx-place.ts';
import { scanInflux } from './influx-scan.ts';
import { LineSpool, type SpoolPlace } from './line-spool.ts';
import { isStorable, type TickOf } from './tick-table.ts';

export interface InfluxTickStoreOptions extends TickStoreOptions {
  /** `influxdb://host:port/organisation/bucket?token=...`; `influxdbs://` for TLS. */
  readonly url: string;
  /** How long one request may take. */
  readonly timeoutMs?: number;
  /** Where ticks wait on the disk while the server is away; without it they wait in memory. */
  readonly spool?: SpoolPlace;
}

const TIMEOUT_MS = 10_000;
/** Statuses by which the server says that these points will never be taken. */
const REFUSALS = [400, 413, 422];

class InfluxTickStore implements TickStore {
  private readonly place: InfluxPlace;
  private readonly client: InfluxDB;
  private readonly query: QueryApi;
  private readonly writePath: string;
  private readonly batches: BatchWriter;
  private readonly digits = new ArrivalDigits();
  private readonly spool: LineSpool | undefined;
  private lines: { readonly batch: readonly Tick[]; readonly body: string } | undefined;

  constructor(options: InfluxTickStoreOptions, place: InfluxPlace, spool: LineSpool | undefined) {
    this.place = place;
    this.spool = spool;
    const timeout = options.timeoutMs ?? TIMEOUT_MS;
    this.client = new InfluxDB({ url: place.url, token: place.token, timeout });
    this.query = this.client.getQueryApi(place.organisation);
    const { organisation: org, bucket } = place;
    this.writePath = `/api/v2/write?${new URLSearchParams({ org, bucket, precision: 'ns' })}`;
    this.batches = new BatchWriter({
      store: 'influxdb',
      write: (batch) => this.write(batch),
      batchMax: options.batchSize ?? BATCH_DEFAULTS.batchSize,
      ...(spool === undefined ? {} : { aside: this.asideOn(spool) }),
      options,
    });
  }

  append(tick: Tick): boolean {
    return isStorable(tick) ? this.batches.append(tick) : this.batches.refuse();
  }

  flush(): Promise<void> {
    return this.batches.flush();
  }

  async *scan<Kind extends Tick['kind']>(
    query: TickQuery<Kind>,
  ): AsyncIterable<readonly TickOf<Kind>[]> {
    try {
      yield* scanInflux(query, { api: this.query, bucket: this.place.bucket });
    } catch (cause) {
      const missing = await fluxMissing('ticks cannot be read', this.place, cause);
      throw missing ?? this.failed('read', cause);
    }
  }

  health(): { readonly ok: boolean; readonly reason: string } {
    return this.batches.health();
  }

  async close(): Promise<void> {
    try {
      await this.batches.close();
    } finally {
      this.spool?.close();
    }
  }

  private asideOn(spool: LineSpool): Aside {
    return {
      get ticks() {
        return spool.ticks;
      },
      get bytes() {
        return spool.bytes;
      },
      keep: (batch) => spool.keep({ lines: this.linesOf(batch), ticks: batch.length }),
      writeOldest: async () => {
        await this.send(await spool.oldest());
        return spool.drop();
      },
      dropOldest: () => spool.drop(),
    };
  }

  private async write(batch: readonly Tick[]): Promise<void> {
    await this.send(this.linesOf(batch));
    this.lines = undefined;
  }

  /** The same lines again on a retry: points that were written the first time stay one. */
  private linesOf(batch: readonly Tick[]): string {
    if (this.lines?.batch !== batch) this.lines = { batch, body: this.bodyOf(batch) };
    return this.lines.body;
  }

  private async send(lines: string): Promise<void> {
    try {
      await this.client.transport.request(this.writePath, lines, {
        method: 'POST',
        headers: { 'content-type': 'text/plain; charset=utf-8' },
      });
    } catch (cause) {
      throw this.failed('written', cause);
    }
  }

  private bodyOf(batch: readonly Tick[]): string {
    const lines: string[] = [];
    for (const tick of batch) {
      const nanoseconds = this.digits.nanoseconds(tick.receivedAtUs);
      if (nanoseconds === undefined) this.batches.refuse();
      else lines.push(tickLine(tick, nanoseconds));
    }
    return lines.join('\n');
  }

  private failed(what: 'read' | 'written', cause: unknown): AtsError {
    const status = cause instanceof HttpError ? cause.statusCode : undefined;
    const why = cause instanceof Error ? cause.message : String(cause);
    return new AtsError({
      code: 'STORAGE_UNAVAILABLE',
      message: `ticks cannot be ${what} at ${this.place.name}: ${why}`,
      remedy: 'See that InfluxDB 2 runs there and that the token may use the bucket.',
      retry: status !== undefined && REFUSALS.includes(status) ? 'never' : 'safe',
      context: { field: 'tickStore.url', value: this.place.name, status },
      cause,
    });
  }
}

/**
 * Ticks in InfluxDB 2, and in InfluxDB 3 but for `scan`: a measurement for each kind, such as
 * `ats_quote`, tagged by venue and instrument. The server need not be there yet: ticks wait in the
 * queue, and on the disk.
 *
 * @throws STORAGE_URL_INVALID, STORAGE_UNAVAILABLE when the folder of the spool cannot be used
 */
export async function openInfluxTickStore(options: InfluxTickStoreOptions): Promise<TickStore> {
  const place = influxPlace(options.url);
  const spool = options.spool === undefined ? undefined : await LineSpool.open(options.spool);
  return new InfluxTickStore(options, place, spool);
}
