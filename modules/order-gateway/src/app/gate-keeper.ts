import { haltModeOf, type WireServices } from '@ats/contracts';
import { AtsError, type HaltMode, type OrderPurpose, type VenueId } from '@ats/domain';
import type { Clock, Logger, Metrics, RpcClient, TimerHandle, Timers } from '@ats/runtime';
import type { ClosedGate, Gates } from './gates.ts';

type LedgerClient = Pick<
  RpcClient<WireServices['ats.ledger.v1.LedgerService']>,
  'GetReconciliation'
>;
type RiskClient = Pick<RpcClient<WireServices['ats.risk.v1.RiskService']>, 'GetRiskStatus'>;

/** Something of this process that must be well for orders to be taken. */
export interface Vital {
  readonly gate: string;
  health(): { readonly ok: boolean; readonly reason: string };
}

export interface GateKeeperOptions {
  readonly ledger: LedgerClient;
  readonly risk: RiskClient;
  readonly vitals: readonly Vital[];
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly pollMs: number;
  /** An answer older than this counts for nothing. */
  readonly ageMsMax: number;
  readonly deadlineMs: number;
}

/** What a service said last. */
interface Told<Answer> {
  readonly answer: Answer;
  readonly atUs: number;
}

/** Empty: nothing is wrong. */
type Reason = string;

/** What is halted, by whom, why and since when; undefined while trading goes on. */
type Halt =
  | { readonly mode: HaltMode; readonly reason: Reason; readonly sinceUs: number }
  | undefined;

/**
 * Keeps what risk and the ledger said last, and fails closed: an answer that is too old, or that
 * never came, closes their gates. Orders that unwind pass risk and ledger, and also the log's
 * gate, for their commands wait in the store until the log takes them.
 */
export class GateKeeper implements Gates {
  private readonly options: GateKeeperOptions;
  private readonly polling: TimerHandle;
  private halted: Told<Halt> | undefined;
  private verdicts: Told<ReadonlyMap<string, Reason>> | undefined;
  private riskBusy = false;
  private ledgerBusy = false;
  private riskTrouble = 'it has not answered yet';
  private ledgerTrouble = 'it has not answered yet';

  constructor(options: GateKeeperOptions) {
    this.options = options;
    this.polling = options.timers.every(options.pollMs, () => void this.poll());
    const open = options.metrics.gauge({
      name: 'ats_gateway_gate_open_ratio',
      help: 'Whether a gate lets new orders through: 1 or 0.',
      labels: ['gate'],
    });
    options.metrics.beforeCollect(() => {
      open.set({ gate: 'risk' }, this.risk() === undefined ? 1 : 0);
      open.set({ gate: 'ledger' }, this.stale(this.verdicts) ? 0 : 1);
      for (const vital of options.vitals) open.set({ gate: vital.gate }, vital.health().ok ? 1 : 0);
    });
  }

  /** Asks both services now; resolves when both have answered or failed. Never rejects. */
  async poll(): Promise<void> {
    await Promise.all([this.pollRisk(), this.pollLedger()]);
  }

  closedFor(venue: VenueId, purpose: OrderPurpose): ClosedGate | undefined {
    if (purpose === 'unwind') return undefined;
    for (const vital of this.options.vitals) {
      const { ok, reason } = vital.health();
      if (!ok) return { gate: vital.gate, venue: '', reason };
    }
    return this.risk() ?? this.ledger(venue);
  }

  get reducingSinceUs(): number | undefined {
    const halt = this.halted?.answer;
    return halt?.mode === 'reducing' ? halt.sinceUs : undefined;
  }

  /** Why no venue at all may be traded on, for readiness; empty when orders can be taken. */
  troubles(): readonly string[] {
    const vitals = this.options.vitals.map((vital) => ({ gate: vital.gate, ...vital.health() }));
    const wrong = vitals.filter(({ ok }) => !ok).map(({ gate, reason }) => `${gate}: ${reason}`);
    if (this.stale(this.halted)) wrong.push(`risk: ${this.riskTrouble}`);
    if (this.stale(this.verdicts)) wrong.push(`ledger: ${this.ledgerTrouble}`);
    return wrong;
  }

  close(): void {
    this.polling.cancel();
  }

  private stale(told: Told<unknown> | undefined): boolean {
    const { clock, ageMsMax } = this.options;
    return told === undefined || clock.nowUs() - told.atUs > ageMsMax * 1000;
  }

  private risk(): ClosedGate | undefined {
    const told = this.halted;
    if (told === undefined || this.stale(told)) {
      return { gate: 'risk', venue: '', reason: this.riskTrouble };
    }
    const { answer } = told;
    if (answer === undefined || answer.mode === 'reducing') return undefined;
    return { gate: 'risk', venue: '', reason: answer.reason, mode: answer.mode };
  }

  private ledger(venue: VenueId): ClosedGate | undefined {
    const told = this.verdicts;
    if (told === undefined || this.stale(told)) {
      return { gate: 'ledger', venue, reason: this.ledgerTrouble };
    }
    const reason = told.answer.get(venue) ?? 'it has not been reconciled';
    return reason === '' ? undefined : { gate: 'ledger', venue, reason };
  }

  private async pollRisk(): Promise<void> {
    if (this.riskBusy) return;
    this.riskBusy = true;
    const { risk, clock, deadlineMs } = this.options;
    const atUs = clock.nowUs();
    try {
      const status = await risk.GetRiskStatus({}, { deadlineMs });
      const mode = haltModeOf(status);
      const reason = `${mode} by ${status.haltedBy || 'someone'}: ${status.haltReason}`;
      const sinceUs = Math.max(status.haltedAtUs, ...status.changes.map((one) => one.atUs));
      this.halted = { answer: mode === undefined ? undefined : { mode, reason, sinceUs }, atUs };
      this.riskTrouble = 'its last answer is too old';
    } catch (thrown) {
      this.riskTrouble = this.failed('risk', thrown);
    } finally {
      this.riskBusy = false;
    }
  }

  private async pollLedger(): Promise<void> {
    if (this.ledgerBusy) return;
    this.ledgerBusy = true;
    const { ledger, clock, deadlineMs } = this.options;
    const atUs = clock.nowUs();
    try {
      const { venues } = await ledger.GetReconciliation({}, { deadlineMs });
      const answer = new Map(
        venues.map(({ venue, open, reason }) => [venue, open ? '' : reason || 'it is closed']),
      );
      this.verdicts = { answer, atUs };
      this.ledgerTrouble = 'its last answer is too old';
    } catch (thrown) {
      this.ledgerTrouble = this.failed('ledger', thrown);
    } finally {
      this.ledgerBusy = false;
    }
  }

  private failed(service: string, thrown: unknown): string {
    const code = thrown instanceof AtsError ? thrown.code : 'RPC_INTERNAL';
    this.options.logger.debug('gateway.gate.unanswered', `${service} did not answer`, {
      errorCode: code,
    });
    return `it does not answer (${code})`;
  }
}
