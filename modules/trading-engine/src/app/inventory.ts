import { type ArbitrageTrade, Decimal, type Listing } from '@ats/domain';

/** One asset on one venue. */
export interface Holding {
  readonly venue: string;
  readonly asset: string;
  readonly available: Decimal;
}

interface Need {
  readonly venue: string;
  readonly asset: string;
  readonly amount: Decimal;
}

/** What one trade will use, until a reading of the ledger shows it reserved. */
interface Claim {
  readonly needs: readonly Need[];
  /** When the gateway had taken the legs; undefined before. */
  takenAtUs: number | undefined;
}

const BPS = Decimal.parse('0.0001');
const keyOf = ({ venue, asset }: { readonly venue: string; readonly asset: string }): string =>
  `${venue}/${asset}`;

/**
 * What can be spent: the ledger's available balances, less what trades under way will use and the
 * ledger did not know of when it was read.
 */
export class Inventory {
  private ledger = new Map<string, Holding>();
  private readonly claims = new Map<string, Claim>();
  /** When the reading in use was asked for; 0 before the first. */
  readAtUs = 0;

  get known(): boolean {
    return this.readAtUs > 0;
  }

  available(place: { readonly venue: string; readonly asset: string }): Decimal {
    const key = keyOf(place);
    let left = this.ledger.get(key)?.available ?? Decimal.ZERO;
    for (const { needs } of this.claims.values()) {
      for (const need of needs) if (keyOf(need) === key) left = left.subtract(need.amount);
    }
    return left.max(Decimal.ZERO);
  }

  /** Takes over a reading that was asked for at a time. */
  read(holdings: readonly Holding[], askedAtUs: number): void {
    this.ledger = new Map(holdings.map((one) => [keyOf(one), one]));
    this.readAtUs = askedAtUs;
    for (const [id, { takenAtUs }] of this.claims) {
      if (takenAtUs !== undefined && takenAtUs < askedAtUs) this.claims.delete(id);
    }
  }

  claim(tradeId: string, needs: readonly Need[]): void {
    this.claims.set(tradeId, { needs, takenAtUs: undefined });
  }

  /** The gateway has the legs: a reading from now on has their reservation in it. */
  taken(tradeId: string, atUs: number): void {
    const claim = this.claims.get(tradeId);
    if (claim !== undefined) claim.takenAtUs ??= atUs;
  }

  /** Nothing was reserved, and nothing will be. */
  release(tradeId: string): void {
    this.claims.delete(tradeId);
  }

  /** As the contract tells them; what is reserved is the ledger's to say. */
  balances(accountId: string) {
    return this.holdings().map(({ venue, asset, available }) => {
      const amount = available.toString();
      return { accountId, venue, asset, available: amount, reserved: '', version: 0 };
    });
  }

  /** Every holding that the ledger told of, as it can be spent now. */
  holdings(): readonly Holding[] {
    return [...this.ledger.values()].map(({ venue, asset }) => ({
      venue,
      asset,
      available: this.available({ venue, asset }),
    }));
  }
}

/** What the legs of a trade take at most, as the gateway will reserve it. */
export function needsOf(
  legs: readonly Pick<
    ArbitrageTrade['legs'][number],
    'venue' | 'instrument' | 'side' | 'quantity' | 'limitPrice'
  >[],
  listingOf: (leg: { readonly venue: string; readonly instrument: string }) => Listing,
): readonly Need[] {
  return legs.flatMap((leg): readonly Need[] => {
    const { base, quote, fees } = listingOf(leg);
    const { venue, side, quantity, limitPrice } = leg;
    if (side === 'sell') return [{ venue, asset: base.id, amount: quantity }];
    const cost = quantity.multiply(limitPrice);
    const fee = cost.multiply(fees.takerBps.multiply(BPS)).round(12, 'up');
    return [{ venue, asset: quote.id, amount: cost.add(fee) }];
  });
}
