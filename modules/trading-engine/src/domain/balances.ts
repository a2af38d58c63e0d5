import { Decimal } from '@ats/domain';
import type { AvailableBalance, Fill } from './strategy.ts';

/** One asset on one venue: exact for the re-check, a double for the walk. */
export class Balance {
  exact: Decimal;
  value: number;

  constructor(exact: Decimal) {
    this.exact = exact;
    this.value = exact.toNumber();
  }

  add(change: Decimal): void {
    this.set(this.exact.add(change));
  }

  set(amount: Decimal): void {
    if (amount === this.exact) return;
    this.exact = amount.max(Decimal.ZERO);
    this.value = this.exact.toNumber();
  }
}

/** What can be spent, by venue and asset. An asset that nobody named has nothing. */
export class Balances {
  private readonly byKey = new Map<string, Balance>();
  /** Once the ledger speaks, fills say nothing new: they are in what it tells. */
  private told = false;

  constructor(initial: Readonly<Record<string, Readonly<Record<string, Decimal>>>>) {
    for (const [venue, assets] of Object.entries(initial)) {
      for (const [asset, amount] of Object.entries(assets)) {
        this.byKey.set(`${venue}:${asset}`, new Balance(amount));
      }
    }
  }

  /** @returns the one balance object of this asset there: it changes as fills come in. */
  of(place: { venue: string; asset: string }): Balance {
    const key = `${place.venue}:${place.asset}`;
    const known = this.byKey.get(key);
    if (known !== undefined) return known;
    const empty = new Balance(Decimal.ZERO);
    this.byKey.set(key, empty);
    return empty;
  }

  /** Takes over what the ledger says. What it does not name is zero. */
  set(balances: readonly AvailableBalance[]): void {
    if (!this.told) for (const balance of this.byKey.values()) balance.set(Decimal.ZERO);
    this.told = true;
    for (const { venue, asset, available } of balances) this.of({ venue, asset }).set(available);
  }

  apply(fill: Fill): void {
    if (this.told) return;
    const [base = '', quote = ''] = fill.instrument.split('/');
    const notional = fill.quantity.multiply(fill.price);
    const buys = fill.side === 'buy';
    this.of({ venue: fill.venue, asset: base }).add(buys ? fill.quantity : fill.quantity.negate());
    this.of({ venue: fill.venue, asset: quote }).add(
      buys ? notional.add(fill.fee).negate() : notional.subtract(fill.fee),
    );
  }
}
