import type { Clock } from '../clock.ts';
import type { Tracer } from '../tracing/tracer.ts';
import type { LazyCallContext } from './call-context.ts';
import type { Methods } from './definitions.ts';
import { codeOf } from './dependencies.ts';
import type { DuplexHandler, UnaryHandler } from './direct.ts';
import type { ServerStream } from './directory.ts';
import type { RpcMetrics } from './rpc-metrics.ts';
import type { StreamHandler } from './served-stream.ts';
import { type CallSpan, callSpan } from './traced-calls.ts';

type Handlers = Readonly<Record<string, unknown>>;

interface Measured {
  readonly service: string;
  readonly method: string;
  readonly measures: RpcMetrics;
  readonly clock: Clock;
  readonly tracer: Tracer;
}

/**
 * The handlers of a service with rate, errors and duration of every method, whoever calls and
 * whichever way. Streams count when they open and end: never a message.
 */
export function measuredHandlers(
  served: { readonly service: string; readonly methods: Methods; readonly handlers: Handlers },
  tools: Pick<Measured, 'measures' | 'clock' | 'tracer'>,
): Handlers {
  const { service, methods, handlers } = served;
  const entries = Object.entries(methods).map(([method, { requestStream, responseStream }]) => {
    const of = { service, method, ...tools };
    const handler = handlers[method];
    if (handler === undefined) return [method, undefined] as const;
    of.measures.served.add({ service, method, result: 'ok' }, 0);
    if (requestStream) return [method, duplex(handler as DuplexHandler, of)] as const;
    if (responseStream) return [method, serverStream(handler as StreamHandler, of)] as const;
    return [method, unary(handler as UnaryHandler, of)] as const;
  });
  return Object.fromEntries(entries);
}

function unary(handler: UnaryHandler, { clock, measures, tracer, ...of }: Measured): UnaryHandler {
  return (request, context: LazyCallContext) => {
    const startedAtUs = clock.nowUs();
    const span = tracer.on ? servedSpan(context, { clock, tracer, ...of }) : undefined;
    const done = (result: string): void => {
      const seconds = (clock.nowUs() - startedAtUs) / 1e6;
      measures.served.add({ ...of, result });
      measures.servedSeconds.observe(of, seconds, context.traceparent);
      span?.end(result);
    };
    let answer: object | Promise<object>;
    try {
      answer = handler(request, context);
    } catch (thrown) {
      done(codeOf(thrown));
      throw thrown;
    }
    if (!(answer instanceof Promise)) {
      done('ok');
      return answer;
    }
    // The answer itself goes on to the caller: this only looks at how it ends.
    answer.then(
      () => done('ok'),
      (thrown: unknown) => done(codeOf(thrown)),
    );
    return answer;
  };
}

/** What the handler does follows from its own span. */
function servedSpan(
  context: LazyCallContext,
  of: Pick<Measured, 'service' | 'method' | 'clock' | 'tracer'>,
): CallSpan {
  const traceparent = context.traced ? context.traceparent : undefined;
  const span = callSpan(of, { kind: 'server', traceparent, ...of });
  context.traceparent = span.traceparent;
  return span;
}

/** Counts one stream as open. @returns what is to be called once at its end */
function opened({ measures, service, method }: Measured): () => void {
  measures.streamOpened({ service, method }, 1);
  measures.served.add({ service, method, result: 'ok' });
  let open = true;
  return () => {
    if (open) measures.streamOpened({ service, method }, -1);
    open = false;
  };
}

function failed({ measures, service, method }: Measured, thrown: unknown): unknown {
  measures.served.add({ service, method, result: codeOf(thrown) });
  return thrown;
}

function serverStream(handler: StreamHandler, of: Measured): StreamHandler {
  return (request: object, stream: ServerStream<object>) => {
    let onClosed: unknown;
    try {
      onClosed = handler(request, stream);
    } catch (thrown) {
      throw failed(of, thrown);
    }
    const ended = opened(of);
    return () => {
      ended();
      if (typeof onClosed === 'function') onClosed();
    };
  };
}

function duplex(handler: DuplexHandler, of: Measured): DuplexHandler {
  return (peer) => {
    let session: ReturnType<DuplexHandler>;
    try {
      session = handler(peer);
    } catch (thrown) {
      throw failed(of, thrown);
    }
    const ended = opened(of);
    return {
      onMessage: (request) => session.onMessage(request),
      onClosed() {
        ended();
        session.onClosed();
      },
    };
  };
}
