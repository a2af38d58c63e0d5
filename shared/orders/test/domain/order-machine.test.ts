import { averagePrice, Decimal, requestId } from '@ats/domain';
import {
  cancel,
  decimal,
  fill,
  LIVE,
  last,
  newOrder,
  outcomes,
  replace,
  SUBMITTED,
} from '../samples.ts';

const at = { atUs: 3 } as const;
const order = newOrder();

describe('an order', () => {
  it('takes a fill whose cancel was acknowledged for a late fill, and says so', () => {
    const inputs = [...LIVE, cancel(), { kind: 'cancel-accepted', detail: '', ...at } as const];
    expect(last(order, [...inputs, fill('e-1', 4)])).toMatchObject({
      kind: 'changed',
      notes: ['LATE_FILL'],
      order: { status: 'CANCELED', cumulativeQuantity: decimal(4), leavesQuantity: Decimal.ZERO },
    });
    expect(last(order, [...inputs, fill('e-1', 10)])).toMatchObject({
      notes: ['LATE_FILL'],
      order: { status: 'FILLED' },
    });
  });

  it('takes a late fill after a cancel that never needed the venue', () => {
    expect(last(order, [cancel(), fill('e-1', 4)])).toMatchObject({
      notes: ['LATE_FILL'],
      order: { status: 'CANCELED', cumulativeQuantity: decimal(4) },
    });
  });

  it('says how much is missing when the venue had filled more than it reported', () => {
    const ended = { kind: 'cancel-accepted', detail: '', cumulativeQuantity: decimal(6), ...at };
    const inputs = [...LIVE, fill('e-1', 4), cancel(), ended as never];
    expect(last(order, inputs)).toMatchObject({
      notes: ['FILLS_MISSING'],
      missingQuantity: decimal(2),
    });
  });

  it('refuses a cancel that comes too late', () => {
    expect(last(order, [...LIVE, fill('e-1', 10), cancel()])).toMatchObject({
      kind: 'refused',
      reason: 'TOO_LATE_TO_CANCEL',
      order: { status: 'FILLED' },
    });
  });

  it('can be cancelled while a replace is pending, and is replaced if that cancel fails', () => {
    const inputs = [...LIVE, replace(12), cancel()];
    expect(last(order, inputs).order.status).toBe('CANCEL_PENDING');
    const refusal = { kind: 'cancel-rejected', tooLate: false, ...at } as const;
    expect(last(order, [...inputs, refusal]).order.status).toBe('REPLACE_PENDING');
    const granted = { kind: 'replace-accepted', ...at } as const;
    const both = last(order, [...inputs, granted, refusal]).order;
    expect(both).toMatchObject({ status: 'LIVE', leavesQuantity: decimal(12) });
    expect(both.terms).toMatchObject({ quantity: decimal(12), limitPrice: decimal(101) });
  });

  it('takes no answer to another replace for the answer to this one', () => {
    const stale = { kind: 'replace-accepted', requestId: requestId('replace-0'), ...at } as const;
    expect(last(order, [...LIVE, replace(12), stale])).toMatchObject({
      kind: 'ignored',
      reason: 'STALE_ANSWER',
    });
  });

  it('refuses to be replaced by less than is filled, or without a price', () => {
    const filled = [...LIVE, fill('e-1', 4)];
    expect(last(order, [...filled, replace(4)])).toMatchObject({ reason: 'REPLACE_BELOW_FILLED' });
    const { replacement } = replace(12);
    const unpriced = { ...replace(12), replacement: { ...replacement, limitPrice: undefined } };
    expect(last(order, [...filled, unpriced])).toMatchObject({ reason: 'INVALID_TERMS' });
  });

  it('is not settled by a query while the venue counts fills that we have not seen', () => {
    const lost = [...SUBMITTED, { kind: 'submit-ambiguous', ...at } as const];
    const found = { kind: 'resolved', found: 'filled', detail: '', ...at } as const;
    expect(last(order, [...lost, found])).toMatchObject({
      kind: 'ignored',
      reason: 'FILLS_MISSING',
      missingQuantity: decimal(10),
      order: { status: 'UNKNOWN' },
    });
    expect(last(order, [...lost, fill('e-1', 10)]).order.status).toBe('FILLED');
  });

  it('is taken for never sent only if its fate is unknown and the venue has never had it', () => {
    const nowhere = { kind: 'resolved', found: 'not-found', detail: '', ...at } as const;
    expect(last(order, [...SUBMITTED, nowhere])).toMatchObject({ reason: 'MAY_BE_IN_FLIGHT' });
    const lost = { kind: 'submit-ambiguous', ...at } as const;
    expect(last(order, [...SUBMITTED, lost, nowhere]).order.status).toBe('REJECTED');
    expect(last(order, [...LIVE, nowhere])).toMatchObject({
      notes: ['VENUE_CONTRADICTS'],
      order: { status: 'UNKNOWN' },
    });
    expect(last(order, [...LIVE, nowhere, nowhere])).toMatchObject({ reason: 'NOT_FOUND' });
  });

  it('is in doubt when a venue fills or accepts what it rejected', () => {
    const rejected = [...SUBMITTED, { kind: 'rejected', detail: 'no', ...at } as const];
    expect(last(order, [...rejected, { kind: 'accepted', ...at }])).toMatchObject({
      notes: ['VENUE_CONTRADICTS'],
      order: { status: 'UNKNOWN' },
    });
    expect(last(order, [...rejected, fill('e-1', 4)]).order.status).toBe('UNKNOWN');
  });

  it('counts a repeated execution id once', () => {
    const all = outcomes(order, [...LIVE, fill('e-1', 4), fill('e-1', 4), fill('e-2', 4)]);
    expect(all.map(({ kind }) => kind).slice(-3)).toEqual(['changed', 'ignored', 'changed']);
    expect(all.at(-1)?.order.cumulativeQuantity.toString()).toBe('8');
  });

  it('keeps the notional of its fills exactly and rounds AvgPx only when it is shown', () => {
    const inputs = [...LIVE, fill('e-1', '1', '100.01'), fill('e-2', '2', '100.02')];
    const filled = last(order, inputs).order;
    expect(filled.cumulativeNotional.toString()).toBe('300.05');
    expect(averagePrice(filled, { scale: 4, rounding: 'down' })?.toString()).toBe('100.0166');
    expect(averagePrice(filled, { scale: 4, rounding: 'up' })?.toString()).toBe('100.0167');
    expect(averagePrice(order, { scale: 4, rounding: 'up' })).toBeUndefined();
  });

  it('counts what was filled beyond its quantity', () => {
    expect(last(order, [...LIVE, fill('e-1', 4), fill('e-2', 7)])).toMatchObject({
      notes: ['OVERFILLED'],
      order: { status: 'FILLED', cumulativeQuantity: decimal(11), leavesQuantity: Decimal.ZERO },
    });
  });
});
