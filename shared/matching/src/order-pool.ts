/** No order, no level. */
export const NONE = -1;

/**
 * Resting orders in slots of typed arrays, so that an order's life allocates nothing. A slot is
 * linked to the orders before and after it in its price level's queue.
 */
export class OrderPool {
  readonly slotOfId = new Map<number, number>();
  ids: Float64Array;
  prices: Float64Array;
  lots: Float64Array;
  owners: Float64Array;
  /** 0 a bid, 1 an ask. */
  sides: Uint8Array;
  before: Int32Array;
  after: Int32Array;
  private capacity: number;
  private freeHead = NONE;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.ids = new Float64Array(capacity);
    this.prices = new Float64Array(capacity);
    this.lots = new Float64Array(capacity);
    this.owners = new Float64Array(capacity);
    this.sides = new Uint8Array(capacity);
    this.before = new Int32Array(capacity);
    this.after = new Int32Array(capacity);
    this.free(0, capacity);
  }

  get count(): number {
    return this.slotOfId.size;
  }

  take(orderId: number): number {
    if (this.freeHead === NONE) this.grow();
    const slot = this.freeHead;
    this.freeHead = this.after[slot] as number;
    this.ids[slot] = orderId;
    this.slotOfId.set(orderId, slot);
    return slot;
  }

  release(slot: number): void {
    this.slotOfId.delete(this.ids[slot] as number);
    this.after[slot] = this.freeHead;
    this.freeHead = slot;
  }

  private free(from: number, to: number): void {
    for (let slot = to - 1; slot >= from; slot -= 1) {
      this.after[slot] = this.freeHead;
      this.freeHead = slot;
    }
  }

  private grow(): void {
    const from = this.capacity;
    this.capacity *= 2;
    this.ids = widened(this.ids, new Float64Array(this.capacity));
    this.prices = widened(this.prices, new Float64Array(this.capacity));
    this.lots = widened(this.lots, new Float64Array(this.capacity));
    this.owners = widened(this.owners, new Float64Array(this.capacity));
    this.sides = widened(this.sides, new Uint8Array(this.capacity));
    this.before = widened(this.before, new Int32Array(this.capacity));
    this.after = widened(this.after, new Int32Array(this.capacity));
    this.free(from, this.capacity);
  }
}

/** Copies `old` into the larger `fresh`, and returns that. */
export function widened<Values extends Float64Array | Int32Array | Uint8Array>(
  old: Values,
  fresh: Values,
): Values {
  fresh.set(old);
  return fresh;
}
