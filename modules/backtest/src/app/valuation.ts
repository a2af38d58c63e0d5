import { type AssetId, assetId, Decimal, type Listing, type VenueId } from '@ats/domain';
import { MarkBook } from '@ats/risk-manager';
import type { MarketBus } from '@ats/storage';
import type { EquityPoint } from '../domain/run-record.ts';
import type { TapeVenue } from './tape-venue.ts';

/** Digits of figures in the numeraire. */
const DIGITS = 8;

/** What everything is worth at one moment, in the numeraire. */
export interface Valued {
  readonly timeUs: number;
  readonly equity: Decimal;
  readonly unhedged: Decimal;
  /** What no book had valued by then. */
  readonly unvalued: readonly (readonly [asset: string, amount: Decimal])[];
}

/** Values what the venues hold at the middle of the books, as risk does. */
export class Valuation {
  private readonly marks: MarkBook;
  private readonly venues: ReadonlyMap<VenueId, TapeVenue>;
  /** Assets that are bought and sold, not paid with. */
  private readonly traded: ReadonlySet<string>;
  private readonly atStart: ReadonlyMap<string, Decimal>;
  private readonly firstRates = new Map<string, Decimal>();

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

  /** What is held, valued by the books as they are now. */
  value(timeUs: number): Valued {
    return this.sum(timeUs, this.holdings(), (asset) => this.marks.rateOf(assetId(asset)));
  }

  /** What was held at the start, at the first value that each asset had. */
  start(timeUs: number): Valued {
    return this.sum(timeUs, this.atStart, () => undefined);
  }

  /** Rounded, with what had no value yet at the first that it had later. */
  point({ timeUs, equity, unhedged, unvalued }: Valued): EquityPoint {
    let sum = equity;
    for (const [asset, amount] of unvalued) {
      const rate = this.firstRates.get(asset);
      if (rate !== undefined) sum = sum.add(amount.multiply(rate));
    }
    return { timeUs, equity: figure(sum), unhedged: figure(unhedged) };
  }

  /** Assets that were held and never had a value. */
  get unvalued(): readonly string[] {
    return [...this.holdings()].flatMap(([asset, amount]) =>
      amount.isPositive() && !this.firstRates.has(asset) ? [asset] : [],
    );
  }

  private sum(
    timeUs: number,
    holdings: ReadonlyMap<string, Decimal>,
    rateOf: (asset: string) => Decimal | undefined,
  ): Valued {
    const unvalued: (readonly [string, Decimal])[] = [];
    let equity = Decimal.ZERO;
    let unhedged = Decimal.ZERO;
    for (const [asset, amount] of holdings) {
      const rate = rateOf(asset);
      if (rate === undefined) {
        if (amount.isPositive()) unvalued.push([asset, amount]);
        continue;
      }
      if (!this.firstRates.has(asset)) this.firstRates.set(asset, rate);
      equity = equity.add(amount.multiply(rate));
      if (!this.traded.has(asset)) continue;
      const change = amount.subtract(this.atStart.get(asset) ?? Decimal.ZERO).multiply(rate);
      unhedged = change.isNegative() ? unhedged.subtract(change) : unhedged.add(change);
    }
    return { timeUs, equity, unhedged, unvalued };
  }
}

/** A figure in the numeraire as records have it. */
export const figure = (value: Decimal): Decimal => value.round(DIGITS, 'half-even').normalized();
