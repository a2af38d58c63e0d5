import type {
  Opportunity,
  OpportunityId,
  OpportunityRecord,
  ReasonCode,
  RiskDecision,
} from '@ats/domain';
import type { TickStore } from '@ats/storage';
import type { EdgeClose } from '../domain/strategy.ts';

export interface LedgerOptions {
  readonly ticks: Pick<TickStore, 'append'>;
  /** Newest lines kept in memory for people to look at. */
  readonly recentMax: number;
  /** Refusals by the engine itself that may start a line, per second. */
  readonly refusalsPerSecondMax: number;
}

export interface OpportunityTotals {
  readonly total: number;
  readonly approved: number;
  readonly refused: number;
  readonly byReason: Readonly<Partial<Record<ReasonCode, number>>>;
}

export interface LedgerEntry {
  readonly opportunity: Opportunity;
  readonly reason: ReasonCode;
  readonly decision: RiskDecision | undefined;
  readonly openedAtUs: number;
  readonly updates: number;
}

type Listener = (record: OpportunityRecord) => void;

/** One edge from when it was first told of to when it closed and nothing is awaited any more. */
interface Life {
  record: OpportunityRecord | undefined;
  /** Questions that risk has not answered. */
  pending: number;
  close: EdgeClose | undefined;
}

/**
 * The opportunity ledger: every edge that was told of, taken or not, with one outcome each. A line
 * is written when the outcome is known or changes, and once more when the edge has closed; both
 * carry the same id, the later one replaces the earlier.
 */
export class OpportunityLedger {
  private readonly options: LedgerOptions;
  private readonly lives = new Map<OpportunityId, Life>();
  private readonly ring: (OpportunityRecord | undefined)[];
  private readonly ringAt = new Map<OpportunityId, number>();
  private ringNext = 0;
  private readonly listeners = new Set<Listener>();
  /** Lines of the event under way, at most a few for each pair that it touches. */
  private readonly outbox: OpportunityRecord[] = [];
  private readonly counts = new Map<ReasonCode, number>();
  private tokens: number;
  private tokensAtUs = 0;
  /** Engine refusals that were over the rate, by reason: counted, not recorded. */
  readonly suppressed = new Map<ReasonCode, number>();
  /** Lines that the tick store's full queue refused. */
  dropped = 0;

  constructor(options: LedgerOptions) {
    this.options = options;
    this.ring = new Array<OpportunityRecord | undefined>(options.recentMax).fill(undefined);
    this.tokens = options.refusalsPerSecondMax;
  }

  /** Edges that are standing or wait for risk. */
  get openCount(): number {
    return this.lives.size;
  }

  /** Takes one place of the refusals' rate. */
  mayRefuse(reason: ReasonCode, nowUs: number): boolean {
    const { refusalsPerSecondMax } = this.options;
    const earned = ((nowUs - this.tokensAtUs) / 1e6) * refusalsPerSecondMax;
    this.tokens = Math.min(refusalsPerSecondMax, this.tokens + Math.max(0, earned));
    this.tokensAtUs = nowUs;
    if (this.tokens >= 1) {
      this.tokens -= 1;
      return true;
    }
    this.suppressed.set(reason, (this.suppressed.get(reason) ?? 0) + 1);
    return false;
  }

  /** Risk has been asked: the life is kept until the answer is in. */
  asked(id: OpportunityId): void {
    this.lifeOf(id).pending += 1;
  }

  answered(entry: LedgerEntry): void {
    const { id } = entry.opportunity;
    this.lifeOf(id).pending -= 1;
    this.note(entry);
  }

  /** Records an outcome. An approval stands, whatever is said of the edge afterwards. */
  note(entry: LedgerEntry): void {
    const { opportunity, reason, decision, openedAtUs, updates } = entry;
    const life = this.lifeOf(opportunity.id);
    const { record } = life;
    const stands = record?.reason === 'APPROVED' && reason !== 'APPROVED';
    const isBest = record === undefined || opportunity.netProfit.compare(record.bestNetProfit) > 0;
    this.count(record?.reason, stands ? record.reason : reason);
    life.record = {
      opportunity: stands ? record.opportunity : opportunity,
      reason: stands ? record.reason : reason,
      decision: stands ? record.decision : decision,
      openedAtUs,
      closedAtUs: 0,
      bestNetEdgeBps: Math.max(opportunity.netEdgeBps, record?.bestNetEdgeBps ?? -Infinity),
      bestNetProfit: isBest ? opportunity.netProfit : record.bestNetProfit,
      updates,
    };
    if (life.close === undefined) this.write(life.record);
    else this.finish(opportunity.id, life);
  }

  /** The edge is gone. Its last line is written once risk has answered everything. */
  close(close: EdgeClose): void {
    const life = this.lives.get(close.id);
    if (life === undefined) return;
    life.close = close;
    this.finish(close.id, life);
  }

  private finish(id: OpportunityId, life: Life): void {
    const { record, close } = life;
    if (record === undefined || close === undefined || life.pending > 0) return;
    this.lives.delete(id);
    const final = { ...record, closedAtUs: close.closedAtUs, updates: close.updates };
    this.write(final);
  }

  private lifeOf(id: OpportunityId): Life {
    const known = this.lives.get(id);
    if (known !== undefined) return known;
    const life: Life = { record: undefined, pending: 0, close: undefined };
    this.lives.set(id, life);
    return life;
  }

  private count(before: ReasonCode | undefined, after: ReasonCode): void {
    if (before === after) return;
    if (before !== undefined) this.counts.set(before, (this.counts.get(before) ?? 0) - 1);
    this.counts.set(after, (this.counts.get(after) ?? 0) + 1);
  }

  private write(record: OpportunityRecord): void {
    this.outbox.push(record);
  }

  /** Hands over the lines written since the last call; after an event's work, not within it. */
  flush(): void {
    if (this.outbox.length === 0) return;
    for (const record of this.outbox.splice(0)) this.deliver(record);
  }

  private deliver(record: OpportunityRecord): void {
    const { opportunity } = record;
    const { id, buy } = opportunity;
    this.remember(id, record);
    const accepted = this.options.ticks.append({
      kind: 'opportunity',
      venue: buy.venue,
      instrument: buy.instrument,
      receivedAtUs: record.closedAtUs === 0 ? opportunity.times.decidedAtUs : record.closedAtUs,
      id,
      reason: record.reason,
      netEdgeBps: opportunity.netEdgeBps,
      record: JSON.stringify(record),
    });
    if (!accepted) this.dropped += 1;
    for (const listener of this.listeners) listener(record);
  }

  /** A life has one place in the ring, its newest line in it. */
  private remember(id: OpportunityId, record: OpportunityRecord): void {
    const known = this.ringAt.get(id);
    if (known !== undefined) {
      this.ring[known] = record;
      return;
    }
    const replaced = this.ring[this.ringNext];
    if (replaced !== undefined) this.ringAt.delete(replaced.opportunity.id);
    this.ring[this.ringNext] = record;
    this.ringAt.set(id, this.ringNext);
    this.ringNext = (this.ringNext + 1) % this.ring.length;
  }

  /** Newest life first, at most `limit`; each in its newest state. */
  recent(limit: number): readonly OpportunityRecord[] {
    const { ring } = this;
    const found: OpportunityRecord[] = [];
    for (let back = 1; back <= ring.length && found.length < limit; back += 1) {
      const record = ring[(this.ringNext - back + ring.length) % ring.length];
      if (record === undefined) break;
      found.push(record);
    }
    return found;
  }

  totals(): OpportunityTotals {
    const byReason: Partial<Record<ReasonCode, number>> = {};
    let total = 0;
    for (const [reason, count] of this.counts) {
      if (count === 0) continue;
      byReason[reason] = count;
      total += count;
    }
    const approved = byReason.APPROVED ?? 0;
    return { total, approved, refused: total - approved, byReason };
  }

  /** @returns a function that ends it. The listener must not throw. */
  onRecord(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }
}
