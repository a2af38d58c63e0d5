import {
  accountId,
  assetId,
  type InstrumentId,
  type Opportunity,
  type OpportunityLeg,
  type OpportunityRecord,
  opportunityId,
  REASON_CODES,
  type ReasonCode,
  type RiskDecision,
  requestId,
  type SidedLeg,
  type TradeIntent,
  venueId,
} from '@ats/domain';
import type { WireOpportunity } from './generated/ats/opportunity/v1/Opportunity.ts';
import type { WireOpportunityLeg } from './generated/ats/opportunity/v1/OpportunityLeg.ts';
import type { WireOpportunityRecord } from './generated/ats/opportunity/v1/OpportunityRecord.ts';
import type { WireReasonCode } from './generated/ats/opportunity/v1/ReasonCode.ts';
import type { WireRiskDecision } from './generated/ats/opportunity/v1/RiskDecision.ts';
import type { WireSidedLeg } from './generated/ats/opportunity/v1/SidedLeg.ts';
import type { WireVerdict } from './generated/ats/opportunity/v1/Verdict.ts';
import type { WireTradeIntent } from './generated/ats/risk/v1/TradeIntent.ts';
import {
  BRIDGE_FIELDS,
  BRIDGE_QUANTITY,
  BUY_FIELDS,
  type LegFields,
  OpportunityMessage,
  SELL_FIELDS,
} from './opportunity-message.ts';
import { SIDES } from './order-mapper.ts';
import {
  enumPair,
  readDecimal,
  readInteger,
  readName,
  readOptional,
  readPresent,
} from './wire-fields.ts';

const REASONS = enumPair<ReasonCode, WireReasonCode>(
  Object.fromEntries(REASON_CODES.map((code) => [code, `REASON_CODE_${code}`])) as {
    [Code in ReasonCode]: `REASON_CODE_${Code}`;
  },
);

const VERDICTS = enumPair<RiskDecision['verdict'], WireVerdict>({
  approved: 'VERDICT_APPROVED',
  refused: 'VERDICT_REFUSED',
});

export function reasonToWire(reason: ReasonCode): WireReasonCode {
  return REASONS.toWire(reason);
}

/** @throws MESSAGE_MALFORMED on a reason that is not known here */
export function reasonFromWire(wire: WireReasonCode): ReasonCode {
  return REASONS.fromWire('reason', wire);
}

function legToWire(leg: OpportunityLeg): WireOpportunityLeg {
  return {
    venue: leg.venue,
    instrument: leg.instrument,
    limitPrice: leg.limitPrice.toString(),
    averagePrice: leg.averagePrice.toString(),
    notional: leg.notional.toString(),
    fee: leg.fee.toString(),
    conversionRate: leg.conversionRate.toString(),
    conversion: leg.conversion ?? null,
    levels: leg.levels,
    bookAgeUs: leg.bookAgeUs,
    conversionAgeUs: leg.conversionAgeUs,
    clockSkewUs: leg.clockSkewUs,
  };
}

function legFromWire(fields: LegFields, wire: WireOpportunityLeg): OpportunityLeg {
  const { conversion } = wire;
  return {
    venue: venueId(readName(fields.venue, wire.venue)),
    instrument: readName(fields.instrument, wire.instrument) as InstrumentId,
    limitPrice: readDecimal(fields.limitPrice, wire.limitPrice),
    averagePrice: readDecimal(fields.averagePrice, wire.averagePrice),
    notional: readDecimal(fields.notional, wire.notional),
    fee: readDecimal(fields.fee, wire.fee),
    conversionRate: readDecimal(fields.conversionRate, wire.conversionRate),
    ...(conversion
      ? {
          conversion: {
            venue: venueId(readName(fields.conversionVenue, conversion.venue)),
            instrument: readName(
              fields.conversionInstrument,
              conversion.instrument,
            ) as InstrumentId,
          },
        }
      : {}),
    levels: readInteger(fields.levels, wire.levels),
    bookAgeUs: readInteger(fields.bookAgeUs, wire.bookAgeUs),
    conversionAgeUs: readInteger(fields.conversionAgeUs, wire.conversionAgeUs),
    clockSkewUs: readInteger(fields.clockSkewUs, wire.clockSkewUs),
  };
}

const sidedLegToWire = (leg: SidedLeg): WireSidedLeg => ({
  side: SIDES.toWire(leg.side),
  quantity: leg.quantity.toString(),
  leg: legToWire(leg),
});

function bridgeFromWire({ side, quantity, leg }: WireSidedLeg): SidedLeg {
  return {
    ...legFromWire(BRIDGE_FIELDS, readPresent('bridge.leg', leg)),
    side: SIDES.fromWire('bridge.side', side),
    quantity: readDecimal(BRIDGE_QUANTITY, quantity),
  };
}

/**
 * The message of an opportunity that is still to be sent: it prints figures when they are read,
 * and `opportunityFromWire` in the same process takes them back without.
 */
export function opportunityMessage(opportunity: Opportunity): WireOpportunity {
  return new OpportunityMessage(opportunity);
}

export function opportunityToWire(opportunity: Opportunity): WireOpportunity {
  const { times } = opportunity;
  return {
    id: opportunity.id,
    base: opportunity.base,
    numeraire: opportunity.numeraire,
    quantity: opportunity.quantity.toString(),
    buy: legToWire(opportunity.buy),
    sell: legToWire(opportunity.sell),
    bridge: opportunity.bridge === undefined ? null : sidedLegToWire(opportunity.bridge),
    grossProfit: opportunity.grossProfit.toString(),
    fees: opportunity.fees.toString(),
    slippageReserve: opportunity.slippageReserve.toString(),
    netProfit: opportunity.netProfit.toString(),
    netEdgeBps: opportunity.netEdgeBps,
    confidence: opportunity.confidence,
    frameAtUs: times.frameAtUs,
    bookAtUs: times.bookAtUs,
    decidedAtUs: times.decidedAtUs,
    riskAnsweredAtUs: times.riskAnsweredAtUs,
  };
}

/** @throws MESSAGE_MALFORMED with the field that is missing or unreadable */
export function opportunityFromWire(wire: WireOpportunity): Opportunity {
  if (wire instanceof OpportunityMessage) return wire.read();
  return {
    id: opportunityId(readName('id', wire.id)),
    base: assetId(readName('base', wire.base)),
    numeraire: assetId(readName('numeraire', wire.numeraire)),
    quantity: readDecimal('quantity', wire.quantity),
    buy: legFromWire(BUY_FIELDS, readPresent('buy', wire.buy)),
    sell: legFromWire(SELL_FIELDS, readPresent('sell', wire.sell)),
    ...(wire.bridge ? { bridge: bridgeFromWire(wire.bridge) } : {}),
    grossProfit: readDecimal('gross_profit', wire.grossProfit),
    fees: readDecimal('fees', wire.fees),
    slippageReserve: readDecimal('slippage_reserve', wire.slippageReserve),
    netProfit: readDecimal('net_profit', wire.netProfit),
    netEdgeBps: Number(wire.netEdgeBps),
    confidence: Number(wire.confidence),
    times: {
      frameAtUs: readInteger('frame_at_us', wire.frameAtUs),
      bookAtUs: readInteger('book_at_us', wire.bookAtUs),
      decidedAtUs: readInteger('decided_at_us', wire.decidedAtUs),
      riskAnsweredAtUs: readInteger('risk_answered_at_us', wire.riskAnsweredAtUs),
    },
  };
}

export function riskDecisionToWire(decision: RiskDecision): WireRiskDecision {
  return {
    opportunityId: decision.opportunityId,
    verdict: VERDICTS.toWire(decision.verdict),
    reason: REASONS.toWire(decision.reason),
    detail: decision.detail,
    limit: decision.limit,
    value: decision.value,
    quantity: decision.quantity?.toString() ?? '',
  };
}

/** @throws MESSAGE_MALFORMED on a verdict or reason that is not known here */
export function riskDecisionFromWire(wire: WireRiskDecision): RiskDecision {
  return {
    opportunityId: opportunityId(wire.opportunityId),
    verdict: VERDICTS.fromWire('verdict', wire.verdict),
    reason: REASONS.fromWire('reason', wire.reason),
    detail: wire.detail,
    limit: wire.limit,
    value: wire.value,
    quantity: readOptional('quantity', wire.quantity, readDecimal),
  };
}

export function tradeIntentToWire(intent: TradeIntent): WireTradeIntent {
  const { accountId, requestId, worstCaseLoss } = intent;
  return { accountId, requestId, worstCaseLoss: worstCaseLoss.toString() };
}

/** @throws MESSAGE_MALFORMED with the field that is missing or unreadable */
export function tradeIntentFromWire(wire: WireTradeIntent): TradeIntent {
  return {
    accountId: accountId(readName('intent.account_id', wire.accountId)),
    // Empty where nothing is going to be traded.
    requestId: requestId(wire.requestId && readName('intent.request_id', wire.requestId)),
    worstCaseLoss: readDecimal('intent.worst_case_loss', wire.worstCaseLoss),
  };
}

export function opportunityRecordToWire(record: OpportunityRecord): WireOpportunityRecord {
  return {
    opportunity: opportunityToWire(record.opportunity),
    reason: REASONS.toWire(record.reason),
    decision: record.decision === undefined ? null : riskDecisionToWire(record.decision),
    openedAtUs: record.openedAtUs,
    closedAtUs: record.closedAtUs,
    bestNetEdgeBps: record.bestNetEdgeBps,
    bestNetProfit: record.bestNetProfit.toString(),
    updates: record.updates,
  };
}

/** @throws MESSAGE_MALFORMED with the field that is missing or unreadable */
export function opportunityRecordFromWire(wire: WireOpportunityRecord): OpportunityRecord {
  return {
    opportunity: opportunityFromWire(readPresent('opportunity', wire.opportunity)),
    reason: REASONS.fromWire('reason', wire.reason),
    decision: wire.decision ? riskDecisionFromWire(wire.decision) : undefined,
    openedAtUs: readInteger('opened_at_us', wire.openedAtUs),
    closedAtUs: readInteger('closed_at_us', wire.closedAtUs),
    bestNetEdgeBps: Number(wire.bestNetEdgeBps),
    bestNetProfit: readDecimal('best_net_profit', wire.bestNetProfit),
    updates: readInteger('updates', wire.updates),
  };
}
