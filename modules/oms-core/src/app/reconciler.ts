import { AtsError, type LedgerEntry, type VenueId } from '@ats/domain';
import type { Movement } from '@ats/orders';
import type { Metrics, Timers } from '@ats/runtime';
import type { StandingDifference } from '../domain/standing-differences.ts';
import { Lanes } from './lanes.ts';
import type { LedgerDesk } from './ledger-desk.ts';
import type { VenueReconciliation, VenueVerdict } from './venue-reconciliation.ts';

export interface ReconcilerOptions {
  readonly venues: readonly VenueReconciliation[];
  readonly desk: LedgerDesk;
  readonly timers: Timers;
  readonly metrics: Metrics;
  readonly intervalMs: number;
  /** How soon it compares again while something is not settled. */
  readonly retryMs: number;
}

/** What a person says of a difference. */
export interface Confirmation {
  readonly differenceId: string;
  readonly kind: string;
  readonly actor: string;
  readonly reason: string;
}

const KINDS = ['deposit', 'withdrawal', 'fee', 'adjustment'] as const;

/** Compares every venue with the ledger at the start, on a timer and when asked. */
export class Reconciler {
  private readonly options: ReconcilerOptions;
  private readonly lanes = new Lanes();
  private readonly loops: Promise<void>[] = [];
  private readonly pauses = new Map<VenueId, () => void>();
  private stopped = false;

  constructor(options: ReconcilerOptions) {
    this.options = options;
    const open = options.metrics.gauge({
      name: 'ats_oms_venue_open_ratio',
      help: 'Whether a venue agrees with the ledger: 1 or 0.',
      labels: ['venue'],
    });
    const differences = options.metrics.gauge({
      name: 'ats_oms_differences',
      help: 'Differences between a venue and the ledger that stand.',
      labels: ['venue'],
    });
    options.metrics.beforeCollect(() => {
      for (const verdict of this.verdicts()) {
        open.set({ venue: verdict.venue }, verdict.open ? 1 : 0);
        differences.set({ venue: verdict.venue }, verdict.differences.length);
      }
    });
  }

  start(): void {
    for (const venue of this.options.venues) this.loops.push(this.run(venue));
  }

  verdicts(): readonly VenueVerdict[] {
    return this.options.venues.map((one) => one.verdict());
  }

  /** Compares now. @param venue all of them unless given. @throws VENUE_UNKNOWN */
  async compare(venue?: string): Promise<readonly VenueVerdict[]> {
    const { venues } = this.options;
    const asked = venue === undefined ? venues : venues.filter((one) => one.venue === venue);
    if (asked.length === 0) throw unknownVenue(venue ?? '', venues);
    await Promise.all(asked.map((one) => this.compareInLane(one)));
    return asked.map((one) => one.verdict());
  }

  /**
   * Posts a difference as what a person says it is. The same confirmation again gives the same
   * entry. @throws LEDGER_DIFFERENCE_UNKNOWN, LEDGER_CONFIRMATION_INVALID
   */
  async confirm(confirmation: Confirmation): Promise<LedgerEntry> {
    const kind = kindOf(confirmation);
    for (const venue of this.options.venues) {
      const { differences } = venue.verdict();
      const difference = differences.find((one) => one.differenceId === confirmation.differenceId);
      if (difference === undefined) continue;
      mustFit(difference, kind);
      const { actor, reason } = confirmation;
      const what = { kind, confirmation: `${actor}: ${reason}` };
      // In the lane of comparisons, where it may have been posted or have changed meanwhile.
      const entry = await this.lanes.run(venue.venue, async () => {
        const still = venue
          .verdict()
          .differences.some((one) => one.differenceId === difference.differenceId);
        return still ? venue.post(difference, what) : this.postedBefore(confirmation);
      });
      if (entry === undefined) throw tooLittle(difference);
      this.pauses.get(venue.venue)?.();
      return entry;
    }
    const posted = await this.postedBefore(confirmation);
    if (posted === undefined) throw unknownDifference(confirmation.differenceId);
    return posted;
  }

  /** Starts no more comparisons; resolves when those under way have ended. */
  async stop(): Promise<void> {
    this.stopped = true;
    for (const wake of this.pauses.values()) wake();
    await Promise.all(this.loops);
  }

  private postedBefore({ differenceId }: Confirmation): Promise<LedgerEntry | undefined> {
    const { venues, desk } = this.options;
    return desk.findPosted(
      venues.flatMap(({ venue }) => KINDS.map((kind) => `${kind}:${venue}:${differenceId}`)),
    );
  }

  private compareInLane(venue: VenueReconciliation): Promise<void> {
    return this.lanes.run(venue.venue, () => venue.compare());
  }

  private async run(venue: VenueReconciliation): Promise<void> {
    const { intervalMs, retryMs, timers } = this.options;
    while (!this.stopped) {
      await this.compareInLane(venue);
      if (this.stopped) return;
      await new Promise<void>((resolve) => {
        const timer = timers.after(venue.unsettled ? retryMs : intervalMs, resolve);
        this.pauses.set(venue.venue, () => {
          timer.cancel();
          resolve();
        });
      });
    }
  }
}

function kindOf({ kind, actor, reason }: Confirmation): Movement['kind'] {
  const known = KINDS.find((one) => one === kind);
  if (known === undefined) {
    throw invalid({ field: 'kind', value: kind, remedy: `Use one of ${KINDS.join(', ')}.` });
  }
  if (actor === '') throw invalid({ field: 'actor', value: actor, remedy: 'Say who confirms it.' });
  if (reason === '') throw invalid({ field: 'reason', value: reason, remedy: 'Say why.' });
  return known;
}

function mustFit(
  { change, settled, kind, subject }: StandingDifference,
  as: Movement['kind'],
): void {
  if (change === undefined) {
    const remedy = `A difference of kind ${kind} is settled at the venue, not by a posting.`;
    throw invalid({ field: 'difference_id', value: subject, remedy });
  }
  if (!settled) {
    const remedy = 'Its figures still change: wait until they hold still, then read them again.';
    throw invalid({ field: 'difference_id', value: subject, remedy });
  }
  const wrong = change.isNegative() ? 'deposit' : 'withdrawal';
  if (as !== wrong) return;
  const remedy = `The venue has ${change.isNegative() ? 'less' : 'more'} than the ledger.`;
  throw invalid({ field: 'kind', value: as, remedy });
}

const invalid = (what: { field: string; value: string; remedy: string }): AtsError =>
  new AtsError({
    code: 'LEDGER_CONFIRMATION_INVALID',
    message: `${what.field} "${what.value}" cannot confirm this difference`,
    remedy: what.remedy,
    context: { field: what.field, value: what.value },
  });

const tooLittle = ({ subject, change }: StandingDifference): AtsError =>
  new AtsError({
    code: 'LEDGER_CONFIRMATION_INVALID',
    message: `the account has less than ${change?.negate()} ${subject} available`,
    remedy: 'Cancel orders that hold it, then confirm again.',
    context: { field: 'difference_id', value: subject },
  });

const unknownDifference = (differenceId: string): AtsError =>
  new AtsError({
    code: 'LEDGER_DIFFERENCE_UNKNOWN',
    message: `no difference "${differenceId}" stands`,
    remedy: 'Read the differences again: it was settled, or its figures have changed.',
    context: { field: 'difference_id', value: differenceId },
  });

const unknownVenue = (venue: string, venues: readonly VenueReconciliation[]): AtsError =>
  new AtsError({
    code: 'VENUE_UNKNOWN',
    message: `venue "${venue}" is not in the configuration`,
    remedy: `Name one of ${venues.map((one) => one.venue).join(', ')}.`,
    context: { field: 'venue', value: venue },
  });
