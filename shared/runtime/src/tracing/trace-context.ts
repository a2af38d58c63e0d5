import { hash } from 'node:crypto';

/**
 * A place in a trace, as W3C writes it: version, trace id, span id, flags. Source:
 * https://www.w3.org/TR/trace-context/
 */
const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
const TRACE_AT = 3;
const SPAN_AT = 36;
const SPAN_END = 52;
/** The hexadecimal digit with the flag `sampled`, the lowest bit. */
const FLAG_AT = 54;
const SAMPLED: ReadonlySet<number> = new Set([...'13579bdf'].map((digit) => digit.charCodeAt(0)));

export const isTraceparent = (text: string): boolean => TRACEPARENT.test(text);

export const traceIdOf = (traceparent: string): string => traceparent.slice(TRACE_AT, SPAN_AT - 1);

export const spanIdOf = (traceparent: string): string => traceparent.slice(SPAN_AT, SPAN_END);

/** Whether spans of this trace are kept. */
export const isSampled = (traceparent: string | undefined): traceparent is string =>
  traceparent !== undefined && SAMPLED.has(traceparent.charCodeAt(FLAG_AT));

/** The same place in a trace that is kept, or is not. */
export const withSampled = (traceparent: string, sampled: boolean): string =>
  `${traceparent.slice(0, SPAN_END)}-${sampled ? '01' : '00'}`;

/**
 * The context of work that follows from a context. The same work has the same span id whenever it
 * is done, also by another process after a crash: whoever knows the cause can work it out.
 * What is not kept has no spans: it passes on what it was given, without any cost.
 *
 * @param work what tells it from everything else that follows from the same context
 */
export function childOf<Parent extends string | undefined>(parent: Parent, work: string): Parent;
export function childOf(parent: string | undefined, work: string): string | undefined {
  if (!isSampled(parent)) return parent;
  const id = hash('sha1', `${parent}/${work}`, 'hex').slice(0, 16);
  return `${parent.slice(0, SPAN_AT)}${id}-01`;
}

/** The trace of something by its own id, always kept: the same id gives the same trace. */
export function traceOf(id: string): string {
  const digest = hash('sha1', id, 'hex');
  return `00-${digest.slice(0, 32)}-${hash('sha1', `${id}/root`, 'hex').slice(0, 16)}-01`;
}

/**
 * Whether a new trace is kept: the last 13 digits of its id against the ratio, so that all who ask
 * answer alike. Source: the OpenTelemetry sampler of trace ids by ratio.
 */
export function isKept(traceId: string, ratio: number): boolean {
  return Number.parseInt(traceId.slice(-13), 16) < ratio * 2 ** 52;
}
