import {
  type AccountId,
  type Decimal,
  hasEnded,
  type Order,
  type OrderId,
  type OrderSide,
  type RequestId,
} from '@ats/domain';
import { type ExposureBook, unitsOf } from '../exposure/exposure-book.ts';
import { larger, type Market } from '../exposure/market.ts';

/** Something that was approved and is not seen yet: a new order, or new terms of one. */
export interface Reservation {
  readonly requestId: RequestId;
  /** Whether it is new terms of an order, which stay approved until the order shows them. */
  readonly replaces: boolean;
  /** 10^-18 units of base that would be open in all. */
  readonly units: bigint;
  /** When the store is asked whether it came to be; microseconds since the epoch. */
  readonly checkAtUs: number;
}

/** An order that is approved or on its way, by its id. */
export interface WorkingOrder {
  readonly orderId: OrderId;
  readonly accountId: AccountId;
  readonly market: Market;
  readonly side: OrderSide;
  /** Version of the order that was seen last; 0 for one that is only approved. */
  readonly version: number;
  /** 10^-18 units of base that may still fill, as the order was seen last. */
  readonly leaves: bigint;
  /** What of it is approved and not seen yet; the larger of all counts. */
  readonly reserved: readonly Reservation[];
  /** When the store is asked whether the order still stands; 0 when nothing makes it doubtful. */
  readonly doubtfulAtUs: number;
}

/** What an approval takes into account. */
export interface WorkingIntent {
  readonly orderId: OrderId;
  readonly accountId: AccountId;
  readonly market: Market;
  readonly side: OrderSide;
  readonly replaces: boolean;
  /** Units of base that would be open in all. */
  readonly quantity: Decimal;
}

/** For which request, and until when without a sign of it. */
type Made = Pick<Reservation, 'requestId' | 'checkAtUs'>;

/** An order as it counts with an approval more; that of the same request counts once. */
function reservedOrder(
  { quantity, replaces, ...intent }: WorkingIntent,
  known: WorkingOrder | undefined,
  { requestId, checkAtUs }: Made,
): WorkingOrder {
  const reserved = known?.reserved.filter((one) => one.requestId !== requestId) ?? [];
  const reservation = { requestId, checkAtUs, replaces, units: unitsOf(quantity) };
  return {
    ...{ ...intent, version: 0, leaves: 0n, doubtfulAtUs: 0 },
    ...known,
    reserved: [...reserved, reservation],
  };
}

const openUnits = ({ leaves, reserved }: WorkingOrder): bigint =>
  reserved.reduce((most, { units }) => larger(most, units), leaves);

/** What may still fill of an order, with new terms that its venue has not answered. */
function leavesOf(order: Order): bigint {
  if (hasEnded(order)) return 0n;
  const { pendingReplace } = order.progress;
  const leaves = unitsOf(order.leavesQuantity);
  if (pendingReplace === undefined) return leaves;
  return larger(leaves, unitsOf(pendingReplace.quantity.subtract(order.cumulativeQuantity)));
}

/**
 * Every order that may still fill, from the moment it is approved: an open order counts whether
 * or not risk approved it. Never less than what is truly open; what turns out not to be is taken
 * back. Keeps the exposure that follows from it.
 */
export class WorkingBook {
  private readonly orders = new Map<OrderId, WorkingOrder>();
  /** Orders that the store is asked about once their time has come. */
  private readonly doubtful = new Set<OrderId>();
  private readonly exposure: ExposureBook;
  /** How long after an order of nobody's approval came up the store is asked about it. */
  private readonly graceUs: number;
  /** Told of each change by order id. */
  private readonly onChange: (orderId: OrderId) => void;

  constructor(options: {
    readonly exposure: ExposureBook;
    readonly graceUs: number;
    readonly onChange: (orderId: OrderId) => void;
  }) {
    this.exposure = options.exposure;
    this.graceUs = options.graceUs;
    this.onChange = options.onChange;
  }

  get size(): number {
    return this.orders.size;
  }

  all(): Iterable<WorkingOrder> {
    return this.orders.values();
  }

  get(orderId: OrderId): WorkingOrder | undefined {
    return this.orders.get(orderId);
  }

  /** Counts what is approved; asked for again it counts once. */
  reserve(intents: readonly WorkingIntent[], made: Made): void {
    for (const intent of intents) {
      this.put(reservedOrder(intent, this.orders.get(intent.orderId), made));
    }
  }

  /** @returns what is seen while so much more counts; nothing of it stays, and nobody is told */
  imagine<Seen>(intents: readonly WorkingIntent[], made: Made, see: () => Seen): Seen {
    const imagined = new Map<OrderId, WorkingOrder>();
    for (const intent of intents) {
      const known = imagined.get(intent.orderId) ?? this.orders.get(intent.orderId);
      const order = reservedOrder(intent, known, made);
      this.count(order, known);
      imagined.set(intent.orderId, order);
    }
    try {
      return see();
    } finally {
      for (const [orderId, order] of imagined) {
        this.count(this.orders.get(orderId) ?? { ...order, leaves: 0n, reserved: [] }, order);
      }
    }
  }

  /** Takes in an order as the log or the store has it; what is older than what was seen is not. */
  onOrder(order: Order, source: 'log' | 'store', nowUs: number): void {
    const { orderId, accountId, version, terms } = order;
    const known = this.orders.get(orderId);
    if (known !== undefined && version < known.version) return;
    if (hasEnded(order)) {
      this.drop(orderId);
      return;
    }
    if (known === undefined && source === 'store') return;
    const awaited = order.progress.pendingReplace?.requestId;
    const reserved =
      known?.reserved.filter((one) => one.replaces && one.requestId !== awaited) ?? [];
    // A record that is told again after its order has ended looks like a new order: until the
    // store has been asked nobody knows.
    const doubtfulAtUs =
      known === undefined
        ? nowUs + this.graceUs
        : Math.max(known.doubtfulAtUs, ...newOnes(known).map(({ checkAtUs }) => checkAtUs));
    const market = known?.market ?? this.exposure.markets.of(terms);
    const { side } = terms;
    const leaves = leavesOf(order);
    this.put({ orderId, accountId, market, side, version, leaves, reserved, doubtfulAtUs });
  }

  /** Orders that the store is to be asked about now. */
  due(nowUs: number): readonly OrderId[] {
    return [...this.doubtful].filter((orderId) => {
      const order = this.orders.get(orderId);
      return order !== undefined && checkTimesOf(order).some((atUs) => atUs <= nowUs);
    });
  }

  /** What the store said: the order as it stands, or undefined where there is none. */
  settle(orderId: OrderId, found: Order | undefined, nowUs: number): void {
    if (found !== undefined) this.onOrder(found, 'store', nowUs);
    const known = this.orders.get(orderId);
    if (known === undefined) return;
    const reserved = known.reserved.filter(({ checkAtUs }) => checkAtUs > nowUs);
    if (found === undefined && reserved.length === 0) this.drop(orderId);
    else this.put({ ...known, reserved, doubtfulAtUs: 0 });
  }

  /** Drops what was approved for a request and never became an order. */
  release(requestId: RequestId, orderIds: readonly OrderId[]): void {
    for (const orderId of orderIds) {
      const known = this.orders.get(orderId);
      if (known?.version !== 0) continue;
      const reserved = known.reserved.filter((one) => one.requestId !== requestId);
      if (reserved.length === 0) this.drop(orderId);
      else this.put({ ...known, reserved });
    }
  }

  /** Takes up an order as an earlier run knew it. */
  restore(order: WorkingOrder): void {
    this.put(order);
  }

  private put(order: WorkingOrder): void {
    this.count(order, this.orders.get(order.orderId));
    this.orders.set(order.orderId, order);
    if (checkTimesOf(order).length > 0) this.doubtful.add(order.orderId);
    else this.doubtful.delete(order.orderId);
    this.onChange(order.orderId);
  }

  private drop(orderId: OrderId): void {
    const known = this.orders.get(orderId);
    if (known === undefined) return;
    this.count({ ...known, leaves: 0n, reserved: [] }, known);
    this.orders.delete(orderId);
    this.doubtful.delete(orderId);
    this.onChange(orderId);
  }

  /** @param before the same order, as it was counted */
  private count(order: WorkingOrder, before: WorkingOrder | undefined): void {
    const counted = before === undefined ? 0n : openUnits(before);
    this.exposure.addWorking(order, order.side, openUnits(order) - counted);
  }
}

const newOnes = ({ reserved }: WorkingOrder): readonly Reservation[] =>
  reserved.filter(({ replaces }) => !replaces);

const checkTimesOf = ({ reserved, doubtfulAtUs }: WorkingOrder): readonly number[] => [
  ...reserved.map(({ checkAtUs }) => checkAtUs),
  ...(doubtfulAtUs === 0 ? [] : [doubtfulAtUs]),
];
