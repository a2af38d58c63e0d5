import { type AssetId, assetId, Decimal, type Listing, type VenueId } from '@ats/domain';
import { MarkBook } from '@ats/risk-manager';
import type { MarketBus } from '@ats/storage';
import type { EquityPoint } from '../domain/run-record.ts';
import type { TapeVenue } from './tape-venue.ts';

/** Digits of figures in the numeraire. */
const DIGITS = 8;

/** Values what the venues hold at the middle of the books, as risk does. */
export class Valuation {
  private readonly marks: MarkBook;
  private readonly venues: ReadonlyMap<VenueId, TapeVenue>;
  /** Assets that are bought and sold, not paid with. */
  private readonly traded: ReadonlySet<string>;
  private readonly atStart: ReadonlyMap<string, Decimal>;
  /** Assets that were held and had no value. */
  readonly unvalued = new Set<string>();

  constructor(options: {
    readonly bus: MarketBus;
    readonly numeraire: string;
    readonly listings: readonly Listing[];
    readonly venues: ReadonlyMap<VenueId, TapeVenue>;
  }) {
    const { bus, listings, venues } = options;
    const numeraire = assetId(options.numeraire);
    this.marks = new MarkBook({ bus, numeraire });
    this.venues = venues;
    const money = new Set<string>([numeraire, ...listings.map(({ quote }) => quote.id)]);
    this.traded = new Set(listings.flatMap(({ base }) => (money.has(base.id) ? [] : [base.id])));
    this.atStart = this.holdings();
  }

  /** All venues together, by asset. */
  holdings(): ReadonlyMap<string, Decimal> {
    const sums = new Map<string, Decimal>();
    for (const { account } of this.venues.values()) {
      for (const { asset, available, locked } of account.balances) {
        const sum = sums.get(asset) ?? Decimal.ZERO;
        sums.set(asset, sum.add(available).add(locked));
      }
    }
    return sums;
  }

  /** One unit of an asset in the numeraire; undefined while no book says. */
  rateOf(asset: AssetId): Decimal | undefined {
    return this.marks.rateOf(asset);
  }

  /** Takes the newest books. */
  refresh(): Promise<void> {
    return this.marks.refresh();
  }

  point(timeUs: number): EquityPoint {
    let equity = Decimal.ZERO;
    let unhedged = Decimal.ZERO;
    for (const [asset, amount] of this.holdings()) {
      const rate = this.marks.rateOf(assetId(asset));
      if (rate === undefined) {
        if (amount.isPositive()) this.unvalued.add(asset);
        continue;
      }
      equity = equity.add(amount.multiply(rate));
      if (!this.traded.has(asset)) continue;
      const change = amount.subtract(this.atStart.get(asset) ?? Decimal.ZERO).multiply(rate);
      unhedged = change.isNegative() ? unhedged.subtract(change) : unhedged.add(change);
    }
    return { timeUs, equity: figure(equity), unhedged: figure(unhedged) };
  }
}

/** A figure in the numeraire as records have it. */
export const figure = (value: Decimal): Decimal => value.round(DIGITS, 'half-even').normalized();
