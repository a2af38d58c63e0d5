import { describe, expect, it } from '@jest/globals';
import { fillsOf } from '../src/text/fills.ts';

type Events = Parameters<typeof fillsOf>[0];
type Event = Events extends Iterable<infer One> ? One : never;

interface Change {
  readonly orderId?: string;
  readonly version: number;
  readonly from: string;
  readonly quantity: string;
  readonly notional: string;
}

const event = ({ orderId = 'a', version, from, quantity, notional }: Change): Event =>
  ({
    order: { orderId, version, cumulativeQuantity: quantity, cumulativeNotional: notional },
    previousStatus: `ORDER_STATUS_${from}`,
    occurredAtUs: version,
  }) as Event;

const shown = (events: readonly Event[]): readonly string[] =>
  fillsOf(events).map(({ order, quantity, price }) => `${order.orderId} ${quantity} @ ${price}`);

describe('fills', () => {
  it('are what each event of an order has more than the one before', () => {
    const events = [
      event({ version: 1, from: 'UNSPECIFIED', quantity: '0', notional: '0' }),
      event({ version: 2, from: 'NEW', quantity: '0', notional: '0' }),
      event({ version: 3, from: 'LIVE', quantity: '0.5', notional: '50' }),
      event({ version: 4, from: 'PARTIALLY_FILLED', quantity: '2', notional: '203' }),
      event({ version: 5, from: 'PARTIALLY_FILLED', quantity: '2', notional: '203' }),
    ];
    expect(shown(events)).toEqual(['a 0.5 @ 100.000000000000', 'a 1.5 @ 102.000000000000']);
  });

  it('are not guessed of an order that was filled in part before the first event', () => {
    const events = [
      event({ version: 7, from: 'PARTIALLY_FILLED', quantity: '3', notional: '30' }),
      event({ version: 8, from: 'PARTIALLY_FILLED', quantity: '4', notional: '41' }),
    ];
    expect(shown(events)).toEqual(['a 1 @ 11.000000000000']);
  });

  it('keep orders apart', () => {
    const events = [
      event({ orderId: 'a', version: 1, from: 'LIVE', quantity: '1', notional: '10' }),
      event({ orderId: 'b', version: 1, from: 'LIVE', quantity: '3', notional: '33' }),
    ];
    expect(shown(events)).toEqual(['a 1 @ 10.000000000000', 'b 3 @ 11.000000000000']);
  });
});
