import type { Message } from '../../../src/contract.ts';
import { approximate } from './decimal-text.ts';

type Edge = Message<'ats.execution.v1.EdgeWaterfall'>;
type StepName = keyof Edge;

/** One bar of the waterfall: the amount as text, and where the bar is drawn. */
export interface WaterfallStep {
  readonly name: StepName;
  /** Decimal text, signed. */
  readonly amount: string;
  /** The ends stand on zero, the steps between hang where the one before ended. */
  readonly kind: 'end' | 'between';
  readonly rises: boolean;
  readonly fromPercent: number;
  readonly widthPercent: number;
  readonly zeroPercent: number;
}

const BETWEEN: readonly StepName[] = ['staleness', 'fees', 'slippage', 'unwind'];
const LEAST_PERCENT = 0.6;

interface Span {
  readonly name: StepName;
  readonly begin: number;
  readonly end: number;
  readonly kind: 'end' | 'between';
}

function spansOf(edge: Edge): readonly Span[] {
  const value = (name: StepName): number => approximate(edge[name]) || 0;
  let level = value('quoted');
  const between = BETWEEN.map((name): Span => {
    const begin = level;
    level += value(name);
    return { name, begin, end: level, kind: 'between' };
  });
  return [
    { name: 'quoted', begin: 0, end: value('quoted'), kind: 'end' },
    ...between,
    { name: 'realised', begin: 0, end: value('realised'), kind: 'end' },
  ];
}

/** @returns the bars from what was quoted to what was kept, scaled to their width */
export function waterfallSteps(edge: Edge): readonly WaterfallStep[] {
  const spans = spansOf(edge);
  const points = spans.flatMap(({ begin, end }) => [begin, end]);
  const low = Math.min(0, ...points);
  const range = Math.max(0, ...points) - low || 1;
  const percent = (at: number): number => ((at - low) / range) * 100;
  return spans.map(({ name, begin, end, kind }) => ({
    name,
    kind,
    amount: edge[name],
    rises: end >= begin,
    fromPercent: percent(Math.min(begin, end)),
    widthPercent: Math.max(
      LEAST_PERCENT,
      percent(Math.max(begin, end)) - percent(Math.min(begin, end)),
    ),
    zeroPercent: percent(0),
  }));
}
