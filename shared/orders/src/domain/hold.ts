import {
  type AccountId,
  type AssetId,
  Decimal,
  type LedgerEntry,
  type OrderId,
  type OrderSide,
  type Posting,
  type VenueId,
} from '@ats/domain';

/** Units of one asset. */
export interface AssetAmount {
  readonly asset: AssetId;
  readonly amount: Decimal;
}

/** What is reserved for one order and not used yet. */
export interface Hold {
  readonly orderId: OrderId;
  readonly accountId: AccountId;
  readonly venue: VenueId;
  /** One for each asset held, amounts above zero. */
  readonly parts: readonly AssetAmount[];
}

const BPS = Decimal.parse('10000');

/**
 * The most that a venue can charge: `basis` times `rateBps`, rounded up at `scale` digits as a
 * venue would round for itself; 0 for a rebate.
 */
export function worstCaseFee(source: {
  readonly asset: AssetId;
  /** What the rate is charged on, in units of the asset. */
  readonly basis: Decimal;
  readonly rateBps: Decimal;
  readonly scale: number;
}): AssetAmount {
  const charged = source.basis.multiply(source.rateBps);
  const amount = charged.divide(BPS, { scale: source.scale, rounding: 'up' });
  return { asset: source.asset, amount: amount.max(Decimal.ZERO) };
}

/**
 * What an order must have reserved: a buy its worst price times its quantity, a sell its base, and
 * the worst-case fee, unless that is taken from what the order receives. Quantities in base,
 * prices in quote per base.
 */
export function neededFor(source: {
  readonly side: OrderSide;
  readonly base: AssetId;
  readonly quote: AssetId;
  readonly quantity: Decimal;
  /** The limit, or for a market order the worst price that is put up with. */
  readonly worstPrice: Decimal;
  readonly fee: AssetAmount;
}): readonly AssetAmount[] {
  const { side, base, quote, quantity, fee } = source;
  const [paid, received] = side === 'buy' ? [quote, base] : [base, quote];
  const amount = side === 'buy' ? quantity.multiply(source.worstPrice) : quantity;
  if (fee.asset === received) return positive([{ asset: paid, amount }]);
  if (fee.asset === paid) return positive([{ asset: paid, amount: amount.add(fee.amount) }]);
  return positive([{ asset: paid, amount }, fee]);
}

function positive(parts: readonly AssetAmount[]): readonly AssetAmount[] {
  return parts.filter(({ amount }) => amount.greaterThan(Decimal.ZERO));
}

/** @returns how much of an asset is held, 0 if none */
export function heldOf(hold: Hold, asset: AssetId): Decimal {
  return hold.parts.find((part) => part.asset === asset)?.amount ?? Decimal.ZERO;
}

/** @returns the hold less what was drawn from it */
export function drawn(hold: Hold, draws: readonly AssetAmount[]): Hold {
  const parts = hold.parts.map(({ asset, amount }) => {
    const used = draws.find((draw) => draw.asset === asset)?.amount ?? Decimal.ZERO;
    return { asset, amount: amount.subtract(used) };
  });
  return { ...hold, parts: positive(parts) };
}

/** An order that holds nothing yet, or no more. */
export function emptyHold(source: Omit<Hold, 'parts'>): Hold {
  return { ...source, parts: [] };
}

/**
 * Makes a hold what it should be: reserves what lacks, releases what is too much. From an empty
 * hold this is a reservation, with no parts wanted it is the release of all that was not used.
 * @returns no entry where nothing changes
 */
export function changeHold(source: {
  readonly hold: Hold;
  readonly wanted: readonly AssetAmount[];
  /** What asks for it: `submit`, a replace's request id, `end`. Once for each order. */
  readonly causeId: string;
  readonly atUs: number;
}): { readonly hold: Hold; readonly entry: LedgerEntry | undefined } {
  const { hold, causeId } = source;
  const wanted = { ...hold, parts: positive(source.wanted) };
  const assets = new Set([...hold.parts, ...wanted.parts].map(({ asset }) => asset));
  const changes = [...assets].flatMap((asset): readonly AssetAmount[] => {
    const amount = heldOf(wanted, asset).subtract(heldOf(hold, asset));
    return amount.isZero() ? [] : [{ asset, amount }];
  });
  if (changes.length === 0) return { hold: wanted, entry: undefined };
  const { accountId, venue } = hold;
  const postings = changes.flatMap(({ asset, amount }): readonly Posting[] => [
    { accountId, venue, asset, bucket: 'available', amount: amount.negate() },
    { accountId, venue, asset, bucket: 'reserved', amount },
  ]);
  const more = changes.some(({ amount }) => !amount.isNegative());
  const entry: LedgerEntry = {
    entryId: `hold:${hold.orderId}:${causeId}`,
    causeId: hold.orderId,
    kind: more ? 'reserve' : 'release',
    postings,
    detail: '',
    postedAtUs: source.atUs,
  };
  return { hold: wanted, entry };
}
