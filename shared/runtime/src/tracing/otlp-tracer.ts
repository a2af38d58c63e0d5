import { randomBytes } from 'node:crypto';
import type { SpanKind as WireKind } from '@opentelemetry/api';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import type { Logger } from '../logger.ts';
import type { Counter, Metrics } from '../metrics.ts';
import { ATS_VERSION } from '../version.ts';
import { isKept, isSampled, spanIdOf, traceIdOf } from './trace-context.ts';
import { type FinishedSpan, NO_TRACER, type SpanKind, type Tracer } from './tracer.ts';

export interface TracingConfig {
  /** Empty when spans go nowhere. */
  readonly endpoint: string;
  readonly headers: string;
  readonly sampleRatio: number;
  readonly queueSpans: number;
}

/** The tracers of one process, and their way out. */
export interface Tracing {
  /** That of one service: it names itself with every span. */
  of(service: string): Tracer;
  /** Sends what waits, for as long as an export may take. Never rejects. */
  close(): Promise<void>;
}

export const NO_TRACING: Tracing = { of: () => NO_TRACER, close: () => Promise.resolve() };

export interface TracingOptions {
  readonly config: TracingConfig;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** How often a batch goes out, and how long it may take. */
const BATCH_MS = 1000;
const EXPORT_MS = 3000;
const BATCH_SPANS = 512;

/** The numbers of OTLP. Source: opentelemetry-proto, trace.proto, less one as the SDK counts. */
const KINDS: Readonly<Record<SpanKind, WireKind>> = {
  internal: 0,
  server: 1,
  client: 2,
  producer: 3,
  consumer: 4,
};
const STATUS = { unset: 0, error: 2 } as const;

/** Spans to an OpenTelemetry collector, OTLP over HTTP. The SDK is only loaded here. */
export async function openTracing(options: TracingOptions): Promise<Tracing> {
  const { config } = options;
  const queue = new SpanQueue(options);
  if (config.endpoint === '') return NO_TRACING;
  const [{ BatchSpanProcessor }, { OTLPTraceExporter }, { resourceFromAttributes }] =
    await Promise.all([
      import('@opentelemetry/sdk-trace'),
      import('@opentelemetry/exporter-trace-otlp-proto'),
      import('@opentelemetry/resources'),
    ]);
  const exporter = new OTLPTraceExporter({
    url: tracesUrl(config.endpoint),
    headers: headersOf(config.headers),
    timeoutMillis: EXPORT_MS,
  });
  const processor = new BatchSpanProcessor({
    exporter: queue.counted(exporter),
    // What may wait is decided here, where it is counted.
    maxQueueSize: config.queueSpans,
    maxExportBatchSize: Math.min(BATCH_SPANS, config.queueSpans),
    scheduledDelayMillis: BATCH_MS,
    // The exporter gives up first, and says what became of the batch.
    exportTimeoutMillis: 2 * EXPORT_MS,
  });
  return {
    of(service) {
      const resource = resourceFromAttributes({
        'service.name': service,
        'service.namespace': 'ats',
        'service.version': ATS_VERSION,
      });
      const scope = { name: 'ats', version: ATS_VERSION };
      return {
        on: true,
        record(span) {
          if (!isSampled(span.traceparent) || !queue.takes()) return;
          processor.onEnd(readable(span, resource, scope));
        },
        follow: (parent, keep) => follow(parent, keep, config.sampleRatio),
      };
    },
    async close() {
      await processor.shutdown().catch(() => undefined);
      // Where a batch failed the exporter was left with what it still has on its way.
      await exporter.shutdown().catch(() => undefined);
    },
  };
}

/** Ids are of this machine's randomness: seeds are the same in every process. */
function follow(parent: string | undefined, keep: boolean, ratio: number): string {
  const spanId = randomBytes(8).toString('hex');
  const traceId = parent === undefined ? randomBytes(16).toString('hex') : traceIdOf(parent);
  const kept = keep || (parent === undefined ? isKept(traceId, ratio) : isSampled(parent));
  return `00-${traceId}-${spanId}-${kept ? '01' : '00'}`;
}

/** OTLP over HTTP has one path for traces; a whole URL is taken as it is. */
const tracesUrl = (endpoint: string): string =>
  new URL(endpoint).pathname === '/' ? new URL('/v1/traces', endpoint).href : endpoint;

/** `name=value` with commas between, as OTEL_EXPORTER_OTLP_HEADERS has them. */
const headersOf = (text: string): Record<string, string> =>
  Object.fromEntries(
    text
      .split(',')
      .filter((pair) => pair.includes('='))
      .map((pair) => {
        const at = pair.indexOf('=');
        return [pair.slice(0, at).trim(), decodeURIComponent(pair.slice(at + 1).trim())];
      }),
  );

/** Counts what waits and what became of it. */
class SpanQueue {
  private readonly max: number;
  private readonly spans: Counter<'result'>;
  private readonly logger: Logger;
  private waiting = 0;
  private failing = false;

  constructor({ config, metrics, logger }: TracingOptions) {
    this.max = config.queueSpans;
    this.logger = logger;
    this.spans = metrics.counter({
      name: 'ats_runtime_spans_total',
      help: 'Spans exported, dropped since too many waited, or not taken by the collector.',
      labels: ['result'],
    });
    for (const result of ['exported', 'dropped', 'failed']) this.spans.add({ result }, 0);
  }

  takes(): boolean {
    if (this.waiting < this.max) {
      this.waiting += 1;
      return true;
    }
    this.spans.add({ result: 'dropped' });
    return false;
  }

  counted(exporter: SpanExporter): SpanExporter {
    return {
      export: (spans, done) => {
        this.waiting -= spans.length;
        exporter.export(spans, (result) => {
          this.tell(spans.length, result.error);
          done(result);
        });
      },
      shutdown: () => exporter.shutdown(),
    };
  }

  private tell(count: number, error: Error | undefined): void {
    const failed = error !== undefined;
    this.spans.add({ result: failed ? 'failed' : 'exported' }, count);
    if (failed && !this.failing) {
      const fields = { error: error.message };
      this.logger.warn('tracing.export_failed', 'the collector takes no spans', fields);
    }
    this.failing = failed;
  }
}

const timeOf = (us: number): [number, number] => [Math.floor(us / 1e6), (us % 1e6) * 1000];

const contextOf = (traceparent: string, isRemote: boolean) => ({
  traceId: traceIdOf(traceparent),
  spanId: spanIdOf(traceparent),
  traceFlags: 1,
  isRemote,
});

/** As the SDK's own spans look when they have ended. */
function readable(
  span: FinishedSpan,
  resource: ReadableSpan['resource'],
  instrumentationScope: ReadableSpan['instrumentationScope'],
): ReadableSpan {
  const { name, kind = 'internal', parent, startUs, attributes = {}, events = [], error } = span;
  const endUs = Math.max(startUs, span.endUs);
  const context = contextOf(span.traceparent, false);
  const failed = error !== undefined && error !== 'ok';
  const told = failed ? { ...attributes, 'error.type': error } : attributes;
  return {
    name,
    kind: KINDS[kind],
    spanContext: () => context,
    ...(parent === undefined ? {} : { parentSpanContext: contextOf(parent, kind === 'server') }),
    startTime: timeOf(startUs),
    endTime: timeOf(endUs),
    duration: timeOf(endUs - startUs),
    status: failed ? { code: STATUS.error, message: error } : { code: STATUS.unset },
    attributes: Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined)),
    events: events.map(({ name: event, atUs }) => ({ name: event, time: timeOf(atUs) })),
    links: [],
    ended: true,
    resource,
    instrumentationScope,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}
