import {
  type AssetId,
  Decimal,
  type ExecutionReport,
  type Order,
  type OrderId,
  type OrderStatus,
} from '@ats/domain';

/** One order that stands at a venue, as the venue says. */
export interface VenueOpenOrder {
  readonly venueOrderId: string;
  /** Absent for one that is not ours. */
  readonly orderId: OrderId | undefined;
  /** For a person: `buy 1 BTC/USDT at 100`. */
  readonly description: string;
}

/** What a venue holds of ours at one moment. */
export interface VenueSnapshot {
  /** Microseconds since the epoch. */
  readonly askedAtUs: number;
  /** Units of each asset, free and locked. */
  readonly totals: ReadonlyMap<AssetId, Decimal>;
  readonly openOrders: readonly VenueOpenOrder[];
  /** Fills of our orders, oldest first. */
  readonly fills: readonly ExecutionReport[];
}

/** What the ledger has at a venue at one moment, over all accounts. */
export interface LedgerSnapshot {
  /** Units of each asset, available and reserved. */
  readonly totals: ReadonlyMap<AssetId, Decimal>;
  readonly openOrders: ReadonlyMap<OrderId, Order>;
}

/** Something that the venue and we count differently in one comparison. */
export interface Sighting {
  readonly kind: 'balance' | 'open-order' | 'fill';
  /** The asset, order or execution. */
  readonly subject: string;
  readonly ours: string;
  readonly theirs: string;
  /** The same mark in the next comparison means that nothing happened to it in between. */
  readonly mark: string;
  /** What has to be posted to make both even, units of the asset; balances only. */
  readonly change: Decimal | undefined;
  /** Whether orders that are open with us can have made it, by fills that we do not know yet. */
  readonly explained: boolean;
  readonly detail: string;
}

/** What fills that are not booked will do to the ledger once they are. */
function effectOf(fills: readonly ExecutionReport[]): ReadonlyMap<AssetId, Decimal> {
  const effect = new Map<AssetId, Decimal>();
  const add = (asset: AssetId, amount: Decimal): void => {
    effect.set(asset, (effect.get(asset) ?? Decimal.ZERO).add(amount));
  };
  for (const { fill, side, instrument } of fills) {
    if (fill === undefined) continue;
    const [base, quote] = instrument.split('/') as [AssetId, AssetId];
    const notional = fill.quantity.multiply(fill.price);
    add(base, side === 'buy' ? fill.quantity : fill.quantity.negate());
    add(quote, side === 'buy' ? notional.negate() : notional);
    add(fill.fee.asset, fill.fee.amount.negate());
  }
  return effect;
}

/** A sell can fill above its limit, and fees come on top of what is paid: by this much, surely. */
const BEYOND_LIMIT = Decimal.parse('2');

/** How far fills that we do not know can have moved an asset at the venue, down and up. */
interface Reach {
  readonly down: Decimal;
  readonly up: Decimal;
}

function reachOf(orders: Iterable<Order>): ReadonlyMap<AssetId, Reach> {
  const reach = new Map<AssetId, Reach>();
  const add = (asset: AssetId, part: Partial<Reach>): void => {
    const { down, up } = reach.get(asset) ?? { down: Decimal.ZERO, up: Decimal.ZERO };
    reach.set(asset, {
      down: down.add(part.down ?? Decimal.ZERO),
      up: up.add(part.up ?? Decimal.ZERO),
    });
  };
  for (const { terms, worstPrice, leavesQuantity } of orders) {
    const [base, quote] = terms.instrument.split('/') as [AssetId, AssetId];
    const price = terms.limitPrice ?? worstPrice ?? Decimal.ZERO;
    const notional = leavesQuantity.multiply(price).multiply(BEYOND_LIMIT);
    const bought = terms.side === 'buy';
    add(base, bought ? { up: leavesQuantity } : { down: leavesQuantity });
    add(quote, bought ? { down: notional } : { up: notional });
  }
  return reach;
}

function isExplained(change: Decimal, reach: Reach | undefined): boolean {
  if (reach === undefined) return false;
  return change.isNegative()
    ? !change.negate().greaterThan(reach.down)
    : !change.greaterThan(reach.up);
}

/**
 * Compares money. An asset that moved in the ledger while the venue was asked says nothing: it is
 * named in `moving` and judged by the next comparison.
 */
export function compareBalances(source: {
  readonly before: LedgerSnapshot;
  readonly venue: VenueSnapshot;
  readonly after: LedgerSnapshot;
  /** What happened and could not be booked. */
  readonly unbooked: readonly ExecutionReport[];
}): { readonly sightings: readonly Sighting[]; readonly moving: ReadonlySet<string> } {
  const { before, venue, after } = source;
  const pending = effectOf(source.unbooked);
  const lists = [before.totals, venue.totals, after.totals, pending];
  const assets = new Set(lists.flatMap((totals) => [...totals.keys()]));
  const sightings: Sighting[] = [];
  const moving = new Set<string>();
  const reach = reachOf(new Map([...after.openOrders, ...before.openOrders]).values());
  for (const asset of assets) {
    const [was, is, theirs] = [before, after, venue].map(
      ({ totals }) => totals.get(asset) ?? Decimal.ZERO,
    ) as [Decimal, Decimal, Decimal];
    if (!was.equals(is)) {
      moving.add(asset);
      continue;
    }
    const ours = is.add(pending.get(asset) ?? Decimal.ZERO);
    const change = theirs.subtract(ours).normalized();
    if (change.isZero()) continue;
    sightings.push({
      kind: 'balance',
      subject: asset,
      ours: ours.normalized().toString(),
      theirs: theirs.normalized().toString(),
      mark: `${ours.normalized()} ${theirs.normalized()}`,
      change,
      explained: isExplained(change, reach.get(asset)),
      detail: balanceDetail(asset, change),
    });
  }
  return { sightings, moving };
}

function balanceDetail(asset: AssetId, change: Decimal): string {
  const more = !change.isNegative();
  const amount = more ? change : change.negate();
  const causes = more
    ? 'a deposit, a rebate or an adjustment'
    : 'a withdrawal, a fee or an adjustment';
  return (
    `The venue has ${amount} ${asset} ${more ? 'more' : 'less'} than the ledger. ` +
    `Find out why, then confirm it as ${causes}.`
  );
}

/** Statuses in which an order must stand at its venue. */
const STANDING: ReadonlySet<OrderStatus> = new Set([
  'LIVE',
  'PARTIALLY_FILLED',
  'CANCEL_PENDING',
  'REPLACE_PENDING',
]);

function mustStand({ status, progress, leavesQuantity }: Order): boolean {
  const known = progress.acknowledged && !progress.ambiguous;
  return known && STANDING.has(status) && !leavesQuantity.isZero();
}

/** Whether the venue may be about to change the order, or to get it. */
export const isInFlight = (order: Order): boolean => !mustStand(order);

/** Compares which orders stand, both ways. Orders that changed meanwhile say nothing. */
export function compareOrders(source: {
  readonly before: LedgerSnapshot;
  readonly venue: VenueSnapshot;
  readonly after: LedgerSnapshot;
  /** Orders at the venue that are ours and not open with us; absent ones are unknown to us. */
  readonly ended: ReadonlyMap<OrderId, Order>;
}): readonly Sighting[] {
  const { before, venue, after, ended } = source;
  const sightings: Sighting[] = [];
  const there = new Set<OrderId>();
  for (const { venueOrderId, orderId, description } of venue.openOrders) {
    const place = {
      kind: 'open-order',
      theirs: `open: ${description}`,
      change: undefined,
      explained: false,
    } as const;
    if (orderId === undefined) {
      const detail = 'The venue has an order that ATS did not send. Cancel it there.';
      sightings.push({ ...place, subject: venueOrderId, ours: 'none', mark: '', detail });
      continue;
    }
    there.add(orderId);
    if (before.openOrders.has(orderId) || after.openOrders.has(orderId)) continue;
    const order = ended.get(orderId);
    const ours = order === undefined ? 'unknown' : order.status;
    const detail = 'The order has ended with us and stands at the venue. Cancel it there.';
    sightings.push({ ...place, subject: orderId, ours, mark: `${order?.version}`, detail });
  }
  for (const [orderId, order] of after.openOrders) {
    if (there.has(orderId) || !mustStand(order)) continue;
    if (before.openOrders.get(orderId)?.version !== order.version) continue;
    sightings.push({
      kind: 'open-order',
      subject: orderId,
      ours: order.status,
      theirs: 'none',
      mark: `${order.version}`,
      change: undefined,
      explained: false,
      detail: 'The order is open with us and not at the venue. Look it up there.',
    });
  }
  return sightings;
}
