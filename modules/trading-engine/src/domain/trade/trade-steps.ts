import type { ArbitrageTrade, OrderId, RequestId, TradeOrder } from '@ats/domain';
import { requestId } from '@ats/domain';
import { ordersOf } from './trade-figures.ts';
import { hasTradeEnded, settled } from './trade-machine.ts';
import type { TradeRules } from './trade-rules.ts';

/** What is to be done next for a trade. Doing a step again is harmless. */
export type TradeStep =
  /** Submit these orders in one request. */
  | {
      readonly kind: 'submit';
      readonly requestId: RequestId;
      readonly orders: readonly TradeOrder[];
    }
  /** Ask the gateway how an order stands. `final`: if it is not there now, it never will be. */
  | { readonly kind: 'query'; readonly orderId: OrderId; readonly final: boolean }
  | { readonly kind: 'cancel'; readonly orderId: OrderId; readonly requestId: RequestId }
  | { readonly kind: 'overdue' }
  /** Find the next attempt to close what is open. */
  | { readonly kind: 'plan' }
  | { readonly kind: 'give-up'; readonly detail: string };

/**
 * A function of what is stored and of the time alone: a trade that is read after a crash goes on
 * where it was, and a step whose outcome was lost is taken again.
 */
export function nextSteps(
  trade: ArbitrageTrade,
  nowUs: number,
  rules: TradeRules,
): readonly TradeStep[] {
  if (hasTradeEnded(trade) || trade.state === 'PROPOSED') return [];
  const steps = [
    ...submitSteps(trade, nowUs),
    ...ordersOf(trade).flatMap((order) => orderSteps(trade, order, { nowUs, rules })),
  ];
  if (trade.state !== 'UNWINDING') return [...steps, ...overdueSteps(trade, nowUs, rules)];
  return [...steps, ...unwindSteps(trade, nowUs, rules)];
}

/** Legs are one request, each unwind is one of its own. */
function submitSteps(trade: ArbitrageTrade, nowUs: number): readonly TradeStep[] {
  const due = (order: TradeOrder): boolean =>
    order.state === 'planned' && nowUs < order.sendBeforeUs;
  const [leg] = trade.legs;
  const steps: TradeStep[] = [];
  // A trade that a person cancelled does not begin any more.
  if (trade.state === 'RISK_APPROVED' && leg !== undefined && due(leg)) {
    steps.push({ kind: 'submit', requestId: leg.requestId, orders: trade.legs });
  }
  for (const order of trade.unwinds.filter(due)) {
    steps.push({ kind: 'submit', requestId: order.requestId, orders: [order] });
  }
  return steps;
}

interface Moment {
  readonly nowUs: number;
  readonly rules: TradeRules;
}

function orderSteps(
  trade: ArbitrageTrade,
  order: TradeOrder,
  { nowUs, rules }: Moment,
): readonly TradeStep[] {
  const { orderId, sendBeforeUs, state } = order;
  if (state === 'planned') {
    // Requests that are on their way by then have arrived or been given up.
    const final = nowUs >= sendBeforeUs + rules.recheckUs;
    return final ? [{ kind: 'query', orderId, final }] : [];
  }
  if (state !== 'standing') return [];
  const query: TradeStep = { kind: 'query', orderId, final: false };
  const steps = nowUs >= order.plannedAtUs + rules.recheckUs ? [query] : [];
  const cancelAtUs = sendBeforeUs + rules.cancelAfterUs;
  if (nowUs < cancelAtUs && trade.state !== 'UNWINDING') return steps;
  if (nowUs < cancelAtUs && order.strategy !== undefined) return steps;
  // A cancel that was refused or lost is asked for again, under another id.
  const again = Math.max(0, Math.floor((nowUs - cancelAtUs) / rules.cancelAfterUs));
  const cancelId = requestId(`${orderId}-cancel-${again}`);
  return [...steps, { kind: 'cancel', orderId, requestId: cancelId }];
}

function overdueSteps(
  trade: ArbitrageTrade,
  nowUs: number,
  rules: TradeRules,
): readonly TradeStep[] {
  if (trade.state !== 'RESERVED' && trade.state !== 'SUBMITTED') return [];
  const overdue = trade.legs.some(
    (leg) => leg.state === 'standing' && nowUs >= leg.sendBeforeUs + rules.cancelAfterUs,
  );
  return overdue ? [{ kind: 'overdue' }] : [];
}

function unwindSteps(
  trade: ArbitrageTrade,
  nowUs: number,
  rules: TradeRules,
): readonly TradeStep[] {
  const { unwinds, unwindingAtUs } = trade;
  const { attemptsMax, timeMaxUs, retryUs, sliceUs } = rules.unwind;
  const late = nowUs >= unwindingAtUs + timeMaxUs;
  if (!settled(trade)) {
    if (!late) return [];
    const fateless = ordersOf(trade).find(({ state }) => state !== 'ended' && state !== 'refused');
    const detail = `nobody knows what became of order ${fateless?.orderId}`;
    return [{ kind: 'give-up', detail }];
  }
  if (late) return [{ kind: 'give-up', detail: 'the time to unwind is over' }];
  if (unwinds.length >= attemptsMax) {
    return [{ kind: 'give-up', detail: `${unwinds.length} attempts to unwind did not suffice` }];
  }
  const last = unwinds.at(-1);
  if (last === undefined) return [{ kind: 'plan' }];
  const pauseUs = last.strategy === 'gradual' ? sliceUs : retryUs;
  return nowUs >= last.plannedAtUs + pauseUs ? [{ kind: 'plan' }] : [];
}
