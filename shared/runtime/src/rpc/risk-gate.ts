import {
  opportunityMessage,
  type RiskGate,
  riskDecisionFromWire,
  tradeIntentToWire,
  type WireMessages,
} from '@ats/contracts';
import type { Opportunity, OpportunityId, ReasonCode, RiskAnswer, TradeIntent } from '@ats/domain';
import type { Clock, TimerHandle, Timers } from '../clock.ts';
import type { Metrics } from '../metrics.ts';
import type { RpcDuplex } from './directory.ts';

type Question = WireMessages['ats.risk.v1.CheckOpportunityStreamRequest'];
type Answer = WireMessages['ats.risk.v1.CheckOpportunityStreamResponse'];

export interface RiskGateOptions {
  /** The stream `CheckOpportunityStream` of the risk service. */
  readonly duplex: RpcDuplex<Question, Answer>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly metrics: Metrics;
  /** Milliseconds until a missing answer is a refusal. */
  readonly deadlineMs: number;
  /**
   * Milliseconds between probes of the stream, 0 for none. A path that is used now and then only
   * is slow each time: processors sleep, caches go to others. Across processes a probe each few
   * milliseconds keeps it quick, and shows how far away risk is.
   */
  readonly probeMs?: number;
  /** Questions that may wait for an answer at once; more are refused. */
  readonly pendingMax?: number;
}

interface Pending {
  readonly opportunityId: OpportunityId;
  readonly resolve: (answer: RiskAnswer) => void;
  readonly timer: TimerHandle;
}

function refusal(input: {
  readonly opportunityId: OpportunityId;
  readonly reason: ReasonCode;
  readonly detail: string;
  readonly limit?: string;
}): RiskAnswer {
  const nothing = { limit: '', value: '', quantity: undefined, approval: '' };
  return { verdict: 'refused', ...nothing, ...input };
}

/**
 * Asks risk over its stream and turns silence into refusals. With risk in the same process the
 * answer comes within `check` and neither promise nor timer is made.
 */
export function openRiskGate(options: RiskGateOptions): RiskGate & { close(): void } {
  const gate = new StreamRiskGate(options);
  return {
    check: (opportunity, intent) => gate.check(opportunity, intent),
    close: () => gate.close(),
  };
}

/** Questions count from 1; this one asks only whether risk is there. */
const PROBE_ID = 0;
const NO_QUESTION = { opportunity: null, intent: null };

class StreamRiskGate {
  private readonly options: RiskGateOptions;
  private readonly pendingMax: number;
  private readonly pending = new Map<number, Pending>();
  private lastId = 0;
  /** The question that is being sent right now; 0 when none is. */
  private sendingId = 0;
  private answer: Answer | undefined;
  private late = 0;
  private full = 0;
  private readonly probes: TimerHandle | undefined;
  /** When the probe under way was sent; 0 when none is. */
  private probeSentUs = 0;
  private probeRoundTripUs = 0;
  /** The last question: a probe carries it, so that the whole path is kept quick. */
  private lastQuestion: Pick<Question, 'opportunity' | 'intent'> = NO_QUESTION;

  constructor(options: RiskGateOptions) {
    this.options = options;
    this.pendingMax = options.pendingMax ?? 1024;
    options.duplex.onMessage((answer) => this.receive(answer));
    options.duplex.onLost((reason) => this.lose(reason));
    const late = options.metrics.counter({
      name: 'ats_rpc_risk_answers_late_total',
      help: 'Risk answers that came after their deadline and were not used.',
      labels: [],
    });
    const full = options.metrics.counter({
      name: 'ats_rpc_risk_pending_full_total',
      help: 'Risk checks refused because too many waited.',
      labels: [],
    });
    const roundTrip = options.metrics.gauge({
      name: 'ats_rpc_risk_probe_round_trip_seconds',
      help: 'Round trip of the newest answered probe of the risk stream.',
      labels: [],
    });
    const { probeMs = 0, timers } = options;
    this.probes = probeMs > 0 ? timers.every(probeMs, () => this.probe()) : undefined;
    options.metrics.beforeCollect(() => {
      roundTrip.set({}, this.probeRoundTripUs / 1e6);
      late.add({}, this.late);
      full.add({}, this.full);
      this.late = 0;
      this.full = 0;
    });
  }

  check(opportunity: Opportunity, intent: TradeIntent): RiskAnswer | Promise<RiskAnswer> {
    const { duplex, clock, deadlineMs } = this.options;
    const opportunityId = opportunity.id;
    if (this.pending.size >= this.pendingMax) {
      this.full += 1;
      const detail = `${this.pendingMax} checks already wait for risk.`;
      return refusal({ opportunityId, reason: 'RISK_UNAVAILABLE', detail });
    }
    this.lastId += 1;
    const correlationId = this.lastId;
    const startedUs = clock.nowUs();
    this.sendingId = correlationId;
    const question = {
      opportunity: opportunityMessage(opportunity),
      intent: tradeIntentToWire(intent),
    };
    this.lastQuestion = question;
    const sent = duplex.send({ correlationId, ...question });
    this.sendingId = 0;
    const { answer } = this;
    this.answer = undefined;
    if (answer !== undefined) {
      if (clock.nowUs() - startedUs > deadlineMs * 1000) return this.timeout(opportunityId);
      return answerOf(answer, opportunityId);
    }
    if (!sent) {
      const detail = 'Risk cannot be reached: its stream is down or full.';
      return refusal({ opportunityId, reason: 'RISK_UNAVAILABLE', detail });
    }
    return this.wait(correlationId, opportunityId);
  }

  close(): void {
    this.probes?.cancel();
  }

  /** One at a time: a slow stream is not given more to carry. */
  private probe(): void {
    if (this.probeSentUs !== 0 || !this.options.duplex.up) return;
    this.probeSentUs = this.options.clock.nowUs();
    const question = { correlationId: PROBE_ID, ...this.lastQuestion };
    if (!this.options.duplex.send(question)) this.probeSentUs = 0;
  }

  private wait(correlationId: number, opportunityId: OpportunityId): Promise<RiskAnswer> {
    return new Promise((resolve) => {
      const timer = this.options.timers.after(this.options.deadlineMs, () => {
        this.pending.delete(correlationId);
        resolve(this.timeout(opportunityId));
      });
      this.pending.set(correlationId, { opportunityId, resolve, timer });
    });
  }

  private timeout(opportunityId: OpportunityId): RiskAnswer {
    const limit = `${this.options.deadlineMs} ms`;
    const detail = `Risk did not answer within ${limit}.`;
    return refusal({ opportunityId, reason: 'RISK_TIMEOUT', detail, limit });
  }

  private receive(answer: Answer): void {
    if (answer.correlationId === PROBE_ID) {
      this.probeRoundTripUs = this.options.clock.nowUs() - this.probeSentUs;
      this.probeSentUs = 0;
      return;
    }
    const waiting = this.pending.get(answer.correlationId);
    if (waiting !== undefined) {
      this.pending.delete(answer.correlationId);
      waiting.timer.cancel();
      waiting.resolve(answerOf(answer, waiting.opportunityId));
    } else if (answer.correlationId === this.sendingId) {
      // It came while the question was being sent: `check` takes it when `send` returns.
      this.answer = answer;
    } else {
      this.late += 1;
    }
  }

  private lose(reason: string): void {
    this.probeSentUs = 0;
    for (const { opportunityId, resolve, timer } of this.pending.values()) {
      timer.cancel();
      const detail = `The stream to risk was lost: ${reason}.`;
      resolve(refusal({ opportunityId, reason: 'RISK_UNAVAILABLE', detail }));
    }
    this.pending.clear();
  }
}

/** An answer that cannot be read, or is about something else, approves nothing. */
function answerOf({ decision: wire, approval }: Answer, opportunityId: OpportunityId): RiskAnswer {
  try {
    if (wire) {
      const decision = riskDecisionFromWire(wire);
      const approves = decision.verdict === 'approved';
      const consistent =
        approves === (decision.reason === 'APPROVED') &&
        approves === (decision.quantity?.isPositive() === true);
      if (decision.opportunityId === opportunityId && consistent) return { ...decision, approval };
    }
  } catch {
    // Unreadable: refused below like any other answer that makes no sense.
  }
  const detail = 'Risk gave an answer that makes no sense.';
  return refusal({ opportunityId, reason: 'RISK_UNAVAILABLE', detail });
}
