import { Decimal } from '@ats/domain';
import type { EntryRow, TradeRow } from './report-input.ts';

export interface LedgerAssetRow {
  readonly asset: string;
  /** Received less given by fills. */
  readonly traded: Decimal;
  /** Below zero for fees paid. */
  readonly fees: Decimal;
  readonly net: Decimal;
  /** What the trades of the period say that they changed. */
  readonly byTrades: Decimal;
  /** The rest: orders of people, trades that began before the period or ended after it. */
  readonly elsewhere: Decimal;
}

export interface LedgerFindings {
  readonly entries: number;
  /** Entries whose postings do not sum to zero in every asset: always none. */
  readonly unbalanced: readonly string[];
  readonly assets: readonly LedgerAssetRow[];
  readonly fees: readonly { readonly venue: string; readonly asset: string; paid: Decimal }[];
}

/** Sums of amounts by a name. */
class Amounts extends Map<string, Decimal> {
  add(name: string, amount: Decimal): void {
    this.set(name, this.of(name).add(amount));
  }

  of(name: string): Decimal {
    return this.get(name) ?? Decimal.ZERO;
  }
}

/** What the ledger says of a period. It reads postings as `profitOf` of `@ats/orders` does. */
export class LedgerTally {
  private readonly seen = new Set<string>();
  private readonly unbalanced: string[] = [];
  private readonly traded = new Amounts();
  private readonly fees = new Amounts();
  private readonly paid = new Map<string, { venue: string; asset: string; paid: Decimal }>();

  add({ entryId, kind, postings }: EntryRow): void {
    // The log may tell of an entry again.
    if (this.seen.has(entryId)) return;
    this.seen.add(entryId);
    const sums = new Amounts();
    for (const { venue, asset, counter, amount: text } of postings) {
      const amount = Decimal.parse(text);
      sums.add(asset, amount);
      const isFee = counter === 'fees';
      if (!isFee && !(counter === 'other' && kind === 'fill')) continue;
      (isFee ? this.fees : this.traded).add(asset, amount.negate());
      if (isFee) this.pay(venue, asset, amount);
    }
    if ([...sums.values()].some((sum) => !sum.isZero())) this.unbalanced.push(entryId);
  }

  private pay(venue: string, asset: string, amount: Decimal): void {
    const key = JSON.stringify([venue, asset]);
    const paid = (this.paid.get(key)?.paid ?? Decimal.ZERO).add(amount);
    this.paid.set(key, { venue, asset, paid });
  }

  findings(trades: readonly TradeRow[]): LedgerFindings {
    const byTrades = new Amounts();
    for (const { realised } of trades) {
      for (const [asset, amount] of realised) byTrades.add(asset, Decimal.parse(amount));
    }
    const names = new Set([...this.traded.keys(), ...this.fees.keys(), ...byTrades.keys()]);
    const assets = [...names].toSorted().map((asset): LedgerAssetRow => {
      const [traded, fees] = [this.traded.of(asset), this.fees.of(asset)];
      const net = traded.add(fees);
      const told = byTrades.of(asset);
      return { asset, traded, fees, net, byTrades: told, elsewhere: net.subtract(told) };
    });
    const place = ({ venue, asset }: { venue: string; asset: string }) => `${venue}\0${asset}`;
    return {
      ...{ entries: this.seen.size, unbalanced: this.unbalanced, assets },
      fees: [...this.paid.values()].toSorted((a, b) => (place(a) < place(b) ? -1 : 1)),
    };
  }
}
