import { Decimal } from '@ats/domain';

export interface ParityFill {
  readonly price: Decimal;
  readonly quantity: Decimal;
  readonly fee: Decimal;
  readonly feeAsset: string;
}

/** One order at its venue, of the session or of the replay. */
export interface ParityOrder {
  /** A hash of what caused it: the same decision has the same one on both sides. */
  readonly clientOrderId: string;
  readonly venue: string;
  readonly instrument: string;
  readonly side: 'buy' | 'sell';
  readonly price: Decimal;
  readonly quantity: Decimal;
  readonly sentAtUs: number;
  /** When it met the book; 0 when that is not known. */
  readonly arrivedAtUs: number;
  /** When its first fill was known here; 0 when that is not known. */
  readonly knownAtUs: number;
  readonly fills: readonly ParityFill[];
}

export const FILL_KINDS = [
  'equal',
  'other-price',
  'other-size',
  'other-fee',
  'other-time',
  'only-live',
  'only-backtest',
] as const;
export type FillKind = (typeof FILL_KINDS)[number];

/** What a difference is put down to: the first thing that differs before it. */
export type Cause = 'decision' | 'terms' | 'arrival' | 'book' | 'queue' | 'fees' | 'not sent';

export interface ComparedFill {
  readonly kind: FillKind;
  readonly clientOrderId: string;
  readonly venue: string;
  readonly instrument: string;
  readonly side: 'buy' | 'sell';
  readonly sentAtUs: number;
  readonly live: ParityFill | undefined;
  readonly backtest: ParityFill | undefined;
  /** Absent where both are equal. */
  readonly cause: Cause | undefined;
  /** The cause in a sentence. */
  readonly why: string;
}

export interface ParityInput {
  readonly live: readonly ParityOrder[];
  readonly backtest: readonly ParityOrder[];
  /** What each live order would take from the book that its venue noted; absent without one. */
  readonly bookOf: (clientOrderId: string) => 'noted' | 'newest';
}

/** What is left of a difference between a venue's clock and ours, at most. */
const CLOCKS_US = 20_000;

/** Every fill of both sides, in the order of the session's orders, then those of the replay. */
export function compareFills(input: ParityInput): readonly ComparedFill[] {
  const replayed = new Map(input.backtest.map((order) => [order.clientOrderId, order]));
  const compared: ComparedFill[] = [];
  for (const live of input.live) {
    const backtest = replayed.get(live.clientOrderId);
    replayed.delete(live.clientOrderId);
    compared.push(...compareOrder(live, backtest, input));
  }
  for (const order of replayed.values()) compared.push(...compareOrder(undefined, order, input));
  return compared;
}

function compareOrder(
  live: ParityOrder | undefined,
  backtest: ParityOrder | undefined,
  input: ParityInput,
): readonly ComparedFill[] {
  const order = (live ?? backtest) as ParityOrder;
  const ours = inOrder(live?.fills ?? []);
  const theirs = inOrder(backtest?.fills ?? []);
  // Some venues tell one fee for a whole order, which is then shared out among its fills.
  const sameFees = feesOf(ours) === feesOf(theirs);
  const { clientOrderId, venue, instrument, side, sentAtUs } = order;
  return Array.from({ length: Math.max(ours.length, theirs.length) }, (_, index) => {
    const [one, other] = [ours[index], theirs[index]];
    const terms = kindOf(one, other);
    const fees = terms === 'equal' && !sameFees ? 'other-fee' : terms;
    const kind = fees === 'equal' && isOffTime(live, backtest) ? 'other-time' : fees;
    const reason = kind === 'equal' ? NO_REASON : reasonOf({ live, backtest, kind }, input);
    return {
      ...{ kind, clientOrderId, venue, instrument, side, sentAtUs },
      ...{ live: one, backtest: other, ...reason },
    };
  });
}

const NO_REASON = { cause: undefined, why: '' };

/** Fills of one order by price, then size: reports of a venue may overtake each other. */
function inOrder(fills: readonly ParityFill[]): readonly ParityFill[] {
  return fills.toSorted(
    (one, other) => one.price.compare(other.price) || one.quantity.compare(other.quantity),
  );
}

function kindOf(live: ParityFill | undefined, backtest: ParityFill | undefined): FillKind {
  if (live === undefined) return 'only-backtest';
  if (backtest === undefined) return 'only-live';
  if (!live.price.equals(backtest.price)) return 'other-price';
  return live.quantity.equals(backtest.quantity) ? 'equal' : 'other-size';
}

/** What an order cost in each asset, as a text. */
function feesOf(fills: readonly ParityFill[]): string {
  const sums = new Map<string, Decimal>();
  for (const { fee, feeAsset } of fills) {
    sums.set(feeAsset, (sums.get(feeAsset) ?? Decimal.ZERO).add(fee));
  }
  return [...sums].map(([asset, sum]) => `${sum.normalized()} ${asset}`).join(', ');
}

/** The first of decision, terms, arrival and book that is not the same. */
function reasonOf(
  parts: {
    readonly live: ParityOrder | undefined;
    readonly backtest: ParityOrder | undefined;
    readonly kind: FillKind;
  },
  input: ParityInput,
): { readonly cause: Cause; readonly why: string } {
  const { live, backtest, kind } = parts;
  if (backtest === undefined) {
    return { cause: 'decision', why: 'the replay decided otherwise and has no such order' };
  }
  if (live === undefined) {
    return { cause: 'decision', why: 'the session decided otherwise and sent no such order' };
  }
  if (!live.price.equals(backtest.price) || !live.quantity.equals(backtest.quantity)) {
    const terms = (order: ParityOrder): string => `${order.quantity} at ${order.price}`;
    return { cause: 'terms', why: `asked for ${terms(live)}, the replay for ${terms(backtest)}` };
  }
  if (kind === 'other-fee') return { cause: 'fees', why: 'the fee is another one' };
  if (isOffTime(live, backtest)) return { cause: 'arrival', why: arrivalText(live, backtest) };
  if (input.bookOf(live.clientOrderId) === 'newest') {
    return { cause: 'book', why: 'its venue noted no book: it met the newest that had arrived' };
  }
  return { cause: 'book', why: 'the book that its venue noted gives other fills' };
}

/** It was filled in the replay before it was sent, or after the session knew of its fill. */
function isOffTime(live: ParityOrder | undefined, backtest: ParityOrder | undefined): boolean {
  if (live === undefined || backtest === undefined || backtest.arrivedAtUs === 0) return false;
  const { arrivedAtUs } = backtest;
  if (arrivedAtUs < live.sentAtUs - CLOCKS_US) return true;
  return live.knownAtUs > 0 && arrivedAtUs > live.knownAtUs + CLOCKS_US;
}

function arrivalText(live: ParityOrder, { arrivedAtUs }: ParityOrder): string {
  const ms = (us: number): string => (us / 1000).toFixed(1);
  return arrivedAtUs < live.sentAtUs
    ? `it met the book ${ms(live.sentAtUs - arrivedAtUs)} ms before it was sent`
    : `it met the book ${ms(arrivedAtUs - live.knownAtUs)} ms after its fill was known`;
}

/** What fills did to each asset: what was received less what was paid, fees included. Exact. */
export function flowsOf(orders: readonly ParityOrder[]): ReadonlyMap<string, Decimal> {
  const flows = new Map<string, Decimal>();
  const add = (asset: string, amount: Decimal): void => {
    flows.set(asset, (flows.get(asset) ?? Decimal.ZERO).add(amount));
  };
  for (const { instrument, side, fills } of orders) {
    const [base = '', quote = ''] = instrument.split('/');
    for (const { price, quantity, fee, feeAsset } of fills) {
      const notional = price.multiply(quantity);
      add(base, side === 'buy' ? quantity : quantity.negate());
      add(quote, side === 'buy' ? notional.negate() : notional);
      add(feeAsset, fee.negate());
    }
  }
  return flows;
}
