import {
  type AccountId,
  type AssetId,
  accountId,
  Decimal,
  type ExecutionId,
  type Fill,
  type InstrumentId,
  type LedgerEntry,
  type OrderSide,
  type Posting,
  type VenueId,
} from '@ats/domain';
import { type AssetAmount, drawn, type Hold, heldOf } from './hold.ts';

/** The other sides of an account's dealings. Their balances may be below zero. */
export const COUNTERS = {
  /** Whoever was on the other side of a fill. */
  clearing: accountId('counter:clearing'),
  /** What venues took as fees, less their rebates. */
  fees: accountId('counter:fees'),
  /** Wherever deposits come from and withdrawals go. */
  external: accountId('counter:external'),
  /** What a rule or a person confirmed to be different from what was posted. */
  adjustments: accountId('counter:adjustments'),
} as const;

/** One fill and whose it is. */
export interface SettledFill {
  readonly hold: Hold;
  readonly side: OrderSide;
  readonly instrument: InstrumentId;
  readonly base: AssetId;
  readonly quote: AssetId;
  readonly executionId: ExecutionId;
  readonly fill: Fill;
  readonly atUs: number;
}

/**
 * The postings of one fill: base against quote with the clearing account, and the fee, in whatever
 * asset it is. What the account pays comes from the order's hold first and from its available
 * money when that is used up, as after a late fill. The same fill always gives the same entry id.
 */
export function settleFill(source: SettledFill): {
  readonly entry: LedgerEntry;
  readonly hold: Hold;
} {
  const { hold, side, base, quote, fill } = source;
  const { venue } = hold;
  const notional = fill.quantity.multiply(fill.price);
  const bought = side === 'buy';
  const trade: readonly AssetAmount[] = [
    { asset: base, amount: bought ? fill.quantity : fill.quantity.negate() },
    { asset: quote, amount: bought ? notional.negate() : notional },
  ];
  const fee: AssetAmount = { asset: fill.fee.asset, amount: fill.fee.amount.negate() };
  const own = ownPostings(hold, [...trade, fee]);
  const counter = (owner: AccountId, { asset, amount }: AssetAmount): Posting => ({
    accountId: owner,
    venue,
    asset,
    bucket: 'counter',
    amount: amount.negate(),
  });
  const postings = [
    ...own.postings,
    ...trade.map((part) => counter(COUNTERS.clearing, part)),
    counter(COUNTERS.fees, fee),
  ];
  const fillId = `${venue}:${source.instrument}:${source.executionId}`;
  return {
    entry: {
      // A trade between two orders of our own is two fills of one execution.
      entryId: `fill:${fillId}:${hold.orderId}`,
      causeId: fillId,
      kind: 'fill',
      postings: postings.filter(({ amount }) => !amount.isZero()),
      detail: '',
      postedAtUs: source.atUs,
    },
    hold: drawn(hold, own.draws),
  };
}

/** What moves in the account itself: from its hold as far as that goes, the rest in available. */
function ownPostings(
  hold: Hold,
  movements: readonly AssetAmount[],
): { postings: readonly Posting[]; draws: readonly AssetAmount[] } {
  const { accountId: owner, venue } = hold;
  const assets = [...new Set(movements.map(({ asset }) => asset))];
  const postings: Posting[] = [];
  const draws: AssetAmount[] = [];
  for (const asset of assets) {
    const amounts = movements.filter((one) => one.asset === asset).map(({ amount }) => amount);
    const net = amounts.reduce((sum, amount) => sum.add(amount), Decimal.ZERO);
    const paid = amounts
      .filter((amount) => amount.isNegative())
      .reduce((sum, amount) => sum.subtract(amount), Decimal.ZERO);
    const draw = heldOf(hold, asset).min(paid);
    draws.push({ asset, amount: draw });
    const place = { accountId: owner, venue, asset };
    postings.push(
      { ...place, bucket: 'reserved', amount: draw.negate() },
      { ...place, bucket: 'available', amount: net.add(draw) },
    );
  }
  return { postings, draws };
}

/** Money that comes or goes otherwise than by a fill. */
export interface Movement {
  /** `fee` is an adjustment whose other side is what venues took as fees. */
  readonly kind: 'deposit' | 'withdrawal' | 'fee' | 'adjustment';
  readonly accountId: AccountId;
  readonly venue: VenueId;
  readonly asset: AssetId;
  /** Units: above zero for a deposit or withdrawal; else signed, below zero for a fee paid. */
  readonly amount: Decimal;
  /** The venue's or a person's id of it: the same is posted once. */
  readonly reference: string;
  /** Which rule or person says that it is so, and why. */
  readonly confirmation: string;
  readonly atUs: number;
}

const COUNTER_OF = {
  deposit: COUNTERS.external,
  withdrawal: COUNTERS.external,
  fee: COUNTERS.fees,
  adjustment: COUNTERS.adjustments,
} as const;

export type MovementOutcome =
  | { readonly kind: 'made'; readonly entry: LedgerEntry }
  | { readonly kind: 'refused'; readonly reason: 'AMOUNT_INVALID' | 'CONFIRMATION_MISSING' };

/** The postings of a deposit, a withdrawal, a fee or an adjustment; none happens unconfirmed. */
export function moveMoney(movement: Movement): MovementOutcome {
  const { kind, venue, asset, amount, confirmation } = movement;
  const signed = kind === 'adjustment' || kind === 'fee';
  const valid = signed ? !amount.isZero() : amount.greaterThan(Decimal.ZERO);
  if (!valid) return { kind: 'refused', reason: 'AMOUNT_INVALID' };
  if (confirmation === '') return { kind: 'refused', reason: 'CONFIRMATION_MISSING' };
  const credited = kind === 'withdrawal' ? amount.negate() : amount;
  const counter = COUNTER_OF[kind];
  const place = { venue, asset } as const;
  const entry: LedgerEntry = {
    entryId: `${kind}:${venue}:${movement.reference}`,
    causeId: movement.reference,
    kind: kind === 'fee' ? 'adjustment' : kind,
    postings: [
      { ...place, accountId: movement.accountId, bucket: 'available', amount: credited },
      { ...place, accountId: counter, bucket: 'counter', amount: credited.negate() },
    ],
    detail: confirmation,
    postedAtUs: movement.atUs,
  };
  return { kind: 'made', entry };
}
