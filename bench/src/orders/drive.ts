import { LatencyRecorder } from '@ats/runtime';
import type { OrderSystem } from './order-system.ts';

export interface Drive {
  readonly ordersPerSecond: number;
  readonly writesPerOrder: number;
  /** From the call until the gateway has answered, which is when the order is durable. */
  readonly acknowledged: LatencyRecorder;
  readonly stages: ReturnType<OrderSystem['takeStages']>;
}

let requests = 0;

function submit(system: OrderSystem, run: string): Promise<unknown> {
  requests += 1;
  return system.client.SubmitOrders(
    {
      requestId: `${run}-${requests}`,
      accountId: 'main',
      orders: [
        {
          clientOrderId: `${run}-${requests}`,
          venue: system.listing.venue,
          instrument: system.listing.instrument,
          side: 'ORDER_SIDE_BUY',
          type: 'ORDER_TYPE_LIMIT',
          timeInForce: 'TIME_IN_FORCE_IOC',
          quantity: '0.00100',
          limitPrice: '98000.00',
          postOnly: false,
        },
      ],
      opportunityId: '',
      tradeId: '',
      purpose: 'ORDER_PURPOSE_ENTRY',
      sendBeforeUs: 0,
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
