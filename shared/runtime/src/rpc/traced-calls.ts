import { ORDER_SERVICE } from '@ats/contracts';
import type { Clock } from '../clock.ts';
import { enter, type SpanKind, type Tracer } from '../tracing/tracer.ts';

/** Calls that make orders do something: they are kept whatever part of others is. */
const KEPT: Readonly<Record<string, ReadonlySet<string>>> = {
  [ORDER_SERVICE.fullName]: new Set(['SubmitOrders', 'CancelOrder', 'ReplaceOrder']),
};

/** A call's span: its context goes with the call, `end` tells what came of it. */
export interface CallSpan {
  readonly traceparent: string;
  /** @param result `ok` or an error's code */
  end(result: string): void;
}

/** Begins the span of one call, at its caller or where it is served. */
export function callSpan(
  { tracer, clock }: { readonly tracer: Tracer; readonly clock: Clock },
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
