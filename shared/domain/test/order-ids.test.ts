import fc from 'fast-check';
import { accountId, deriveClientOrderId, deriveOrderId, orderId, requestId } from '../src/index.ts';

const UUID_8 = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

const sources = fc.record({
  accountId: fc.string().map(accountId),
  requestId: fc.string().map(requestId),
  index: fc.nat(),
});

describe('the ids of orders', () => {
  it('are the same for the same request and never for another', () => {
    fc.assert(
      fc.property(sources, sources, (a, b) => {
        const same =
          a.accountId === b.accountId && a.requestId === b.requestId && a.index === b.index;
        expect(deriveOrderId(a) === deriveOrderId(b)).toBe(same);
        expect(deriveOrderId({ ...a })).toBe(deriveOrderId(a));
      }),
    );
  });

  it('do not mix up where one part ends and the next begins', () => {
    const one = deriveOrderId({ accountId: accountId('a'), requestId: requestId('bc'), index: 0 });
    const two = deriveOrderId({ accountId: accountId('ab'), requestId: requestId('c'), index: 0 });
    expect(one).not.toBe(two);
  });

  it('give the venue a UUID that differs with the order and with each replace', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(), (text, revision) => {
        const id = deriveClientOrderId({ orderId: orderId(text), revision });
        expect(id).toMatch(UUID_8);
        const next = deriveClientOrderId({ orderId: orderId(text), revision: revision + 1 });
        expect(next).not.toBe(id);
      }),
    );
  });

  it('are pinned, for orders that stand at venues must be found again', () => {
    const id = deriveOrderId({
      accountId: accountId('alice'),
      requestId: requestId('r-1'),
      index: 0,
    });
    expect(id).toBe('cf72d4ce62ed95615b5d729e');
    expect(deriveClientOrderId({ orderId: id, revision: 0 })).toBe(
      '9f26cef0-c5c5-8372-930e-7cc374906e6c',
    );
  });
});
