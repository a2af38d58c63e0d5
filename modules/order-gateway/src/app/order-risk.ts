import { reasonFromWire, SIDES, type WireServices } from '@ats/contracts';
import { AtsError, type Order, type OrderId } from '@ats/domain';
import type { Clock, RpcClient } from '@ats/runtime';
import type { ApprovalSeal } from '@ats/security';
import { type ApprovalFlaw, approvalFlaw, type JudgedOrder } from '../domain/approvals.ts';
import { refusal } from '../domain/refusals.ts';
import type { ReplaceRequest, SubmitRequest } from '../domain/requests.ts';
import { gateClosed } from './gates.ts';

type RiskClient = Pick<RpcClient<WireServices['ats.risk.v1.RiskService']>, 'CheckOrders'>;
type Named = Pick<SubmitRequest, 'accountId' | 'requestId' | 'correlationId' | 'traceparent'>;

/** Whether risk lets orders be sent. */
export interface OrderRisk {
  /**
   * Why an approval that came with a request does not cover its orders; undefined if it does.
   * @param fromUs what was approved before counts no more; undefined when all counts
   */
  presented(
    request: SubmitRequest,
    orders: readonly JudgedOrder[],
    fromUs?: number,
  ): AtsError | undefined;
  /** Asks risk about a person's orders. @returns why they may not be sent. Never rejects */
  ask(request: SubmitRequest, orders: readonly JudgedOrder[]): Promise<AtsError | undefined>;
  /** Asks risk about new terms that are more than the old ones. Never rejects */
  askReplace(order: Order, request: ReplaceRequest): Promise<AtsError | undefined>;
}

/** Reasons that pass by themselves, or when somebody has looked after risk. */
const GATE_REASONS: ReadonlySet<string> = new Set([
  ...['RISK_HALTED', 'RISK_UNAVAILABLE', 'RISK_BOOK_AGE_MAX', 'RISK_VENUE_DOWN', 'RISK_RATE_LIMIT'],
]);

/** Risk's word: signed with the key that both have, or asked for. */
export class SignedOrderRisk implements OrderRisk {
  private readonly options: {
    readonly client: RiskClient;
    readonly seal: ApprovalSeal;
    readonly clock: Clock;
    readonly deadlineMs: number;
  };
  /** Newest epoch that an approval came from: another risk manager has taken over with it. */
  private epoch = 0;

  constructor(options: SignedOrderRisk['options']) {
    this.options = options;
  }

  presented(
    request: SubmitRequest,
    orders: readonly JudgedOrder[],
    fromUs = 0,
  ): AtsError | undefined {
    const { seal, clock } = this.options;
    const { approval = '' } = request;
    if (approval === '') return notApproved({ why: 'missing', detail: 'there is none' });
    const nowUs = clock.nowUs();
    const read = seal.read(approval);
    this.epoch = Math.max(this.epoch, read?.epoch ?? 0);
    const flaw = approvalFlaw(read, { request, orders, nowUs, fromUs, epoch: this.epoch });
    return flaw === undefined ? undefined : notApproved(flaw);
  }

  async ask(request: SubmitRequest, orders: readonly JudgedOrder[]): Promise<AtsError | undefined> {
    const answer = await this.check(
      request,
      orders.map((order) => ({ ...order, orderId: undefined })),
    );
    if (answer instanceof AtsError) return answer;
    // What was approved meanwhile may have expired: it counts like any other approval.
    return this.presented({ ...request, approval: answer.approval }, orders);
  }

  async askReplace(order: Order, request: ReplaceRequest): Promise<AtsError | undefined> {
    const { venue, instrument, side } = order.terms;
    const quantity = request.quantity.subtract(order.cumulativeQuantity);
    const asked = { venue, instrument, side, quantity, price: request.limitPrice };
    const named = { ...request, accountId: order.accountId };
    const answer = await this.check(named, [{ ...asked, orderId: order.orderId }]);
    return answer instanceof AtsError ? answer : undefined;
  }

  private async check(
    { accountId, requestId, correlationId, traceparent }: Named,
    orders: readonly (JudgedOrder & { readonly orderId: OrderId | undefined })[],
  ): Promise<AtsError | { readonly approval: string }> {
    const { client, deadlineMs } = this.options;
    const trace = traceparent === undefined ? {} : { traceparent };
    try {
      const { decision, approval } = await client.CheckOrders(
        {
          accountId,
          requestId,
          orders: orders.map(({ orderId = '', venue, instrument, side, quantity, price }) => ({
            ...{ orderId, venue, instrument, side: SIDES.toWire(side) },
            ...{ quantity: quantity.toString(), price: price.toString() },
          })),
        },
        { deadlineMs, correlationId, ...trace },
      );
      if (decision?.verdict === 'VERDICT_APPROVED' && approval !== '') return { approval };
      return decision === null ? unanswered('it gave no decision') : riskRefused(decision);
    } catch (error) {
      return unanswered(error instanceof AtsError ? error.code : String(error));
    }
  }
}

const unanswered = (why: string): AtsError =>
  gateClosed({ gate: 'risk', venue: '', reason: `it does not answer (${why})` });

function riskRefused(decision: {
  readonly reason: Parameters<typeof reasonFromWire>[0];
  readonly detail: string;
  readonly limit: string;
  readonly value: string;
}): AtsError {
  const { detail, limit, value } = decision;
  const reason = reasonFromWire(decision.reason);
  if (GATE_REASONS.has(reason)) return gateClosed({ gate: 'risk', venue: '', reason: detail });
  return refusal({
    code: 'ORDER_RISK_REFUSED',
    message: `risk refuses it: ${detail}`,
    remedy: 'Order less, or ask whoever keeps the limits; docs/reason-codes.md says more.',
    field: 'orders',
    value,
    facts: { reason, limit, asked: value, detail },
  });
}

function notApproved({ why, detail }: ApprovalFlaw): AtsError {
  return refusal({
    code: 'ORDER_NOT_APPROVED',
    message: `the approval does not cover these orders: ${detail}`,
    remedy: 'Ask risk about the very orders that are sent, and send them at once.',
    field: 'approval',
    value: why,
    facts: { why },
  });
}
