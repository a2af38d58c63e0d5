import { opportunityFromWire, riskDecisionToWire, type WireMessages } from '@ats/contracts';
import {
  AtsError,
  type Opportunity,
  opportunityId,
  REASON_CODES,
  type ReasonCode,
  type RiskDecision,
} from '@ats/domain';
import type { Clock, TokenBucket } from '@ats/runtime';
import { checkOpportunity } from '../domain/check-opportunity.ts';
import type { Halt } from '../domain/halt.ts';
import type { RiskLimits } from '../domain/limits.ts';

type WireOpportunity = WireMessages['ats.opportunity.v1.Opportunity'];
type WireRiskDecision = WireMessages['ats.opportunity.v1.RiskDecision'];

export interface RiskDeskOptions {
  readonly limits: RiskLimits;
  readonly bucket: TokenBucket;
  readonly clock: Clock;
  readonly halts: { readonly halt: Halt | undefined };
  /** Called for each decision; must not throw. */
  readonly onDecision: (decision: RiskDecision, tookUs: number) => void;
  /** Called with each decision as it is answered; must neither throw nor wait. */
  readonly onAnswer?: (decision: WireRiskDecision) => void;
  /** Called when a check failed in a way nobody foresaw; it was refused. */
  readonly onDefect: (thrown: unknown) => void;
}

/** Decides on opportunities one at a time. */
export class RiskDesk {
  private readonly options: RiskDeskOptions;
  private readonly counts = new Map<ReasonCode, number>(REASON_CODES.map((code) => [code, 0]));

  constructor(options: RiskDeskOptions) {
    this.options = options;
  }

  /** Decisions by reason since the start; every reason is there. */
  get decisions(): ReadonlyMap<ReasonCode, number> {
    return this.counts;
  }

  /** Approvals that the rate limit has left now. */
  get rateAvailable(): number {
    return this.options.bucket.available(this.options.clock.nowUs());
  }

  /** The answer to a message from the wire. Whatever it holds, the answer is a decision. */
  answer(wire: WireOpportunity | null | undefined): WireRiskDecision {
    const startedUs = this.options.clock.nowUs();
    const decision = this.decideOnWire(wire, startedUs);
    this.counts.set(decision.reason, (this.counts.get(decision.reason) ?? 0) + 1);
    this.options.onDecision(decision, this.options.clock.nowUs() - startedUs);
    const answer = riskDecisionToWire(decision);
    this.options.onAnswer?.(answer);
    return answer;
  }

  private decideOnWire(wire: WireOpportunity | null | undefined, nowUs: number): RiskDecision {
    const id = typeof wire?.id === 'string' ? wire.id : '';
    if (wire === null || wire === undefined) {
      return invalid(id, { detail: 'The request holds no opportunity.', value: '' });
    }
    try {
      return this.decide(opportunityFromWire(wire), nowUs);
    } catch (thrown) {
      if (thrown instanceof AtsError && thrown.code === 'MESSAGE_MALFORMED') {
        const value = String(thrown.context['value'] ?? '');
        return invalid(id, { detail: `${thrown.message}.`, value });
      }
      this.options.onDefect(thrown);
      return invalid(id, { detail: 'The check failed; see the log of risk.', value: '' });
    }
  }

  private decide(opportunity: Opportunity, nowUs: number): RiskDecision {
    const { limits, bucket, halts } = this.options;
    const rateAvailable = bucket.available(nowUs);
    const decision = checkOpportunity(opportunity, limits, {
      nowUs,
      halt: halts.halt,
      rateAvailable,
    });
    if (decision.verdict === 'approved') bucket.take(nowUs);
    return decision;
  }
}

function invalid(
  id: string,
  { detail, value }: { readonly detail: string; readonly value: string },
): RiskDecision {
  const reason = 'RISK_INVALID_REQUEST';
  return { opportunityId: opportunityId(id), verdict: 'refused', reason, detail, limit: '', value };
}
