import {
  type AccountId,
  clientOrderId,
  hasEnded,
  type MarketId,
  marketId,
  type Order,
  requestId,
  tradeId,
} from '@ats/domain';
import type { Clock } from '@ats/runtime';
import { type ClosingOrder, type FlattenState, withEnd } from '../domain/flatten/flatten-state.ts';
import type { TradeRules } from '../domain/trade/trade-rules.ts';
import type { OrderDesk } from './order-desk.ts';

/** The orders of a flatten and their way through the gateway. Every call may be made again. */
export class ClosingOrders {
  private readonly options: {
    readonly accountId: AccountId;
    readonly orders: OrderDesk;
    readonly rules: TradeRules;
    readonly clock: Clock;
  };

  constructor(options: ClosingOrders['options']) {
    this.options = options;
  }

  /** @returns why the gateway refused; empty when it took it, or did not say */
  async submit({ flattenId }: FlattenState, closing: ClosingOrder): Promise<string> {
    const { orders, accountId } = this.options;
    const { venue, instrument, side, quantity, limitPrice, requestId: request } = closing;
    const outcome = await orders.submit({
      requestId: request,
      accountId,
      opportunityId: '',
      tradeId: tradeId(flattenId),
      orders: [
        {
          ...{ venue, instrument, side, quantity, limitPrice },
          clientOrderId: clientOrderId(`${request}-0`),
          type: 'limit',
          timeInForce: 'ioc',
          postOnly: false,
        },
      ],
      purpose: 'unwind',
      sendBeforeUs: closing.sendBeforeUs,
      approval: '',
    });
    return outcome.kind === 'refused' ? outcome.detail : '';
  }

  /** A cancel that was refused or lost is asked for again, under another id. */
  async cancel({ flattenId, sinceUs }: FlattenState, standing: readonly Order[]): Promise<void> {
    const { orders, clock, rules } = this.options;
    const round = Math.floor((clock.nowUs() - sinceUs) / rules.cancelAfterUs);
    for (const { orderId } of standing) {
      const request = requestId(`${flattenId}-cancel-${round}-${orderId}`);
      await orders.cancel({ requestId: request, orderId });
    }
  }

  /**
   * Takes in how orders ended.
   * @param again whether what the gateway does not have is sent again, while it may leave
   * @returns the state after it, and why orders of markets have not ended
   */
  async settle(
    state: FlattenState,
    { again }: { readonly again: boolean },
  ): Promise<{ readonly state: FlattenState; readonly waits: ReadonlyMap<MarketId, string> }> {
    const { orders, clock, rules } = this.options;
    const nowUs = clock.nowUs();
    const waits = new Map<MarketId, string>();
    let next = state;
    for (const closing of state.open) {
      const { orderId, sendBeforeUs } = closing;
      const market = marketId(closing);
      const found = await orders.find(orderId);
      if (found === 'unknown') {
        waits.set(market, 'the gateway does not answer');
      } else if (found === 'absent') {
        const refused = again && nowUs < sendBeforeUs ? await this.submit(state, closing) : '';
        if (refused !== '') waits.set(market, refused);
        // What was refused, or is not there when it could have left no more, was never taken.
        const over = nowUs >= sendBeforeUs + rules.recheckUs;
        if (over || refused !== '') next = withEnd(next, closing, undefined);
      } else if (hasEnded(found)) {
        next = withEnd(next, closing, found);
      } else if (nowUs >= sendBeforeUs + rules.cancelAfterUs) {
        waits.set(market, `order ${orderId} does not end`);
        await this.cancel(state, [found]);
      }
    }
    return { state: next, waits };
  }
}
