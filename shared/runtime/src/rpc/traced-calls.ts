import { ORDER_SERVICE } from '@ats/contracts';
import type { Clock } from '../clock.ts';
import { enter, type SpanKind, type Tracer } from '../tracing/tracer.ts';
import { codeOf } from './dependencies.ts';
import type { UnaryCall } from './direct.ts';

/** Calls that make orders do something: they are kept whatever part of others is. */
const KEPT: Readonly<Record<string, ReadonlySet<string>>> = {
  [ORDER_SERVICE.fullName]: new Set(['SubmitOrders', 'CancelOrder', 'ReplaceOrder']),
};

export interface CallSpanTools {
  readonly tracer: Tracer;
  readonly clock: Clock;
}

/** A call's span: its context goes with the call, `end` tells what came of it. */
export interface CallSpan {
  readonly traceparent: string;
  /** @param result `ok` or an error's code */
  end(result: string): void;
}

/** Begins the span of one call, at its caller or where it is served. */
export function callSpan(
  { tracer, clock }: CallSpanTools,
  call: {
    readonly kind: Extract<SpanKind, 'client' | 'server'>;
    readonly service: string;
    readonly method: string;
    /** Undefined where no caller sent one. */
    readonly traceparent: string | undefined;
  },
): CallSpan {
  const { kind, service, method } = call;
  const keep = KEPT[service]?.has(method) ?? false;
  const { own, parent } = enter(tracer, call.traceparent, keep);
  const startUs = clock.nowUs();
  return {
    traceparent: own,
    end(error) {
      tracer.record({
        name: `${service.slice(service.lastIndexOf('.') + 1)}/${method}`,
        kind,
        traceparent: own,
        parent,
        startUs,
        endUs: clock.nowUs(),
        attributes: { 'rpc.system': 'grpc', 'rpc.service': service, 'rpc.method': method },
        error,
      });
    },
  };
}

/** A call to another process in a span of its own; within the process that of who serves does. */
export async function tracedCall(
  tools: CallSpanTools,
  call: UnaryCall,
  run: (call: UnaryCall) => Promise<object>,
): Promise<object> {
  if (!tools.tracer.on) return run(call);
  const { service, name: method, options } = call;
  const { traceparent } = options;
  const span = callSpan(tools, { kind: 'client', service, method, traceparent });
  try {
    const answer = await run({ ...call, options: { ...options, traceparent: span.traceparent } });
    span.end('ok');
    return answer;
  } catch (error) {
    span.end(codeOf(error));
    throw error;
  }
}
