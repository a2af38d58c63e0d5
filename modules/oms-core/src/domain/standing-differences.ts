import { hash } from 'node:crypto';
import type { Sighting } from './comparison.ts';

/** What the venue and we count differently for good, as far as comparing can tell. */
export interface StandingDifference extends Sighting {
  /** The same difference has the same id. */
  readonly differenceId: string;
  /** Microseconds since the epoch. */
  readonly firstSeenAtUs: number;
  /** Whether its figures hold still, so that it can be posted. */
  readonly settled: boolean;
}

export interface StandingLimits {
  /** Comparisons in which a difference must be the same before it counts. */
  readonly comparisonsMin: number;
  /** A difference that never goes away counts after so long, though it keeps changing. */
  readonly unsettledUsMax: number;
  /** The same while orders on their way explain it, as under heavy trading without a pause. */
  readonly explainedUsMax: number;
}

interface Seen {
  readonly sighting: Sighting;
  readonly count: number;
  /** Since when it has been there, in whatever figures. */
  readonly firstSeenAtUs: number;
  /** Since when its figures have been these. */
  readonly sameSinceUs: number;
  /** Since when nothing on its way explains it; undefined while something does. */
  readonly unexplainedSinceUs: number | undefined;
}

const ID_LENGTH = 16;
const keyOf = ({ kind, subject }: Pick<Sighting, 'kind' | 'subject'>): string =>
  `${kind}/${subject}`;

/**
 * Tells momentary differences, which orders on their way make all the time, from those that stand:
 * the same figures in several comparisons with nothing happening in between.
 */
export class StandingDifferences {
  private readonly venue: string;
  private readonly limits: StandingLimits;
  private readonly seen = new Map<string, Seen>();
  private nowUs = 0;

  constructor(options: { readonly venue: string; readonly limits: StandingLimits }) {
    this.venue = options.venue;
    this.limits = options.limits;
  }

  /** @param comparison `undecided` says of which subjects it could tell nothing */
  observe(comparison: {
    readonly sightings: readonly Sighting[];
    readonly undecided: (subject: string) => boolean;
    readonly nowUs: number;
  }): void {
    const { sightings, undecided, nowUs } = comparison;
    this.nowUs = nowUs;
    const keys = new Set(sightings.map(keyOf));
    for (const [key, { sighting }] of this.seen) {
      if (!keys.has(key) && !undecided(sighting.subject)) this.seen.delete(key);
    }
    for (const sighting of sightings) {
      const key = keyOf(sighting);
      const before = this.seen.get(key);
      const same = before !== undefined && before.sighting.mark === sighting.mark;
      this.seen.set(key, {
        sighting,
        count: same ? before.count + 1 : 1,
        firstSeenAtUs: before?.firstSeenAtUs ?? nowUs,
        sameSinceUs: same ? before.sameSinceUs : nowUs,
        unexplainedSinceUs: sighting.explained ? undefined : (before?.unexplainedSinceUs ?? nowUs),
      });
    }
  }

  /** Whether nothing differs, for the moment or for good. */
  get none(): boolean {
    return this.seen.size === 0;
  }

  /** Differences that count, by when they were first seen. */
  get standing(): readonly StandingDifference[] {
    return [...this.seen.values()].flatMap((one): readonly StandingDifference[] => {
      const settled = one.count >= this.limits.comparisonsMin;
      if (!settled && !this.isTooLong(one)) return [];
      const { sighting, firstSeenAtUs } = one;
      return [{ ...sighting, differenceId: this.idOf(one), firstSeenAtUs, settled }];
    });
  }

  private isTooLong({ firstSeenAtUs, unexplainedSinceUs }: Seen): boolean {
    const { unsettledUsMax, explainedUsMax } = this.limits;
    if (this.nowUs - firstSeenAtUs >= explainedUsMax) return true;
    return unexplainedSinceUs !== undefined && this.nowUs - unexplainedSinceUs >= unsettledUsMax;
  }

  /** It was posted: should it be seen again, it is another one. */
  forget(difference: StandingDifference): void {
    this.seen.delete(keyOf(difference));
  }

  private idOf({ sighting, sameSinceUs }: Seen): string {
    const { kind, subject, mark } = sighting;
    const text = JSON.stringify([this.venue, kind, subject, mark, sameSinceUs]);
    return hash('sha256', text, 'hex').slice(0, ID_LENGTH);
  }
}
