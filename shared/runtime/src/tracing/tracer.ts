import { isSampled, isTraceparent } from './trace-context.ts';

export type SpanKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer';
export type SpanAttributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** Work that is over. */
export interface FinishedSpan {
  /** Bounded: what is done, never to which order. */
  readonly name: string;
  /** `internal` where absent. */
  readonly kind?: SpanKind;
  /** Its own place in the trace, whose children name it as their parent. */
  readonly traceparent: string;
  /** What it follows from; absent for the root. */
  readonly parent?: string | undefined;
  /** Microseconds since the epoch. */
  readonly startUs: number;
  readonly endUs: number;
  readonly attributes?: SpanAttributes;
  readonly events?: readonly { readonly name: string; readonly atUs: number }[];
  /** Why it failed, as a code; absent or `ok` when it did not. */
  readonly error?: string | undefined;
}

/**
 * Where spans go, once they are over: nobody holds one that is open, and contexts are passed as
 * `traceparent`. Ordering: none. Durability: none, spans wait in memory for a batch. Idempotency:
 * work that is done again after a crash tells the same span again. When full: what does not fit is
 * counted and dropped. Nobody ever waits.
 */
export interface Tracer {
  /** False when spans go nowhere: then nothing need be worked out for them. */
  readonly on: boolean;
  /** Takes a span whose trace is kept; passes over others. */
  record(span: FinishedSpan): void;
  /** A context for work whose ids nobody has to reproduce; undefined begins a trace. */
  follow(parent: string | undefined, keep: boolean): string;
}

/** What spans nobody asked for. */
export const NO_TRACER: Tracer = {
  on: false,
  record: () => undefined,
  follow: (parent) => parent ?? '',
};

/** What came in with a call or a request, and the context in which it is served. */
export interface Entry {
  readonly own: string;
  /** Absent for the root, and for the first span that is kept of a trace that was not. */
  readonly parent: string | undefined;
}

/**
 * Begins to serve. A caller's flag is followed, but for what has to be kept.
 * @param given the caller's context, if it sent one that is well formed
 */
export function enter(tracer: Tracer, given: string | undefined, keep: boolean): Entry {
  const parent = given !== undefined && isTraceparent(given) ? given : undefined;
  const own = tracer.follow(parent, keep);
  // Of a parent that was not kept there is no span, so that it would be missed.
  return { own, parent: isSampled(parent) ? parent : undefined };
}
