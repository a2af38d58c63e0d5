import { AtsError } from '@ats/domain';
import { fluxString, HttpError, InfluxDB } from '@influxdata/influxdb-client';
import { fluxMissing } from './influx-flux.ts';
import { MEASUREMENTS } from './influx-lines.ts';
import { type InfluxPlace, influxPlace } from './influx-place.ts';

export interface InfluxSetUpOptions {
  /** As of the tick store; its token must be allowed to write buckets and tasks. */
  readonly url: string;
  /** How long ticks and bars are kept, milliseconds; 0 for ever. */
  readonly ticksMs: number;
  readonly barsMs: number;
}

export interface InfluxSetUp {
  readonly organisation: string;
  readonly bucket: string;
  readonly barsBucket: string;
  /** Names of the tasks, and of what had to be made: buckets and tasks. */
  readonly tasks: readonly string[];
  readonly made: readonly string[];
}

interface Named {
  readonly id: string;
  readonly name: string;
}

const BARS = '_bars_1m';
/** Bars of the newest minutes are made again each minute, so that what came late is in them. */
const AGAIN = '5m';
/** What bars are made of: the first, highest, lowest and last of these fields. */
const PRICES = [
  { kind: 'quote', fields: ['bid', 'ask'] },
  { kind: 'trade', fields: ['price'] },
] as const;
const POINTS = { open: 'first', high: 'max', low: 'min', close: 'last' };

/** The task that thins one kind of ticks: bars of a minute, by venue and instrument. */
function barsFlux(place: InfluxPlace, { kind, fields }: (typeof PRICES)[number]): string {
  const { name } = MEASUREMENTS[kind];
  const into = (source: string, fn: string, field: string): string =>
    [
      `${source}`,
      `|> aggregateWindow(every: 1m, fn: ${fn}, createEmpty: false, timeSrc: "_start")`,
      `|> set(key: "_field", value: ${fluxString(field)})`,
      `|> set(key: "_measurement", value: ${fluxString(`${name}_bar`)})`,
      `|> to(bucket: ${fluxString(place.bucket + BARS)}, org: ${fluxString(place.organisation)})`,
    ].join('\n  ');
  const series = (field: string): string => `ticks(field: ${fluxString(field)})`;
  const prices = fields.flatMap((field) =>
    Object.entries(POINTS).map(([point, fn]) => into(series(field), fn, `${field}_${point}`)),
  );
  const volume =
    kind === 'trade'
      ? [into(series('size'), 'sum', 'volume'), into(series('size'), 'count', 'trades')]
      : [];
  return [
    'import "date"',
    `option task = {name: ${fluxString(`${name}_bars`)}, every: 1m, offset: 10s}`,
    'stop = date.truncate(t: now(), unit: 1m)',
    `start = date.sub(d: ${AGAIN}, from: stop)`,
    `ticks = (field) => from(bucket: ${fluxString(place.bucket)})`,
    '  |> range(start: start, stop: stop)',
    `  |> filter(fn: (r) => r._measurement == ${fluxString(name)} and r._field == field)`,
    ...[...prices, ...volume],
  ].join('\n');
}

/** Makes a bucket's and its bars' retention, and the tasks that thin ticks, as they are told. */
class SetUp {
  private readonly place: InfluxPlace;
  private readonly client: InfluxDB;
  private readonly made: string[] = [];

  constructor(url: string) {
    this.place = influxPlace(url);
    this.client = new InfluxDB({ url: this.place.url, token: this.place.token });
  }

  async run({ ticksMs, barsMs }: InfluxSetUpOptions): Promise<InfluxSetUp> {
    const { organisation, bucket } = this.place;
    const missing = await fluxMissing('buckets and tasks cannot be set up', this.place);
    if (missing !== undefined) throw missing;
    const orgID = await this.organisationId();
    await this.keepFor(orgID, bucket, ticksMs);
    await this.keepFor(orgID, bucket + BARS, barsMs);
    const tasks: string[] = [];
    for (const one of PRICES) tasks.push(await this.task(orgID, one));
    const { made } = this;
    return { organisation, bucket, barsBucket: bucket + BARS, tasks, made };
  }

  private async organisationId(): Promise<string> {
    const { organisation: org } = this.place;
    const { orgs = [] } = await this.call<{ orgs?: Named[] }>('GET', '/orgs', { org });
    const [found] = orgs;
    if (found !== undefined) return found.id;
    throw this.failed(new Error(`there is no organisation "${org}"`));
  }

  private async keepFor(orgID: string, name: string, ms: number): Promise<void> {
    const everySeconds = Math.ceil(ms / 1000);
    const retentionRules = everySeconds === 0 ? [] : [{ type: 'expire', everySeconds }];
    const query = { orgID, name };
    const { buckets = [] } = await this.call<{ buckets?: Named[] }>('GET', '/buckets', query);
    const [found] = buckets;
    if (found !== undefined) {
      await this.call('PATCH', `/buckets/${found.id}`, {}, { retentionRules });
      return;
    }
    await this.call('POST', '/buckets', {}, { orgID, name, retentionRules });
    this.made.push(name);
  }

  private async task(orgID: string, prices: (typeof PRICES)[number]): Promise<string> {
    const name = `${MEASUREMENTS[prices.kind].name}_bars`;
    const flux = barsFlux(this.place, prices);
    const { tasks = [] } = await this.call<{ tasks?: Named[] }>('GET', '/tasks', { orgID, name });
    const [found] = tasks;
    if (found === undefined) {
      await this.call('POST', '/tasks', {}, { orgID, flux, status: 'active' });
      this.made.push(name);
    } else await this.call('PATCH', `/tasks/${found.id}`, {}, { flux, status: 'active' });
    return name;
  }

  private async call<Answer>(
    method: 'GET' | 'POST' | 'PATCH',
    path: string,
    query: Readonly<Record<string, string>>,
    body?: object,
  ): Promise<Answer> {
    try {
      return (await this.client.transport.request(
        `/api/v2${path}?${new URLSearchParams(query)}`,
        body === undefined ? '' : JSON.stringify(body),
        { method, headers: { 'content-type': 'application/json' } },
      )) as Answer;
    } catch (cause) {
      // What is looked for by its name and is not there is a list of none.
      if (method === 'GET' && cause instanceof HttpError && cause.statusCode === 404) {
        return {} as Answer;
      }
      throw this.failed(cause);
    }
  }

  private failed(cause: unknown): AtsError {
    const { name } = this.place;
    const why = cause instanceof Error ? cause.message : String(cause);
    return new AtsError({
      code: 'STORAGE_UNAVAILABLE',
      message: `buckets and tasks cannot be set up at ${name}: ${why}`,
      remedy:
        'It takes InfluxDB 2 and a token that may write buckets and tasks of its organisation.',
      context: { field: 'tickStore.url', value: name },
      cause,
    });
  }
}

/**
 * Makes what InfluxDB 2 keeps ticks in, or changes it to what is asked: the bucket, a second one
 * with bars of a minute, how long each keeps, and the tasks that make the bars.
 * @throws STORAGE_URL_INVALID, STORAGE_UNAVAILABLE
 */
export function setUpInflux(options: InfluxSetUpOptions): Promise<InfluxSetUp> {
  return new SetUp(options.url).run(options);
}
