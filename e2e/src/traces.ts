import type { ExportedSpan } from '@ats/testkit';

export type Trace = readonly ExportedSpan[];

export const named = (spans: Trace, name: string): Trace =>
  spans.filter((span) => span.name === name);

/** From a span up to its root, itself first. */
export function pathOf(span: ExportedSpan, trace: Trace): Trace {
  const parent = trace.find(({ spanId }) => spanId === span.parentSpanId);
  return parent === undefined ? [span] : [span, ...pathOf(parent, trace)];
}

/** The trace once no span lacks its parent. */
export function whole(trace: Trace): Trace | undefined {
  const ids = new Set(['', ...trace.map(({ spanId }) => spanId)]);
  return trace.every(({ parentSpanId }) => ids.has(parentSpanId)) ? trace : undefined;
}

export const orderOf = ({ attributes }: ExportedSpan): unknown => attributes['ats.order.id'];

/**
 * The trace of a trade that has ended so, and whose orders at venues have postings.
 * @param states `COMPLETED`: every order has one; else any has
 */
export function tradeThatEnded(spans: Trace, states: readonly string[]): Trace | undefined {
  for (const { traceId, attributes } of named(spans, 'saga')) {
    const state = String(attributes['ats.trade.state']);
    if (!states.includes(state)) continue;
    const trace = spans.filter((span) => span.traceId === traceId);
    const orders = new Set(named(trace, 'venue.submit').map(orderOf));
    const posted = new Set(named(trace, 'ledger.post').map(orderOf));
    const missing = [...orders].filter((order) => !posted.has(order)).length;
    if (posted.size > 0 && (state !== 'COMPLETED' || missing === 0)) return trace;
  }
  return undefined;
}
