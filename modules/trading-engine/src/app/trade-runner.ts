import {
  type ArbitrageTrade,
  clientOrderId,
  type Decimal,
  type NewOrder,
  type TradeOrder,
} from '@ats/domain';
import type { Clock, Logger } from '@ats/runtime';
import { unwindOrder } from '../domain/trade/open-trade.ts';
import { applyAllToTrade, hasTradeEnded, type TradeInput } from '../domain/trade/trade-machine.ts';
import type { TradeRules } from '../domain/trade/trade-rules.ts';
import { nextSteps, type TradeStep } from '../domain/trade/trade-steps.ts';
import { planUnwind, type UnwindMarket } from '../domain/trade/unwind-plan.ts';
import type { OrderDesk } from './order-desk.ts';
import type { SagaStore } from './saga-store.ts';

export interface RunnerParts {
  /** The context that a trade's orders follow from; absent where nothing is traced. */
  readonly contextOf?: (tradeId: ArbitrageTrade['tradeId']) => string;
  readonly store: Pick<SagaStore, 'create' | 'replace'>;
  readonly orders: OrderDesk;
  readonly rules: TradeRules;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What the books promise orders now, by order id. */
  readonly promised: (orders: readonly TradeOrder[]) => Promise<ReadonlyMap<string, Decimal>>;
  /** Where what is open can be closed, with balances read just now. */
  readonly marketsFor: (trade: ArbitrageTrade) => Promise<readonly UnwindMarket[]>;
  /** Called when a change is durable. */
  readonly onChange: (before: ArbitrageTrade, after: ArbitrageTrade) => void;
}

/**
 * Runs one trade: one change after the other, each durable before anything follows from it. What
 * is to be done next is a function of what is stored, so a step that fails is simply taken again.
 */
export class TradeRunner {
  trade: ArbitrageTrade;
  private readonly parts: RunnerParts;
  private readonly waiting: TradeInput[] = [];
  private working: Promise<void> | undefined;
  /** Steps under way, and when a step may be taken again. */
  private readonly underWay = new Set<string>();
  private readonly againAtUs = new Map<string, number>();
  private stopped = false;
  /** Why no unwind can be planned, as it was logged last. */
  private waitsFor = '';
  /** False until the trade is stored. */
  private stored: boolean;
  private begun: Promise<boolean> | undefined;
  /** Risk's word for the legs; empty where nothing is to be begun. */
  private readonly approval: string;

  constructor(
    trade: ArbitrageTrade,
    parts: RunnerParts,
    { stored, approval }: { readonly stored: boolean; readonly approval: string },
  ) {
    this.trade = trade;
    this.parts = parts;
    this.stored = stored;
    this.approval = approval;
  }

  /** Stores the trade, then begins. @returns false when there is such a trade already */
  begin(): Promise<boolean> {
    this.begun = this.parts.store.create(this.trade).then((made) => {
      this.stored = made;
      if (made) this.act();
      return made;
    });
    return this.begun;
  }

  /** Resolves when the input has had its effect, durably; rejects when storage was closed first. */
  async feed(...inputs: readonly TradeInput[]): Promise<void> {
    if (!this.stored && !(await this.begun)) return;
    this.waiting.push(...inputs);
    while (this.waiting.length > 0) {
      this.working ??= this.work().finally(() => {
        this.working = undefined;
      });
      await this.working;
    }
  }

  /** Nothing is begun any more; resolves when what is under way has ended. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.working;
  }

  private async work(): Promise<void> {
    while (this.waiting.length > 0) {
      const inputs = this.waiting.splice(0);
      const before = this.trade;
      const after = applyAllToTrade(before, inputs);
      if (after !== before) {
        try {
          await this.parts.store.replace(after, before.version);
        } catch (error) {
          this.waiting.unshift(...inputs);
          throw error;
        }
        this.trade = after;
        this.parts.onChange(before, after);
      }
      this.act();
    }
  }

  /** Takes every step that is due and not under way. */
  act(): void {
    if (this.stopped || !this.stored || hasTradeEnded(this.trade)) return;
    const { clock, rules } = this.parts;
    const nowUs = clock.nowUs();
    for (const step of nextSteps(this.trade, nowUs, rules)) {
      const key = keyOf(step);
      if (this.underWay.has(key) || nowUs < (this.againAtUs.get(key) ?? 0)) continue;
      this.underWay.add(key);
      void this.take(step)
        .catch((error: unknown) => {
          const { tradeId } = this.trade;
          this.parts.logger.error('trade.step_failed', 'a step of a trade failed', {
            ...this.traced(),
            error,
            tradeId,
            step: step.kind,
          });
        })
        .finally(() => {
          this.underWay.delete(key);
          this.againAtUs.set(key, clock.nowUs() + rules.recheckUs);
        });
    }
  }

  private async take(step: TradeStep): Promise<void> {
    const atUs = this.parts.clock.nowUs();
    switch (step.kind) {
      case 'submit':
        return this.submit(step);
      case 'query':
        return this.query(step);
      case 'cancel':
        await this.parts.orders.cancel({ ...step, ...this.traced() });
        return;
      case 'overdue':
        return this.feed({ kind: 'overdue', atUs });
      case 'plan':
        return this.plan();
      case 'give-up':
        return this.feed({ kind: 'give-up', detail: step.detail, atUs });
    }
  }

  private traced(): { readonly traceparent?: string } {
    const traceparent = this.parts.contextOf?.(this.trade.tradeId);
    return traceparent === undefined ? {} : { traceparent };
  }

  private async submit(step: Extract<TradeStep, { kind: 'submit' }>): Promise<void> {
    const { orders, clock, promised } = this.parts;
    const { tradeId, accountId, opportunityId } = this.trade;
    const first = step.orders[0] as TradeOrder;
    const arriving = promised(step.orders);
    const outcome = await orders.submit({
      requestId: step.requestId,
      accountId,
      tradeId,
      opportunityId: opportunityId ?? '',
      orders: step.orders.map(newOrderOf),
      purpose: first.strategy === undefined ? 'entry' : 'unwind',
      sendBeforeUs: first.sendBeforeUs,
      approval: first.strategy === undefined ? this.approval : '',
      ...this.traced(),
    });
    const atUs = clock.nowUs();
    if (outcome.kind === 'unknown') {
      this.parts.logger.warn('trade.submit_unknown', 'the gateway did not answer', {
        ...this.traced(),
        tradeId,
        detail: outcome.detail,
      });
      return;
    }
    if (outcome.kind === 'refused') {
      const { reason, detail } = outcome;
      return this.feed({ kind: 'refused', requestId: step.requestId, reason, detail, atUs });
    }
    const arrivals = await arriving.catch(() => new Map<string, Decimal>());
    await this.feed(
      ...step.orders.flatMap(({ orderId }): readonly TradeInput[] => {
        const notional = arrivals.get(orderId);
        return notional === undefined ? [] : [{ kind: 'arrival', orderId, notional, atUs }];
      }),
      ...outcome.orders.map((order): TradeInput => ({ kind: 'order', order, atUs })),
    );
  }

  private async query(step: Extract<TradeStep, { kind: 'query' }>): Promise<void> {
    const found = await this.parts.orders.find(step.orderId);
    const atUs = this.parts.clock.nowUs();
    if (found === 'unknown') return;
    if (found !== 'absent') return this.feed({ kind: 'order', order: found, atUs });
    const order = [...this.trade.legs, ...this.trade.unwinds].find(
      ({ orderId }) => orderId === step.orderId,
    );
    if (!step.final || order === undefined) return;
    const { requestId } = order;
    const detail = 'the gateway never had it';
    await this.feed({ kind: 'refused', requestId, reason: 'GATEWAY_UNAVAILABLE', detail, atUs });
  }

  private async plan(): Promise<void> {
    const { clock, rules, marketsFor, logger } = this.parts;
    const { trade } = this;
    const markets = await marketsFor(trade);
    const nowUs = clock.nowUs();
    const planned = planUnwind(trade, { markets, nowUs, rules: rules.unwind });
    if (planned.kind === 'carry') return this.feed({ kind: 'carry', atUs: nowUs });
    const { tradeId } = trade;
    if (planned.kind === 'wait') {
      if (planned.why !== this.waitsFor) {
        logger.warn('trade.unwind_waits', planned.why, { tradeId });
      }
      this.waitsFor = planned.why;
      return;
    }
    this.waitsFor = '';
    const { plan, strategy } = planned;
    const sendBeforeUs = nowUs + rules.legTimeoutUs;
    const order = unwindOrder(trade, { plan, strategy, nowUs, sendBeforeUs });
    logger.info('trade.unwind', `${strategy} at ${plan.venue}`, {
      ...{ tradeId, strategy },
      ...this.traced(),
    });
    await this.feed({ kind: 'unwind', order, atUs: nowUs });
  }
}

const keyOf = (step: TradeStep): string => {
  if (step.kind === 'submit') return `submit:${step.requestId}`;
  return 'orderId' in step ? `${step.kind}:${step.orderId}` : step.kind;
};

function newOrderOf(order: TradeOrder, index: number): NewOrder {
  const { venue, instrument, side, quantity, limitPrice, requestId } = order;
  return {
    clientOrderId: clientOrderId(`${requestId}-${index}`),
    venue,
    instrument,
    side,
    type: 'limit',
    timeInForce: 'ioc',
    quantity,
    limitPrice,
    postOnly: false,
  };
}
