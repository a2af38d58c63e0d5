import {
  opportunityFromWire,
  riskDecisionToWire,
  tradeIntentFromWire,
  type WireMessages,
} from '@ats/contracts';
import {
  type Approval,
  type ApprovedLeg,
  AtsError,
  Decimal,
  legsOf,
  type Opportunity,
  opportunityId,
  orderId,
  REASON_CODES,
  type ReasonCode,
  type RiskDecision,
  type TradeIntent,
} from '@ats/domain';
import { type Clock, TokenBucket } from '@ats/runtime';
import type { ApprovalSeal } from '@ats/security';
import type { Allotment } from '../domain/allotment.ts';
import {
  type Breaches,
  marketOrderPrice,
  type RiskState,
  reducesOnly,
} from '../domain/check-market.ts';
import { checkOpportunity } from '../domain/check-opportunity.ts';
import { checkOrders, type OrdersQuestion } from '../domain/check-orders.ts';
import type { Halt } from '../domain/halt.ts';
import { plain, type Refusal } from '../domain/refusal.ts';
import type { KnownMarket, RiskRules } from '../domain/rules.ts';
import { legQuantity } from '../domain/trade-lines.ts';
import type { Exposures } from './exposures.ts';
import type { LimitBook } from './limit-book.ts';
import { askedOrdersFromWire, previewedOrdersFromWire } from './orders-question.ts';

type Wire = WireMessages;
type WireRiskDecision = Wire['ats.opportunity.v1.RiskDecision'];
type Question = Pick<Wire['ats.risk.v1.CheckOpportunityRequest'], 'opportunity' | 'intent'>;
type OrdersRequest = Wire['ats.risk.v1.CheckOrdersRequest'];
type Preview = Wire['ats.risk.v1.PreviewOrdersResponse'];

/** What lets this instance decide: with several, the lease that one of them has. */
export interface Authority {
  /** Grows with each instance that takes over; goes into approvals. */
  readonly epoch: number;
  /** Whether no other instance can be deciding now. */
  readonly held: boolean;
}

/** Where no other instance can be. */
export const SOLE: Authority = { epoch: 0, held: true };

/** A decision as it is sent, with the approval that was signed for it. */
export interface WireAnswer {
  readonly decision: WireRiskDecision;
  readonly approval: string;
}

export interface RiskDeskOptions {
  readonly rules: RiskRules;
  readonly limits: LimitBook;
  /** Approvals that may come at once; how many a second is a limit. */
  readonly approvalBurst: number;
  readonly exposures: Exposures;
  /** How far beyond the best price the gateway lets a market order trade. */
  readonly marketCollarBps: () => Decimal;
  readonly seal: ApprovalSeal;
  /** How long an approval is good, microseconds. */
  readonly approvalUs: number;
  /** How long after that an order may still come up in the store. */
  readonly graceUs: number;
  readonly clock: Clock;
  readonly authority: Authority;
  readonly halts: { readonly halt: Halt | undefined };
  readonly breaches: Breaches;
  /** Called for each decision; must not throw. */
  readonly onDecision: (decision: RiskDecision, tookUs: number) => void;
  /** Called with each decision as it is answered; must neither throw nor wait. */
  readonly onAnswer?: (decision: WireRiskDecision) => void;
  /** Called when a check failed in a way nobody foresaw; it was refused. */
  readonly onDefect: (thrown: unknown) => void;
}

/** What is approved: how much of it, and what each order may be. */
interface Approved extends Pick<Approval, 'accountId' | 'requestId' | 'legs'> {
  /** Undefined for a person's orders. */
  readonly quantity: Decimal | undefined;
}

/** Decides on opportunities and orders one at a time, and counts what it approves at once. */
export class RiskDesk {
  private readonly options: RiskDeskOptions;
  private readonly counts = new Map<ReasonCode, number>(REASON_CODES.map((code) => [code, 0]));
  private bucket = new TokenBucket({ perSecond: 1, burst: 1 });

  constructor(options: RiskDeskOptions) {
    this.options = options;
    let perSecond: number | undefined;
    options.limits.follow((table) => {
      const { max } = table.limit('approvalRate');
      const rate = max === undefined ? Number.MAX_SAFE_INTEGER : max.toNumber();
      // Another limit that changes gives nobody new approvals at once.
      if (rate === perSecond) return;
      perSecond = rate;
      this.bucket = new TokenBucket({ perSecond, burst: options.approvalBurst });
    });
  }

  /** Decisions by reason since the start; every reason is there. */
  get decisions(): ReadonlyMap<ReasonCode, number> {
    return this.counts;
  }

  /** Approvals that the rate limit has left now. */
  get rateAvailable(): number {
    return this.bucket.available(this.options.clock.nowUs());
  }

  /** The answer to a message from the wire. Whatever it holds, the answer is a decision. */
  answer({ opportunity, intent }: Question): WireAnswer {
    const id = typeof opportunity?.id === 'string' ? opportunity.id : '';
    return this.decided(id, (nowUs) => {
      if (!opportunity) return invalid('The request holds no opportunity.');
      if (!intent) return invalid('The request holds no intent.');
      return this.onTrade(opportunityFromWire(opportunity), tradeIntentFromWire(intent), nowUs);
    });
  }

  /** The answer about a person's orders. */
  answerOrders(request: OrdersRequest): WireAnswer {
    return this.decided(`${request.accountId}/${request.requestId}`, (nowUs) =>
      this.onOrders(askedOrdersFromWire(request), nowUs),
    );
  }

  /** What would be decided on a person's orders now. Nothing is counted, signed or told of it. */
  preview(request: Wire['ats.risk.v1.PreviewOrdersRequest']): Preview {
    const { exposures, clock, marketCollarBps } = this.options;
    let prices: string[] = [];
    const refusal = this.outcomeOf((nowUs) => {
      const state = this.state(nowUs);
      const question = previewedOrdersFromWire(request, (order) =>
        marketOrderPrice(order, state, marketCollarBps()),
      );
      if ('reason' in question) return question;
      const { accountId, orders } = question;
      prices = orders.map(({ price }) => plain(price));
      // An order of another account is as good as one that there is not.
      const own = orders.map((order) => {
        const { replaced } = order;
        const known = replaced && exposures.working.get(replaced);
        if (known === undefined || known.accountId === accountId) return order;
        return { ...order, replaced: orderId(`${replaced} of others`) };
      });
      return this.judge({ ...question, orders: own }, nowUs, (asked, moment) =>
        exposures.allotment.refusalOf(asked, moment),
      );
    }, clock.nowUs());
    const decision = riskDecisionToWire(decisionOf(refusal, ''));
    const { name = '', of = '' } = refusal?.line ?? {};
    const gauge = exposures.gauges().find((one) => one.name === name);
    const stands = [...(gauge?.read() ?? [])].find((one) => one.of === of)?.value;
    const standsAt = stands === undefined ? '' : plain(stands);
    return { decision, limitName: name, limitOf: of, standsAt, prices };
  }

  private decided(id: string, decide: (nowUs: number) => Approved | Refusal): WireAnswer {
    const { clock, onDecision, onAnswer } = this.options;
    const startedUs = clock.nowUs();
    const outcome = this.outcomeOf(decide, startedUs);
    const refused = 'reason' in outcome;
    const decision = refused
      ? decisionOf(outcome, id)
      : { ...decisionOf(undefined, id), quantity: outcome.quantity };
    const approval = refused ? '' : this.sign(outcome, startedUs);
    this.counts.set(decision.reason, (this.counts.get(decision.reason) ?? 0) + 1);
    onDecision(decision, clock.nowUs() - startedUs);
    const wire = riskDecisionToWire(decision);
    onAnswer?.(wire);
    return { decision: wire, approval };
  }

  private outcomeOf<Outcome>(decide: (nowUs: number) => Outcome, nowUs: number): Outcome | Refusal {
    try {
      return decide(nowUs);
    } catch (thrown) {
      if (thrown instanceof AtsError && thrown.code === 'MESSAGE_MALFORMED') {
        return invalid(`${thrown.message}.`, String(thrown.context['value'] ?? ''));
      }
      this.options.onDefect(thrown);
      return invalid('The check failed; see the log of risk.');
    }
  }

  private onTrade(
    opportunity: Opportunity,
    intent: TradeIntent,
    nowUs: number,
  ): Approved | Refusal {
    const state = this.state(nowUs);
    const refusal = checkOpportunity(opportunity, state);
    if (refusal !== undefined) return refusal;
    const sides = legsOf(opportunity);
    const listed = this.options.rules.markets;
    // All are listed, or the check above had refused.
    const markets = sides.map(
      ({ venue, instrument }) => listed.get(venue)?.get(instrument) as KnownMarket,
    );
    const { exposures } = this.options;
    const quantity = exposures.allotment.trade(
      { opportunity, intent, markets },
      this.moment(state),
    );
    if (!(quantity instanceof Decimal)) return quantity;
    this.bucket.take(nowUs);
    const legs = sides.map((leg): ApprovedLeg => {
      const { venue, instrument, side, limitPrice: price } = leg;
      return { venue, instrument, side, quantity: legQuantity(leg, opportunity, quantity), price };
    });
    const { accountId, requestId } = intent;
    if (requestId === '') exposures.giveBack(intent);
    return { accountId, requestId, quantity, legs };
  }

  private onOrders(question: OrdersQuestion, nowUs: number): Approved | Refusal {
    const { allotment } = this.options.exposures;
    const refusal = this.judge(question, nowUs, (asked, moment) => allotment.orders(asked, moment));
    if (refusal !== undefined) return refusal;
    this.bucket.take(nowUs);
    const { accountId, requestId, orders: legs } = question;
    return { accountId, requestId, quantity: undefined, legs };
  }

  /** @param allot what finds out whether the orders fit beside all else */
  private judge(
    question: OrdersQuestion,
    nowUs: number,
    allot: Allotment['refusalOf'],
  ): Refusal | undefined {
    const state = this.state(nowUs);
    const asked = checkOrders(question, state);
    if ('reason' in asked) return asked;
    return allot(asked, { ...this.moment(state), requestId: question.requestId });
  }

  private state(nowUs: number): RiskState {
    const { rules, limits, halts, breaches, exposures, authority } = this.options;
    return {
      ...{ nowUs, rules, breaches, halt: halts.halt },
      limits: limits.current,
      markets: exposures.exposure.markets,
      notReady: authority.held ? exposures.notReady(nowUs) : UNSURE,
      rateAvailable: this.bucket.available(nowUs),
    };
  }

  private moment(state: RiskState) {
    const { approvalUs, graceUs, exposures } = this.options;
    return {
      limits: state.limits,
      day: exposures.dayOf(state.nowUs),
      checkAtUs: state.nowUs + approvalUs + graceUs,
      reducesOnly: reducesOnly(state),
    };
  }

  private sign({ accountId, requestId, legs }: Approved, issuedAtUs: number): string {
    // What is not going to be traded needs no word of ours.
    if (requestId === '') return '';
    const { seal, approvalUs, authority } = this.options;
    const expiresAtUs = issuedAtUs + approvalUs;
    const { epoch } = authority;
    return seal.sign({ accountId, requestId, epoch, legs, issuedAtUs, expiresAtUs });
  }
}

const UNSURE = 'Risk cannot renew its lease: another instance may be deciding.';
/** Without a refusal it is approved. */
function decisionOf(refusal: Refusal | undefined, id: string): RiskDecision {
  if (refusal === undefined) {
    return { ...APPROVED, quantity: undefined, opportunityId: opportunityId(id) };
  }
  const { line: _line, ...why } = refusal;
  return { ...why, ...REFUSED, opportunityId: opportunityId(id) };
}

const REFUSED = { verdict: 'refused', quantity: undefined } as const;
const APPROVED = {
  verdict: 'approved',
  reason: 'APPROVED',
  detail: 'Within every limit.',
  limit: '',
  value: '',
} as const;

const invalid = (detail: string, value = ''): Refusal => {
  return { reason: 'RISK_INVALID_REQUEST', detail, limit: '', value };
};
