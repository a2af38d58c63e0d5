import {
  type AccountId,
  type Alert,
  type AssetId,
  type Decimal,
  type ExecutionReport,
  type LedgerEntry,
  makeAlert,
  type Order,
  type OrderId,
  type VenueId,
} from '@ats/domain';
import type { Movement } from '@ats/orders';
import type { Clock, Logger } from '@ats/runtime';
import type { StateStore } from '@ats/storage';
import {
  compareBalances,
  compareOrders,
  isInFlight,
  type LedgerSnapshot,
  type VenueSnapshot,
} from '../domain/comparison.ts';
import {
  type StandingDifference,
  StandingDifferences,
  type StandingLimits,
} from '../domain/standing-differences.ts';
import type { Alerts } from './alerts.ts';
import type { OrderBookkeeper } from './bookkeeper.ts';
import type { LedgerDesk } from './ledger-desk.ts';
import type { LedgerReader } from './ledger-reader.ts';
import { cursorKey, fillSighting, type MissingFills, unbookedSighting } from './missing-fills.ts';
import type { UnbookedFills } from './unbooked-fills.ts';

/** Asks a venue what it holds of ours. @throws when it cannot be asked */
export type ReadVenue = (request: {
  readonly venue: VenueId;
  /** Fills from then on are wanted, microseconds since the epoch. */
  readonly fillsSinceUs: number;
}) => Promise<VenueSnapshot>;

/**
 * Which differences are posted by rule, without a person: none; what a venue has when the ledger
 * has nothing there yet; or whatever differs when the service starts.
 */
export type AdoptRule = 'none' | 'opening' | 'start';

/** What is posted without a person, and how patient comparing is. */
export interface ReconciliationRules extends StandingLimits {
  readonly adopt: AdoptRule;
  /** Differences up to this are fees; units of the asset. */
  readonly feeTolerance: ReadonlyMap<AssetId, Decimal>;
  readonly verdictAgeUsMax: number;
  readonly fillsOverlapUs: number;
}

export interface VenueReconciliationParts {
  readonly readVenue: ReadVenue;
  readonly state: StateStore;
  readonly ledger: LedgerReader;
  readonly desk: LedgerDesk;
  readonly bookkeeper: OrderBookkeeper;
  readonly unbooked: UnbookedFills;
  readonly missing: MissingFills;
  readonly onLimit: (limit: 'told_differences') => void;
  readonly alerts: Alerts;
  /** Whether everything that venues have reported has had its effect. */
  caughtUp(): Promise<boolean>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly rules: ReconciliationRules;
}

/** Comparisons in a row that come soon after one another; a venue has its rate limits. */
const HURRIES_MAX = 40;

/** Differences that are remembered as told. */
const TOLD_MAX = 1000;

/** Movements that fit into one transaction. */
const MOVEMENTS_MAX = 32;

/** Whether a venue may be traded on. */
export interface VenueVerdict {
  readonly venue: VenueId;
  readonly open: boolean;
  /** Why not; empty when open. */
  readonly reason: string;
  /** Microseconds since the epoch; 0: never. */
  readonly comparedAtUs: number;
  readonly differences: readonly StandingDifference[];
}

/** Compares one venue with the ledger, again and again, and says whether it may be traded on. */
export class VenueReconciliation {
  readonly venue: VenueId;
  private readonly account: AccountId;
  private readonly parts: VenueReconciliationParts;
  private readonly differences: StandingDifferences;
  private readonly told = new Set<string>();
  private comparedAtUs = 0;
  private fillsFromUs: number | undefined;
  private failure = 'it was not compared with the ledger yet';
  /** Whether the last comparison that decided anything was clean. */
  private clean = false;
  /** Whether there was a clean comparison in this run. */
  private begun = false;
  private alertedAtUs = 0;
  /** Comparisons in a row that settled nothing. */
  private hurried = 0;

  constructor(
    place: { readonly venue: VenueId; readonly account: AccountId },
    parts: VenueReconciliationParts,
  ) {
    this.venue = place.venue;
    this.account = place.account;
    this.parts = parts;
    this.differences = new StandingDifferences({ venue: place.venue, limits: parts.rules });
  }

  /** Whether the next comparison should come soon: it may tell more than the last. */
  get unsettled(): boolean {
    if (this.hurried >= HURRIES_MAX || this.standing().length > 0) return false;
    return !this.clean || !this.differences.none;
  }

  verdict(): VenueVerdict {
    const { venue, comparedAtUs } = this;
    const differences = this.standing();
    const reason = this.reasonNot(differences);
    return { venue, open: reason === '', reason, comparedAtUs, differences };
  }

  /** Compares once. Never throws: what goes wrong is in the verdict. */
  async compare(): Promise<void> {
    try {
      // Another instance may have kept some, or booked them.
      await this.parts.unbooked.load([this.venue]);
      if (this.parts.unbooked.of(this.venue).length > 0) {
        await this.parts.bookkeeper.bookUnbooked(this.venue);
      }
      await this.compareNow();
      this.failure = '';
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
      const fields = { venue: this.venue, error };
      this.parts.logger.warn('reconciliation.failed', 'a venue could not be compared', fields);
    }
    const settled = this.failure === '' && this.clean && this.differences.none;
    this.hurried = settled ? 0 : this.hurried + 1;
    this.tell();
  }

  /** Posts a balance that differs as what it is said to be. */
  async post(
    difference: StandingDifference,
    what: { readonly kind: Movement['kind']; readonly confirmation: string },
  ): Promise<LedgerEntry | undefined> {
    const { change, subject, differenceId } = difference;
    if (change === undefined) return undefined;
    const signed = what.kind === 'fee' || what.kind === 'adjustment';
    const outcome = await this.parts.desk.post({
      ...what,
      accountId: this.account,
      venue: this.venue,
      asset: subject as AssetId,
      amount: signed || !change.isNegative() ? change : change.negate(),
      reference: differenceId,
      atUs: this.parts.clock.nowUs(),
    });
    if (outcome.kind === 'refused') return undefined;
    this.differences.forget(difference);
    const fields = { venue: this.venue, asset: subject, amount: `${change}`, ...what };
    this.parts.logger.info('reconciliation.posted', 'a difference was posted', fields);
    return outcome.entry;
  }

  private async compareNow(): Promise<void> {
    const { ledger, readVenue, missing, unbooked, clock } = this.parts;
    const before = await ledger.snapshot(this.venue);
    const fillsSinceUs = await this.fillsSince();
    const venue = await readVenue({ venue: this.venue, fillsSinceUs });
    const after = await ledger.snapshot(this.venue);
    const waiting = unbooked.of(this.venue).map(({ report }) => report);
    const balances = compareBalances({ before, venue, after, unbooked: waiting });
    const ended = await this.ordersEnded(venue, after);
    const lost = await missing.find(venue.fills);
    await missing.bring(lost, async (id) => (await ledger.order(id))?.accountId);
    const sightings = [...balances.sightings, ...compareOrders({ before, venue, after, ended })];
    this.differences.observe({
      sightings: [...sightings, ...lost.map(fillSighting)],
      undecided: (subject) => balances.moving.has(subject),
      nowUs: clock.nowUs(),
    });
    this.comparedAtUs = clock.nowUs();
    await this.adopt({ venue, after });
    this.judge(balances.moving.size > 0);
    // A difference that nothing on its way explains may be a fill that the list does not show yet.
    if (sightings.every(({ explained }) => explained) && this.standing().length === 0) {
      const oldest = (atUs: number, { exchangeTimeUs }: ExecutionReport): number =>
        Math.min(atUs, exchangeTimeUs);
      await this.readFrom(lost.reduce(oldest, venue.askedAtUs));
    }
  }

  private judge(moving: boolean): void {
    if (this.standing().length > 0) this.clean = false;
    if (!this.differences.none || moving) return;
    this.clean = true;
    this.begun = true;
  }

  /** @param bookedUntilUs every fill that the venue lists from before then is booked */
  private async readFrom(bookedUntilUs: number): Promise<void> {
    const { rules, state } = this.parts;
    const from = bookedUntilUs - rules.fillsOverlapUs;
    // Once in a while is enough: what is read again is recognised.
    if (from - (this.fillsFromUs ?? 0) < rules.fillsOverlapUs / 2) return;
    this.fillsFromUs = from;
    const key = cursorKey(this.venue);
    await state.transact([{ kind: 'update', key, set: { fromUs: String(from) } }]);
  }

  /** From when on fills are asked for: from before the oldest that may be missing. */
  private async fillsSince(): Promise<number> {
    if (this.fillsFromUs === undefined) {
      const { state, clock, rules } = this.parts;
      const fromUs = (await state.get(cursorKey(this.venue)))?.attributes['fromUs'];
      const never = clock.nowUs() - rules.fillsOverlapUs;
      this.fillsFromUs = typeof fromUs === 'string' ? Number(fromUs) : never;
    }
    return this.fillsFromUs;
  }

  private async ordersEnded(
    venue: VenueSnapshot,
    { openOrders }: LedgerSnapshot,
  ): Promise<ReadonlyMap<OrderId, Order>> {
    const found = new Map<OrderId, Order>();
    for (const { orderId } of venue.openOrders) {
      if (orderId === undefined || openOrders.has(orderId)) continue;
      const order = await this.parts.ledger.order(orderId);
      if (order !== undefined) found.set(orderId, order);
    }
    return found;
  }

  /** Posts what a rule of the configuration confirms. */
  private async adopt(now: {
    readonly venue: VenueSnapshot;
    readonly after: LedgerSnapshot;
  }): Promise<void> {
    const { rules } = this.parts;
    const fresh = now.after.totals.size === 0;
    if (rules.adopt !== 'none' && fresh) return this.takeOpening(now.venue);
    for (const difference of this.differences.standing) {
      const { kind, subject, change, settled } = difference;
      if (kind !== 'balance' || change === undefined || !settled) continue;
      const most = rules.feeTolerance.get(subject as AssetId);
      const size = change.isNegative() ? change.negate() : change;
      if (most !== undefined && !size.greaterThan(most)) {
        await this.post(difference, { kind: 'fee', confirmation: 'rule: fee tolerance' });
      } else if (await this.mayAdopt(now.after)) {
        await this.post(difference, { kind: 'adjustment', confirmation: 'rule: adopt at start' });
      }
    }
  }

  /** At the start alone, and only when nothing is on its way that could explain the difference. */
  private async mayAdopt({ openOrders }: LedgerSnapshot): Promise<boolean> {
    const { rules, unbooked, caughtUp } = this.parts;
    if (rules.adopt !== 'start' || this.begun) return false;
    if (unbooked.of(this.venue).length > 0) return false;
    if ([...openOrders.values()].some(isInFlight)) return false;
    if (this.differences.standing.some(({ kind }) => kind !== 'balance')) return false;
    return caughtUp();
  }

  /** A venue without any entry begins with what the venue says. */
  private async takeOpening(venue: VenueSnapshot): Promise<void> {
    const { clock, desk, logger } = this.parts;
    const movements = [...venue.totals]
      .filter(([, amount]) => amount.isPositive())
      .map(([asset, amount]): Movement => {
        return {
          kind: 'deposit',
          accountId: this.account,
          venue: this.venue,
          asset,
          amount,
          reference: `opening:${asset}`,
          confirmation: 'rule: opening balance',
          atUs: clock.nowUs(),
        };
      });
    if (movements.length === 0) return;
    // Together as far as a transaction goes: half of it after a crash would be differences.
    for (let at = 0; at < movements.length; at += MOVEMENTS_MAX) {
      await desk.postAll(movements.slice(at, at + MOVEMENTS_MAX));
    }
    const fields = { venue: this.venue, assets: movements.length };
    logger.info('reconciliation.opening', 'opening balances were taken over', fields);
  }

  private standing(): readonly StandingDifference[] {
    const waiting = this.parts.unbooked.of(this.venue);
    const unbooked = waiting.map(({ report }): StandingDifference => {
      const sighting = unbookedSighting(report);
      const firstSeenAtUs = report.receivedAtUs;
      return { ...sighting, differenceId: sighting.subject, firstSeenAtUs, settled: true };
    });
    return [...this.differences.standing, ...unbooked];
  }

  private reasonNot(differences: readonly StandingDifference[]): string {
    const { clock, rules } = this.parts;
    if (differences.length > 0) {
      const what = differences.length === 1 ? 'difference stands' : 'differences stand';
      return `${differences.length} ${what} between ${this.venue} and the ledger`;
    }
    if (!this.clean) {
      const why = this.failure === '' ? 'what differs may be on its way' : this.failure;
      return `${this.venue} does not agree with the ledger yet: ${why}`;
    }
    const ageUs = clock.nowUs() - this.comparedAtUs;
    if (ageUs <= rules.verdictAgeUsMax) return '';
    return `${this.venue} was not compared for ${Math.round(ageUs / 1e6)} s: ${this.failure}`;
  }

  /** Says once of each difference that it stands, and of the venue that it is open again. */
  private tell(): void {
    const { logger, clock } = this.parts;
    const standing = this.standing();
    for (const difference of standing) {
      const { differenceId, kind, subject, ours, theirs, detail } = difference;
      if (this.told.has(differenceId)) continue;
      if (this.told.size >= TOLD_MAX) {
        this.parts.onLimit('told_differences');
        this.told.clear();
      }
      this.told.add(differenceId);
      const fields = { venue: this.venue, differenceId, kind, subject, ours, theirs };
      logger.error('reconciliation.difference', detail, fields);
      if (this.alertedAtUs === 0) this.alertedAtUs = clock.nowUs();
      const summary = `${this.venue} is closed: ${kind} ${subject}, ours ${ours}, theirs ${theirs}`;
      this.alert({ summary, remedy: detail, facts: fields });
    }
    if (standing.length > 0 || this.told.size === 0 || !this.verdict().open) return;
    this.told.clear();
    const summary = `${this.venue} agrees with the ledger again`;
    const facts = { venue: this.venue };
    this.alert({ summary, facts, action: 'It is open again.', resolvedAtUs: clock.nowUs() });
    this.alertedAtUs = 0;
  }

  private alert(said: Pick<Alert, 'summary' | 'facts'> & Partial<Alert>): void {
    const alert = makeAlert({
      key: `venue.closed:${this.venue}`,
      severity: 'critical',
      area: 'system',
      action: 'No new orders go to it.',
      runbook: 'venue-closed',
      venue: this.venue,
      raisedAtUs: this.alertedAtUs,
      ...said,
    });
    this.parts.alerts.send(alert);
  }
}
