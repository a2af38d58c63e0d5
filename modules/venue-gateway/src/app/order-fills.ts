import { Decimal, type Fee } from '@ats/domain';
import { type PricedFill, shareFee } from '../domain/fee-shares.ts';
import type { VenueFill } from '../domain/venue-facts.ts';

/** The fills of one order that were reported, and the fees that were told of the order. */
export class OrderFills {
  /** Trade ids. */
  readonly ids = new Set<string>();
  private sum = Decimal.ZERO;
  private fees: ReadonlyMap<string, Fee>;

  /** @param fees fees that an earlier run attributed, by trade id */
  constructor(fees: ReadonlyMap<string, Fee>) {
    this.fees = fees;
  }

  /** Units of base filled in all. */
  get quantity(): Decimal {
    return this.sum;
  }

  /** @returns whether the fill is new */
  add(fill: VenueFill): boolean {
    if (this.ids.has(fill.tradeId)) return false;
    this.ids.add(fill.tradeId);
    this.sum = this.sum.add(fill.quantity);
    return true;
  }

  /**
   * Fills with their fees, of which a part is told of the order as a whole.
   *
   * @param told `orderFee` of all fills together; `mayGrow`, whether there may be more fills
   * @param keep makes attributed fees durable: more fills would change the shares. Those of an
   *   order that has ended the next run would compute just the same.
   */
  async priced(
    told: {
      readonly fills: readonly VenueFill[];
      readonly orderFee: Fee | undefined;
      readonly mayGrow: boolean;
    },
    keep: (fees: ReadonlyMap<string, Fee>) => Promise<unknown>,
  ): Promise<readonly PricedFill[]> {
    const { fills, orderFee, mayGrow } = told;
    if (orderFee === undefined) return fills.filter(isPriced);
    const priced = shareFee({ fills, total: orderFee, given: this.fees });
    const fees = new Map(priced.map(({ tradeId, fee }) => [tradeId, fee]));
    if (mayGrow || this.fees.size > 0) await keep(fees);
    this.fees = fees;
    return priced;
  }
}

const isPriced = (fill: VenueFill): fill is PricedFill => fill.fee !== undefined;
