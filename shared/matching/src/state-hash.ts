import type { MatchingEngine, RestingOrder } from './engine.ts';

/** FNV-1a over the 32-bit halves of floats, in 32 bits with a final mix; order matters. */
class StateHasher {
  private hash = 0x811c9dc5;
  private readonly value = new Float64Array(1);
  private readonly halves = new Int32Array(this.value.buffer);

  add(value: number): void {
    this.value[0] = value;
    this.mix(this.halves[0] as number);
    this.mix(this.halves[1] as number);
  }

  addOrder(order: RestingOrder): void {
    this.add(order.orderId);
    this.add(order.owner);
    this.add(order.priceTicks);
    this.add(order.lots);
  }

  digest(): number {
    return (this.hash ^ (this.hash >>> 15)) >>> 0;
  }

  private mix(half: number): void {
    const hash = Math.imul(this.hash ^ half, 0x01000193);
    this.hash = hash ^ (hash >>> 13);
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
