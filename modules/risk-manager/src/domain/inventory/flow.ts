import { type AccountId, type AssetId, Decimal, type LedgerEntry, type VenueId } from '@ats/domain';

/** One asset of one account at one venue. */
export interface Place {
  readonly accountId: AccountId;
  readonly venue: VenueId;
  readonly asset: AssetId;
}

/** What trading moved at one place in one entry: all of it together, so only one is above zero. */
export interface FlowChange {
  readonly place: Place;
  readonly received: Decimal;
  readonly given: Decimal;
}

/** What trading moved at one place within a stretch of time, exact. */
export interface FlowBucket {
  readonly startUs: number;
  readonly received: Decimal;
  readonly given: Decimal;
  readonly fills: number;
}

/** How flows are read. */
export interface FlowRules {
  /** How far back is looked, microseconds. */
  readonly windowUs: number;
  /** An amount counts half after so long, microseconds. */
  readonly halfLifeUs: number;
  /** With fewer fills in the window nothing is said. */
  readonly fillsMin: number;
}

/** How fast an asset comes and goes at a place by trading. */
export interface Flow {
  /** Units an hour, what happened lately weighing more. */
  readonly inPerHour: number;
  readonly outPerHour: number;
  /** Units an hour received less given, over the whole window alike. */
  readonly windowNetPerHour: number;
  /** Fills in the window, a count. */
  readonly fills: number;
  /** `unknown`: too few fills, or too short a watch; `low`: watched for less than a half-life. */
  readonly confidence: 'unknown' | 'low' | 'good';
}

const HOUR_US = 3_600_000_000;
/** Stretches that a window is kept in. */
const BUCKETS = 288;
/** A rate over less time says nothing. */
const WATCHED_MIN_US = 60_000_000;

export const placeKey = ({ accountId, venue, asset }: Place): string =>
  JSON.stringify([accountId, venue, asset]);

/** Length of one stretch, microseconds. */
export const bucketUsOf = (windowUs: number): number => Math.max(1, Math.ceil(windowUs / BUCKETS));

/** When the stretch that a moment falls into began. */
export function bucketStart(atUs: number, windowUs: number): number {
  const bucketUs = bucketUsOf(windowUs);
  return Math.floor(atUs / bucketUs) * bucketUs;
}

/** What a fill moved, by place; nothing for any other entry: money that is sent is no flow. */
export function flowChanges({ kind, postings }: LedgerEntry): readonly FlowChange[] {
  if (kind !== 'fill') return [];
  const nets = new Map<string, { readonly place: Place; readonly net: Decimal }>();
  for (const { accountId, venue, asset, bucket, amount } of postings) {
    if (bucket === 'counter') continue;
    const place = { accountId, venue, asset };
    const key = placeKey(place);
    nets.set(key, { place, net: (nets.get(key)?.net ?? Decimal.ZERO).add(amount) });
  }
  return [...nets.values()]
    .filter(({ net }) => !net.isZero())
    .map(({ place, net }) => ({
      place,
      received: net.max(Decimal.ZERO),
      given: net.negate().max(Decimal.ZERO),
    }));
}

/** Since when there was somebody to see, and now; microseconds since the epoch. */
export interface Watch {
  readonly sinceUs: number;
  readonly nowUs: number;
}

/** The part of the window that was watched, microseconds, above zero. */
function watchedUs({ sinceUs, nowUs }: Watch, { windowUs }: FlowRules): number {
  return Math.max(1, Math.min(windowUs, nowUs - sinceUs));
}

/**
 * Amounts an hour: plainly over what was watched of the window, and with each amount counting half
 * after a half-life. The latter is divided by what the weights of that time come to, so that a
 * steady flow gives its own rate from the first minute on.
 */
export function ratesOf(
  amounts: Iterable<{ readonly startUs: number; readonly amount: number }>,
  watch: Watch,
  rules: FlowRules,
): { readonly recent: number; readonly window: number } {
  const { windowUs, halfLifeUs } = rules;
  const { nowUs } = watch;
  const spanUs = watchedUs(watch, rules);
  const half = bucketUsOf(windowUs) / 2;
  let sum = 0;
  let weighted = 0;
  for (const { startUs, amount } of amounts) {
    if (startUs < nowUs - windowUs - 2 * half) continue;
    const ageUs = Math.max(0, nowUs - startUs - half);
    sum += amount;
    weighted += amount * 2 ** (-ageUs / halfLifeUs);
  }
  const weightUs = (halfLifeUs / Math.LN2) * (1 - 2 ** (-spanUs / halfLifeUs));
  return { recent: (weighted / weightUs) * HOUR_US, window: (sum / spanUs) * HOUR_US };
}

/** How fast an asset came and went at a place. */
export function flowOf(buckets: readonly FlowBucket[], watch: Watch, rules: FlowRules): Flow {
  const rates = (amountOf: (bucket: FlowBucket) => number) =>
    ratesOf(
      buckets.map((bucket) => ({ startUs: bucket.startUs, amount: amountOf(bucket) })),
      watch,
      rules,
    );
  const received = rates((bucket) => bucket.received.toNumber());
  const given = rates((bucket) => bucket.given.toNumber());
  const oldestUs = watch.nowUs - rules.windowUs - bucketUsOf(rules.windowUs);
  const fills = buckets.reduce((sum, one) => sum + (one.startUs < oldestUs ? 0 : one.fills), 0);
  const watched = watchedUs(watch, rules);
  const unknown = fills < rules.fillsMin || watched < WATCHED_MIN_US;
  const low = watched < rules.halfLifeUs;
  return {
    inPerHour: received.recent,
    outPerHour: given.recent,
    windowNetPerHour: received.window - given.window,
    fills,
    confidence: unknown ? 'unknown' : low ? 'low' : 'good',
  };
}
