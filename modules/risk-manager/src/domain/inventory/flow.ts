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
  /** `unknown`: too few fills, or too short a watch; `low`: which way it goes may be chance. */
  readonly confidence: 'unknown' | 'low' | 'good';
}

const HOUR_US = 3_600_000_000;
/** Stretches that a window is kept in. */
const BUCKETS = 288;
/** A rate over less time says nothing. */
const WATCHED_MIN_US = 60_000_000;
/** Standard deviations by which more must go one way than chance would have it. */
const DEVIATIONS_MIN = 3;

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

/** Amounts of a window, added up and as rates. */
interface Rates {
  readonly sum: number;
  /** With each amount counting half after a half-life. */
  readonly weighted: number;
  /** An hour, over what was watched of the window. */
  readonly window: number;
  /** An hour, what happened lately weighing more. */
  readonly recent: number;
}

/**
 * Rates of amounts. The recent one is divided by what the weights of the time come to that was
 * watched, so that a steady flow gives its own rate from the first minute on.
 */
export function ratesOf(
  amounts: Iterable<{ readonly startUs: number; readonly amount: number }>,
  watch: Watch,
  rules: FlowRules,
): Rates {
  const { windowUs, halfLifeUs } = rules;
  const { nowUs } = watch;
  const spanUs = watchedUs(watch, rules);
  const bucketUs = bucketUsOf(windowUs);
  let sum = 0;
  let weighted = 0;
  for (const { startUs, amount } of amounts) {
    if (startUs < nowUs - windowUs - bucketUs) continue;
    const ageUs = Math.max(0, nowUs - startUs - bucketUs / 2);
    sum += amount;
    weighted += amount * 2 ** (-ageUs / halfLifeUs);
  }
  const weightUs = (halfLifeUs / Math.LN2) * (1 - 2 ** (-spanUs / halfLifeUs));
  const window = (sum / spanUs) * HOUR_US;
  return { sum, weighted, window, recent: (weighted / weightUs) * HOUR_US };
}

/** How fast an asset came and went at a place. */
export function flowOf(buckets: readonly FlowBucket[], watch: Watch, rules: FlowRules): Flow {
  const rates = (amountOf: (bucket: FlowBucket) => number): Rates =>
    ratesOf(
      buckets.map((bucket) => ({ startUs: bucket.startUs, amount: amountOf(bucket) })),
      watch,
      rules,
    );
  const received = rates((bucket) => bucket.received.toNumber());
  const given = rates((bucket) => bucket.given.toNumber());
  const fills = rates((bucket) => bucket.fills);
  const unknown = fills.sum < rules.fillsMin || watchedUs(watch, rules) < WATCHED_MIN_US;
  const chance = mayBeChance({ received, given, fills });
  return {
    inPerHour: received.recent,
    outPerHour: given.recent,
    windowNetPerHour: received.window - given.window,
    fills: fills.sum,
    confidence: unknown ? 'unknown' : chance ? 'low' : 'good',
  };
}

/**
 * Whether so many fills of one size, each this or that way by the toss of a coin, would often
 * enough leave as much on one side: their sum has the square root of their number as deviation.
 */
function mayBeChance(flow: Readonly<Record<'received' | 'given' | 'fills', Rates>>): boolean {
  const [came, went] = [flow.received.weighted, flow.given.weighted];
  const net = Math.abs(came - went);
  return net * Math.sqrt(flow.fills.weighted) < DEVIATIONS_MIN * (came + went) || net === 0;
}
