import {
  type Clock,
  type Entry,
  enter,
  isTraceparent,
  NO_TRACER,
  type Tracer,
  traceIdOf,
} from '@ats/runtime';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

export interface SpanTools {
  readonly tracer?: Tracer | undefined;
  readonly clock: Clock;
}

interface OpenSpan extends Entry {
  readonly startUs: number;
}

/** Where a request stands in its trace: as its sender said, or in a span of its own. */
export class RequestSpans {
  private readonly tracer: Tracer;
  private readonly clock: Clock;
  private readonly open = new WeakMap<FastifyRequest, OpenSpan>();

  constructor({ tracer = NO_TRACER, clock }: SpanTools) {
    this.tracer = tracer;
    this.clock = clock;
  }

  /** What changes orders is kept, whatever part of other requests is. */
  follow(app: FastifyInstance): void {
    const { tracer, clock, open } = this;
    if (!tracer.on) return;
    app.addHook('onRequest', async (request, reply) => {
      const keep = request.method !== 'GET' && request.url.startsWith('/orders');
      const entry = enter(tracer, headerOf(request), keep);
      open.set(request, { ...entry, startUs: clock.nowUs() });
      reply.header('x-trace-id', traceIdOf(entry.own));
    });
    app.addHook('onResponse', async (request, reply) => this.end(request, reply));
  }

  /** @returns undefined where nothing is traced and the sender gave none */
  contextOf(request: FastifyRequest): string | undefined {
    return this.open.get(request)?.own ?? headerOf(request);
  }

  private end(request: FastifyRequest, reply: FastifyReply): void {
    const span = this.open.get(request);
    if (span === undefined) return;
    const { own, parent, startUs } = span;
    const route = request.routeOptions?.url;
    const status = reply.statusCode;
    this.tracer.record({
      name: route === undefined ? request.method : `${request.method} ${route}`,
      kind: 'server',
      traceparent: own,
      parent,
      startUs,
      endUs: this.clock.nowUs(),
      attributes: {
        'http.request.method': request.method,
        'http.route': route,
        'http.response.status_code': status,
        'ats.correlation_id': request.id,
      },
      error: status >= 500 ? String(status) : undefined,
    });
  }
}

function headerOf({ headers }: FastifyRequest): string | undefined {
  const header = headers['traceparent'];
  return typeof header === 'string' && isTraceparent(header) ? header : undefined;
}
