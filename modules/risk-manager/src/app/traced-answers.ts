import type { Clock, Tracer } from '@ats/runtime';
import { childOf, tradeTrace } from '@ats/runtime';
import type { RiskDesk, WireAnswer } from './risk-desk.ts';

type Question = Parameters<RiskDesk['answer']>[0];

/**
 * The desk's answers with a span of each that a trade follows from. Questions come over one stream
 * and carry no context of their own: the id that the trade would have leads to its trace.
 */
export function tracedAnswers(
  desk: Pick<RiskDesk, 'answer'>,
  { tracer, clock }: { readonly tracer?: Tracer; readonly clock: Clock },
): (question: Question) => WireAnswer {
  if (tracer?.on !== true) return (question) => desk.answer(question);
  return (question) => {
    const startUs = clock.nowUs();
    const answer = desk.answer(question);
    const tradeId = question.intent?.requestId ?? '';
    if (tradeId === '' || answer.decision.verdict !== 'VERDICT_APPROVED') return answer;
    const parent = tradeTrace(tradeId).risk;
    const traceparent = childOf(parent, 'answer');
    const endUs = clock.nowUs();
    tracer.record({ name: 'risk.answer', kind: 'server', traceparent, parent, startUs, endUs });
    return answer;
  };
}
