import { describe, expect, it } from '@jest/globals';
import type { OrderDraft } from '../src/text/order-draft.ts';
import { type Heard, intentOf, VERDICT_AGE_MS_MAX, verdictOf } from '../src/text/verdict.ts';

type Preview = NonNullable<Heard['preview']>;

const decision = {
  ...{ opportunityId: '', verdict: 'VERDICT_APPROVED', reason: 'REASON_CODE_APPROVED' },
  ...{ detail: 'Within every limit.', limit: '', value: '', quantity: '' },
} as NonNullable<Preview['decision']>;
const approved: Preview = { decision, limitName: '', limitOf: '', standsAt: '', prices: ['2.5'] };
const fresh = { problem: undefined, ageMs: 100 };

describe("risk's word before an order is sent", () => {
  it('is approved by a fresh approval alone: all else that is not known is a refusal', () => {
    expect(verdictOf({ ...fresh, preview: approved })).toEqual({ kind: 'approved', price: '2.5' });
    expect(verdictOf({ ...fresh, preview: undefined })).toEqual({ kind: 'asking' });
    const old = { preview: approved, problem: undefined, ageMs: VERDICT_AGE_MS_MAX + 1 };
    expect(verdictOf(old).kind).toBe('silent');
    expect(verdictOf({ ...fresh, preview: { ...approved, decision: null } }).kind).toBe('silent');
    const unspecified = { ...decision, verdict: 'VERDICT_UNSPECIFIED' as const };
    expect(verdictOf({ ...fresh, preview: { ...approved, decision: unspecified } }).kind).toBe(
      'refused',
    );
    // Also while an earlier answer is still there.
    expect(verdictOf({ preview: approved, problem: 'down', ageMs: 0 })).toEqual({
      ...{ kind: 'silent', detail: 'down' },
    });
  });

  it('names the limit of a refusal and what it stands at', () => {
    const refused = {
      ...decision,
      ...{ verdict: 'VERDICT_REFUSED', reason: 'REASON_CODE_RISK_GROSS_EXPOSURE_MAX' },
      ...{ detail: 'grossExposure would be 9', limit: '5', value: '9' },
    } as typeof decision;
    const preview = { ...approved, decision: refused, limitName: 'grossExposure', standsAt: '4' };
    expect(verdictOf({ ...fresh, preview })).toEqual({
      ...{ kind: 'refused', reason: 'REASON_CODE_RISK_GROSS_EXPOSURE_MAX' },
      ...{ detail: 'grossExposure would be 9', limitName: 'grossExposure', limitOf: '' },
      ...{ standsAt: '4', value: '9', max: '5', price: '2.5' },
    });
  });

  it('is asked of the very order; at the market it has no price of its own', () => {
    const draft: OrderDraft = {
      ...{ side: 'ORDER_SIDE_SELL', type: 'ORDER_TYPE_LIMIT', timeInForce: 'TIME_IN_FORCE_GTC' },
      ...{ quantity: '2', limitPrice: '10', postOnly: false },
    };
    const market = { venue: 'kraken', instrument: 'XRP/USD' };
    const intent = { ...market, orderId: '', side: draft.side, quantity: '2' };
    expect(intentOf(draft, market)).toEqual({ ...intent, price: '10' });
    const atMarket = intentOf({ ...draft, type: 'ORDER_TYPE_MARKET' }, market);
    expect(atMarket).toEqual({ ...intent, price: '' });
  });
});
