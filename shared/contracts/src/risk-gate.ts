import type { Opportunity, RiskAnswer, TradeIntent } from '@ats/domain';

/**
 * The way from the engine to risk. Answers at once when risk is bound in this process, else with
 * a promise. Never throws and never rejects: a late answer is a refusal with `RISK_TIMEOUT`, an
 * absent one with `RISK_UNAVAILABLE`.
 */
export interface RiskGate {
  check(opportunity: Opportunity, intent: TradeIntent): RiskAnswer | Promise<RiskAnswer>;
}
