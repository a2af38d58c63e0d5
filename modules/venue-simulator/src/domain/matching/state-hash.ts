import type { MatchingEngine, RestingOrder } from './engine.ts';

/** FNV-1a over 64-bit floats, in 32 bits; order matters. */
export class StateHasher {
  private hash = 0x811c9dc5;
  private readonly value = new Float64Array(1);
  private readonly bytes = new Uint8Array(this.value.buffer);

  add(value: number): void {
    this.value[0] = value;
    for (const byte of this.bytes) this.hash = Math.imul(this.hash ^ byte, 0x01000193);
  }

  addOrder(order: RestingOrder): void {
    this.add(order.orderId);
    this.add(order.owner);
    this.add(order.priceTicks);
    this.add(order.lots);
  }

  digest(): number {
    return this.hash >>> 0;
  }
}

/** @returns a number that is equal for books with the same orders in the same priority. */
export function stateHash(engine: Pick<MatchingEngine, 'forEachOrder'>): number {
  const hasher = new StateHasher();
  for (const side of ['bid', 'ask'] as const) {
    hasher.add(side === 'bid' ? 1 : 2);
    engine.forEachOrder(side, (order) => hasher.addOrder(order));
  }
  return hasher.digest();
}
