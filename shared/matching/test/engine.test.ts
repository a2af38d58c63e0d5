import { MatchingEngine, type NewOrder } from '../src/index.ts';
import { EventLog } from './event-log.ts';

function open(selfTrade: 'cancel-newest' | 'cancel-oldest' | 'cancel-both' = 'cancel-newest') {
  const log = new EventLog();
  const engine = new MatchingEngine({ events: log, selfTrade, ordersMax: 100 });
  let lastId = 0;
  const submit = (part: Partial<NewOrder>) => {
    lastId += 1;
    return engine.submit({
      orderId: lastId,
      owner: 0,
      side: 'bid',
      type: 'limit',
      timeInForce: 'gtc',
      postOnly: false,
      priceTicks: 100,
      lots: 10,
      ...part,
    });
  };
  const makers = () =>
    log.take().flatMap(([name, event]) => (name === 'executed' ? [event['makerOrderId']] : []));
  return { engine, log, submit, makers };
}

describe('the matching engine', () => {
  test('fills the better price first and the earlier order at one price', () => {
    const { submit, makers } = open();
    submit({ side: 'ask', priceTicks: 101 });
    submit({ side: 'ask', priceTicks: 100 });
    submit({ side: 'ask', priceTicks: 100 });
    expect(submit({ priceTicks: 101, lots: 25 })).toBe('filled');
    expect(makers()).toEqual([2, 3, 1]);
  });

  test('executes at the resting price and rests what is left', () => {
    const { engine, log, submit } = open();
    submit({ side: 'ask', priceTicks: 98, lots: 4 });
    log.take();
    expect(submit({ priceTicks: 100, lots: 10 })).toBe('resting');
    const execution = log.take().find(([name]) => name === 'executed')?.[1];
    expect(execution).toMatchObject({ priceTicks: 98, lots: 4, takerLeavesLots: 6 });
    expect(engine.lotsAt({ side: 'bid', priceTicks: 100 })).toBe(6);
  });

  test('keeps the place in the queue when only the quantity goes down', () => {
    const { engine, submit, makers } = open();
    submit({ side: 'ask' });
    submit({ side: 'ask' });
    engine.replace({ orderId: 1, priceTicks: 100, lots: 5, postOnly: false });
    submit({ lots: 5 });
    expect(makers()).toEqual([1]);
  });

  test('loses the place in the queue when the quantity goes up', () => {
    const { engine, submit, makers } = open();
    submit({ side: 'ask' });
    submit({ side: 'ask' });
    engine.replace({ orderId: 1, priceTicks: 100, lots: 11, postOnly: false });
    submit({ lots: 5 });
    expect(makers()).toEqual([2]);
  });

  test('kills a fill-or-kill order that cannot fill, leaving the book as it was', () => {
    const { engine, submit } = open();
    submit({ side: 'ask', lots: 9 });
    expect(submit({ timeInForce: 'fok', lots: 10 })).toBe('canceled');
    expect(engine.lotsAt({ side: 'ask', priceTicks: 100 })).toBe(9);
    expect(submit({ timeInForce: 'fok', lots: 9 })).toBe('filled');
  });

  test('cancels what an immediate-or-cancel or market order leaves', () => {
    const { engine, submit } = open();
    submit({ side: 'ask', lots: 3 });
    expect(submit({ type: 'market', lots: 10 })).toBe('canceled');
    expect(submit({ timeInForce: 'ioc', lots: 10 })).toBe('canceled');
    expect(engine.orderCount).toBe(0);
  });

  test('refuses a post-only order or replacement that would take', () => {
    const { engine, submit } = open();
    submit({ side: 'ask', priceTicks: 101 });
    expect(submit({ postOnly: true, priceTicks: 101 })).toBe('rejected');
    expect(submit({ postOnly: true, priceTicks: 100 })).toBe('resting');
    expect(engine.replace({ orderId: 3, priceTicks: 101, lots: 1, postOnly: true })).toBe(
      'rejected',
    );
    expect(engine.priceTicksOf(3)).toBe(100);
  });

  test.each([
    ['cancel-newest', 10, 0],
    ['cancel-oldest', 0, 10],
    ['cancel-both', 0, 0],
  ] as const)('never trades an owner with himself, %s', (policy, askLots, bidLots) => {
    const { engine, submit, makers } = open(policy);
    submit({ side: 'ask', owner: 7 });
    submit({ owner: 7 });
    expect(makers()).toEqual([]);
    expect(engine.lotsAt({ side: 'ask', priceTicks: 100 })).toBe(askLots);
    expect(engine.lotsAt({ side: 'bid', priceTicks: 100 })).toBe(bidLots);
  });

  test.each([0, -1, 1.5, 2 ** 53, Number.NaN])('stops at lots of %d', (lots) => {
    const { submit } = open();
    expect(() => submit({ lots })).toThrow(
      expect.objectContaining({
        code: 'INVARIANT_VIOLATED',
        context: { field: 'lots', value: lots },
      }),
    );
  });
});
