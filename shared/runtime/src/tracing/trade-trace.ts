import { childOf, traceOf } from './trace-context.ts';

/**
 * The places in a trade's trace that follow from its id alone: every service, and every process
 * that goes on with it after a crash, finds the same ones without being told.
 */
export interface TradeTrace {
  /** The frame that it began with. */
  readonly root: string;
  readonly book: string;
  readonly decision: string;
  /** Risk is asked. */
  readonly risk: string;
  /** From the trade's beginning to its end; its orders follow from it. */
  readonly saga: string;
}

export function tradeTrace(tradeId: string): TradeTrace {
  const root = traceOf(tradeId);
  const book = childOf(root, 'book');
  const decision = childOf(book, 'decision');
  return { root, book, decision, risk: childOf(decision, 'risk'), saga: childOf(root, 'saga') };
}
