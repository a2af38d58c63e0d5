import type { Message } from '../../../src/contract.ts';
import type { OrderDraft } from './order-draft.ts';
import type { Reason } from './reasons.ts';

type Preview = Message<'ats.risk.v1.PreviewOrdersResponse'>;
type Intent = Message<'ats.risk.v1.OrderIntent'>;

interface Priced {
  /** What it was reckoned at, decimal text: its limit, the worst at the market, or empty. */
  readonly price: string;
}

/** Why risk would refuse: the limit that it would pass, where it is one. */
export interface Refused extends Priced {
  readonly kind: 'refused';
  readonly reason: Reason;
  /** A sentence, in English. */
  readonly detail: string;
  /** As `GetRiskLimits` names it; empty where no limit stands in the way. */
  readonly limitName: string;
  readonly limitOf: string;
  /** Decimal text; empty where it is of the order alone. */
  readonly standsAt: string;
  readonly value: string;
  readonly max: string;
}

/** What risk would say now. Whatever is not known for certain is `silent`, which is a refusal. */
export type Verdict =
  | { readonly kind: 'incomplete' | 'asking' }
  | ({ readonly kind: 'approved' } & Priced)
  | Refused
  | { readonly kind: 'silent'; readonly detail: string };

/** What is known of an answer. */
export interface Heard {
  readonly preview: Preview | undefined;
  /** What went wrong with the newest question; undefined when it was answered. */
  readonly problem: string | undefined;
  /** How old the answer is, milliseconds. */
  readonly ageMs: number;
}

/** An answer is asked for again long before it is so old. */
export const VERDICT_AGE_MS_MAX = 9000;

export function verdictOf({ preview, problem, ageMs }: Heard): Verdict {
  if (problem !== undefined) return { kind: 'silent', detail: problem };
  if (preview === undefined) return { kind: 'asking' };
  const { decision, limitName, limitOf, standsAt } = preview;
  const [price = ''] = preview.prices;
  if (ageMs > VERDICT_AGE_MS_MAX || decision === null) return { kind: 'silent', detail: '' };
  if (decision.verdict === 'VERDICT_APPROVED') return { kind: 'approved', price };
  const { reason, detail, value, limit: max } = decision;
  return { kind: 'refused', price, reason, detail, limitName, limitOf, standsAt, value, max };
}

/** The draft as risk is asked about it; at the market it has no price. */
export function intentOf(
  { side, type, quantity, limitPrice }: OrderDraft,
  { venue, instrument }: Pick<Intent, 'venue' | 'instrument'>,
): Intent {
  const price = type === 'ORDER_TYPE_LIMIT' ? limitPrice : '';
  return { orderId: '', venue, instrument, side, quantity, price };
}
