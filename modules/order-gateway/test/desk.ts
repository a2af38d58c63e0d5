import {
  accountId,
  clientOrderId,
  type InstrumentId,
  type RequestId,
  requestId,
  venueId,
} from '@ats/domain';
import { Outbox } from '@ats/orders';
import { listingsOf, seededRandom, systemClock, systemTimers } from '@ats/runtime';
import type { EventLog, StateStore } from '@ats/storage';
import { memoryMetrics, silentLogger } from '@ats/testkit';
import { OrderDesk, type SubmitRequest } from '../src/index.ts';
import { decimal, gatewayConfig } from './gateway.ts';

/** A desk without sockets: gates open, no books. What an earlier one left behind is published. */
export async function openDesk(stores: { readonly state: StateStore; readonly log: EventLog }) {
  const parts = {
    ...stores,
    clock: systemClock,
    timers: systemTimers,
    logger: silentLogger(),
  };
  const random = seededRandom(1).stream('outbox');
  const outbox = new Outbox({ ...parts, owner: 'gateway-1', random, metrics: memoryMetrics() });
  const recovered = await outbox.recover();
  const desk = new OrderDesk({
    ...parts,
    outbox,
    gates: { closedFor: () => undefined, reducingSinceUs: undefined },
    risk: {
      presented: () => undefined,
      ask: () => Promise.resolve(undefined),
      askReplace: () => Promise.resolve(undefined),
    },
    prices: { worst: () => undefined },
    listings: listingsOf(gatewayConfig()),
    requestIdUs: 3_600_000_000,
    unpublishedMax: 10_000,
  });
  return { desk, outbox, recovered };
}

/** A request for limit orders that buy on alpha, one for each quantity. */
export function submitOf(
  id: string,
  { quantities = ['0.1'], limitPrice = '100' } = {},
): SubmitRequest & { readonly requestId: RequestId } {
  return {
    requestId: requestId(id),
    accountId: accountId('main'),
    orders: quantities.map((quantity, index) => ({
      clientOrderId: clientOrderId(`${id}:${index}`),
      venue: venueId('alpha'),
      instrument: 'BTC/USDT' as InstrumentId,
      side: 'buy',
      type: 'limit',
      timeInForce: 'gtc',
      quantity: decimal(quantity),
      limitPrice: decimal(limitPrice),
      postOnly: false,
    })),
    tradeId: undefined,
    purpose: 'entry',
    sendBeforeUs: 0,
    approval: undefined,
    correlationId: 'test',
  };
}
