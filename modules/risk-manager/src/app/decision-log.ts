import { type WireMessages, wireCodec } from '@ats/contracts';
import type { Metrics, Timers } from '@ats/runtime';
import type { EventLog } from '@ats/storage';

type WireRiskDecision = WireMessages['ats.opportunity.v1.RiskDecision'];

const DECISION = wireCodec('ats.opportunity.v1.RiskDecision');
/** A decision that fails to be logged is told of in readiness for this long. */
const TROUBLE_US = 10_000_000;

/**
 * Appends every decision to `risk.decisions`. Nobody waits for it: an answer within its deadline
 * comes first. What the log does not take is counted, and readiness says so.
 */
export class DecisionLog {
  /** Decisions that are not in the log. */
  lost = 0;
  private readonly log: EventLog;
  private readonly waitingMax: number;
  private readonly nowUs: () => number;
  private readonly timers: Timers;
  /** Decided and not handed over yet. */
  private readonly decided: { readonly eventId: string; readonly decision: WireRiskDecision }[] =
    [];
  private waiting = 0;
  private sequence = 0;
  private failedAtUs = 0;
  private failure = '';
  private readonly idle: (() => void)[] = [];

  constructor(options: {
    readonly log: EventLog;
    /** Decisions that may wait for the log; more are lost, and counted. */
    readonly waitingMax: number;
    readonly nowUs: () => number;
    readonly timers: Timers;
    readonly metrics: Metrics;
  }) {
    this.log = options.log;
    this.waitingMax = options.waitingMax;
    this.nowUs = options.nowUs;
    this.timers = options.timers;
    const lost = options.metrics.counter({
      name: 'ats_risk_decisions_lost_total',
      help: 'Decisions that are not in the log: it failed, or too many waited for it.',
      labels: [],
    });
    let told = 0;
    options.metrics.beforeCollect(() => {
      lost.add({}, this.lost - told);
      told = this.lost;
    });
  }

  /** Takes the decision; it is handed to the log once the answer has left. */
  append(decision: WireRiskDecision): void {
    if (this.waiting >= this.waitingMax) {
      this.fail(`${this.waiting} decisions wait for the log`);
      return;
    }
    this.waiting += 1;
    this.sequence += 1;
    const { opportunityId } = decision;
    const eventId = `${opportunityId}:${this.nowUs()}:${this.sequence}`;
    if (this.decided.push({ eventId, decision }) === 1) this.timers.after(0, () => this.flush());
  }

  private flush(): void {
    for (const { eventId, decision } of this.decided.splice(0)) this.write(eventId, decision);
  }

  private write(eventId: string, decision: WireRiskDecision): void {
    const { opportunityId } = decision;
    this.log
      .append({
        topic: 'risk.decisions',
        key: opportunityId,
        headers: { schema: DECISION.fullName, eventId, correlationId: opportunityId },
        payload: DECISION.encode(decision),
      })
      .catch((error: unknown) => this.fail(error instanceof Error ? error.message : String(error)))
      .finally(() => {
        this.waiting -= 1;
        if (this.waiting === 0) for (const done of this.idle.splice(0)) done();
      });
  }

  private fail(why: string): void {
    this.lost += 1;
    this.failure = why;
    this.failedAtUs = this.nowUs();
  }

  /** Why decisions are missing in the log; empty when none is, or long ago. */
  trouble(): string {
    if (this.failure === '' || this.nowUs() - this.failedAtUs > TROUBLE_US) return '';
    return `${this.lost} decisions are not in the log: ${this.failure}`;
  }

  /** Resolves when nothing waits for the log any more. */
  async close(): Promise<void> {
    this.flush();
    if (this.waiting > 0) await new Promise<void>((resolve) => this.idle.push(resolve));
  }
}
