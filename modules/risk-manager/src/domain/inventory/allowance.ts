import { type AssetId, Decimal, type VenueId } from '@ats/domain';
import { estimate } from './estimate.ts';
import type { Move } from './option.ts';
import { netOut, type Runway } from './runway.ts';

const AMOUNT_SCALE = 12;

/** How a plan shares out an asset. */
export interface SharingRules {
  readonly warnHours: number;
  readonly horizonHours: number;
  /** Shares by venue, one where a venue is not named; undefined evens out how long it lasts. */
  readonly weights: ReadonlyMap<VenueId, Decimal> | undefined;
  /** What must stay at a venue whatever happens, units by `venue asset`. */
  readonly reserves: ReadonlyMap<string, Decimal>;
}

export const reserveKey = (place: { readonly venue: string; readonly asset: string }): string =>
  `${place.venue} ${place.asset}`;

/** Units that trading takes at a place in so many hours, beyond what it brings. */
function usedIn(hours: number, { flow }: Runway): Decimal {
  return estimate(netOut(flow) * hours, AMOUNT_SCALE);
}

/** What a giving place keeps: a trade's worth, and what it uses until the warning. */
export function reserveOf(runway: Runway, { warnHours, reserves }: SharingRules): Decimal {
  const own = runway.least.add(usedIn(warnHours, runway));
  return own.max(reserves.get(reserveKey(runway)) ?? Decimal.ZERO);
}

/**
 * What each place should have of one asset. By weight: its share of all there is. Else so much that
 * all last equally long, up to the horizon; what nobody uses stays where it is.
 */
export function targetsOf(
  places: readonly Runway[],
  rules: SharingRules,
): ReadonlyMap<VenueId, Decimal> {
  const sum = (of: (place: Runway) => Decimal): Decimal =>
    places.reduce((total, place) => total.add(of(place)), Decimal.ZERO);
  const all = sum(({ available }) => available);
  const { weights, horizonHours } = rules;
  if (weights !== undefined) {
    const weightOf = ({ venue }: Runway): Decimal => weights.get(venue) ?? Decimal.ONE;
    const whole = sum(weightOf);
    const at = { scale: AMOUNT_SCALE, rounding: 'down' } as const;
    const share = (place: Runway): Decimal =>
      whole.isZero() ? Decimal.ZERO : all.multiply(weightOf(place)).divide(whole, at);
    return new Map(places.map((place) => [place.venue, share(place)]));
  }
  const out = places.reduce((total, { flow }) => total + Math.max(0, netOut(flow)), 0);
  const free = all.subtract(sum(({ least }) => least)).max(Decimal.ZERO);
  const hours = out > 0 ? Math.min(horizonHours, free.toNumber() / out) : 0;
  return new Map(places.map((place) => [place.venue, place.least.add(usedIn(hours, place))]));
}

/** Runways of the warning that a place is brought to at least, if others can spare it. */
const WARNINGS_WANTED = 2;

/**
 * What a place that runs dry lacks: to have what it should, and to be well clear of the warning,
 * which other money can bring where there is too little of the asset itself.
 */
export function wantedOf(
  runway: Runway,
  { target, rules }: { readonly target: Decimal; readonly rules: SharingRules },
): Decimal {
  const hours = Math.min(rules.horizonHours, rules.warnHours * WARNINGS_WANTED);
  const clear = runway.least.add(usedIn(hours, runway));
  return target.max(clear).subtract(runway.available).max(Decimal.ZERO);
}

/** What places can still give while a plan is made: what one step takes no other step has. */
export class Allowances {
  private readonly places: ReadonlyMap<string, Runway>;
  private readonly rules: SharingRules;
  private readonly taken = new Map<string, Decimal>();

  /** @param runways of one account */
  constructor(runways: readonly Runway[], rules: SharingRules) {
    this.places = new Map(runways.map((one) => [reserveKey(one), one]));
    this.rules = rules;
  }

  placeOf(venue: VenueId, asset: AssetId): Runway | undefined {
    return this.places.get(reserveKey({ venue, asset }));
  }

  /** @param least what is to stay, its reserve at least. @returns units, zero or more */
  of(venue: VenueId, asset: AssetId, least = Decimal.ZERO): Decimal {
    const key = reserveKey({ venue, asset });
    const place = this.places.get(key);
    if (place === undefined) return Decimal.ZERO;
    const left = place.available.subtract(this.taken.get(key) ?? Decimal.ZERO);
    return left.subtract(reserveOf(place, this.rules).max(least)).max(Decimal.ZERO);
  }

  /** What leaves is gone; what comes is not counted on before it is there. */
  take(moves: readonly Move[]): void {
    for (const move of moves) {
      if (!move.amount.isNegative()) continue;
      const key = reserveKey(move);
      this.taken.set(key, (this.taken.get(key) ?? Decimal.ZERO).subtract(move.amount));
    }
  }
}
