import { accountId, Decimal, requestId } from '@ats/domain';
import { LatencyRecorder, systemClock } from '@ats/runtime';
import type { OrderSystem } from './order-system.ts';

export interface Drive {
  readonly ordersPerSecond: number;
  readonly writesPerOrder: number;
  /** From the call until the gateway has answered, which is when the order is durable. */
  readonly acknowledged: LatencyRecorder;
  readonly stages: ReturnType<OrderSystem['takeStages']>;
}

const QUANTITY = Decimal.parse('0.00100');
const PRICE = Decimal.parse('98000.00');
const APPROVAL_US = 60_000_000;

function approvalOf({ seal, listing }: OrderSystem, id: string): string {
  const issuedAtUs = systemClock.nowUs();
  const { venue, instrument } = listing;
  return seal.sign({
    accountId: accountId('main'),
    requestId: requestId(id),
    epoch: 0,
    legs: [{ venue, instrument, side: 'buy', quantity: QUANTITY, price: PRICE }],
    issuedAtUs,
    expiresAtUs: issuedAtUs + APPROVAL_US,
  });
}

let requests = 0;

function submit(system: OrderSystem, run: string): Promise<unknown> {
  requests += 1;
  const id = `${run}-${requests}`;
  const { venue, instrument } = system.listing;
  return system.client.SubmitOrders(
    {
      requestId: id,
      accountId: 'main',
      orders: [
        {
          clientOrderId: id,
          ...{ venue, instrument },
          side: 'ORDER_SIDE_BUY',
          type: 'ORDER_TYPE_LIMIT',
          timeInForce: 'TIME_IN_FORCE_IOC',
          quantity: QUANTITY.toString(),
          limitPrice: PRICE.toString(),
          postOnly: false,
        },
      ],
      opportunityId: '',
      tradeId: '',
      purpose: 'ORDER_PURPOSE_ENTRY',
      sendBeforeUs: 0,
      approval: approvalOf(system, id),
    },
    { deadlineMs: 30_000 },
  );
}

/**
 * Sends orders, some at a time, and waits until the last of them is settled: through the gateway,
 * the log, the OMS, the venue gateway, a pretended venue, back, and into the ledger.
 */
export async function drive(
  system: OrderSystem,
  options: { readonly run: string; readonly orders: number; readonly inFlight: number },
): Promise<Drive> {
  const acknowledged = new LatencyRecorder();
  const { promise: allSettled, resolve } = Promise.withResolvers<void>();
  let settled = 0;
  // What is under way counts until it is settled: the queue behind the gateway stays short.
  const free: (() => void)[] = [];
  system.onSettled(() => {
    settled += 1;
    free.shift()?.();
    if (settled >= options.orders) resolve();
  });
  system.takeStages();
  const writesBefore = system.durableWrites();
  const began = performance.now();
  for (let sent = 0; sent < options.orders; sent += 1) {
    if (sent - settled >= options.inFlight) {
      await new Promise<void>((go) => free.push(go));
    }
    const askedAt = performance.now();
    void submit(system, options.run).then(() => {
      acknowledged.record((performance.now() - askedAt) * 1000);
    });
  }
  await allSettled;
  const seconds = (performance.now() - began) / 1000;
  return {
    ordersPerSecond: options.orders / seconds,
    writesPerOrder: (system.durableWrites() - writesBefore) / options.orders,
    acknowledged,
    stages: system.takeStages(),
  };
}
