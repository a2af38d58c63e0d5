import { assert, Decimal } from '@ats/domain';

export interface Balance {
  readonly asset: string;
  readonly available: Decimal;
  /** Set aside for open orders. */
  readonly locked: Decimal;
}

/** What one account has of every asset; exact, and never below zero. */
export class Balances {
  private readonly byAsset = new Map<string, Balance>();

  /** @param deposits amounts by asset; an asset of the venue that is not named starts at 0. */
  constructor(assets: Iterable<string>, deposits: ReadonlyMap<string, Decimal>) {
    for (const asset of new Set([...assets, ...deposits.keys()])) {
      this.set(asset, deposits.get(asset) ?? Decimal.ZERO, Decimal.ZERO);
    }
  }

  get all(): readonly Balance[] {
    return [...this.byAsset.values()];
  }

  of(asset: string): Balance {
    return this.byAsset.get(asset) ?? { asset, available: Decimal.ZERO, locked: Decimal.ZERO };
  }

  /** @returns whether there was as much; nothing is set aside otherwise. */
  lock(asset: string, amount: Decimal): boolean {
    const { available, locked } = this.of(asset);
    if (available.lessThan(amount)) return false;
    this.set(asset, available.subtract(amount), locked.add(amount));
    return true;
  }

  release(asset: string, amount: Decimal): void {
    const { available, locked } = this.of(asset);
    this.set(asset, available.add(amount), locked.subtract(amount));
  }

  /** Pays out of what is set aside. */
  spend(asset: string, amount: Decimal): void {
    const { available, locked } = this.of(asset);
    this.set(asset, available, locked.subtract(amount));
  }

  receive(asset: string, amount: Decimal): void {
    const { available, locked } = this.of(asset);
    this.set(asset, available.add(amount), locked);
  }

  private set(asset: string, available: Decimal, locked: Decimal): void {
    assert(!available.isNegative() && !locked.isNegative(), 'no balance is below zero', {
      asset,
      available: String(available),
      locked: String(locked),
    });
    this.byAsset.set(asset, { asset, available, locked });
  }
}
