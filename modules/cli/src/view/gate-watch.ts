import { haltModeOf, LEDGER_SERVICE, RISK_SERVICE } from '@ats/contracts';
import { systemTimers } from '@ats/runtime';
import type { Session } from '../app/session-parts.ts';
import { plainText } from './format.ts';
import type { HaltShown } from './snapshot.ts';

const PERIOD_MS = 500;
const DEADLINE_MS = 2000;

/** Keeps what risk and the ledger say of trading, for the live view. */
export class GateWatch {
  private readonly session: Session;
  private readonly polling;
  /** The halt that stands. */
  halt: HaltShown | undefined;
  private closed: readonly string[] = [];
  private busy = false;

  constructor(session: Session) {
    this.session = session;
    this.polling = systemTimers.every(PERIOD_MS, () => void this.poll());
    void this.poll();
  }

  /** What a person should know now, the most important first; empty when all is well. */
  notices(): readonly string[] {
    const { engine, gateway } = this.session;
    const troubles = [engine, gateway].flatMap((one) => one?.readiness().reasons ?? []);
    return [...troubles, ...this.closed];
  }

  close(): void {
    this.polling.cancel();
  }

  /** Never rejects: that a service does not answer is told by the gateway's readiness. */
  private async poll(): Promise<void> {
    if (this.busy || this.session.gateway === undefined) return;
    this.busy = true;
    const { rpc } = this.session;
    const call = { deadlineMs: DEADLINE_MS };
    const [risk, ledger] = await Promise.allSettled([
      rpc.client(RISK_SERVICE).GetRiskStatus({}, call),
      rpc.client(LEDGER_SERVICE).GetReconciliation({}, call),
    ]);
    this.busy = false;
    if (risk.status === 'fulfilled') {
      const { haltedBy, haltReason, changes } = risk.value;
      const { actor, reason } = changes.at(-1) ?? { actor: haltedBy, reason: haltReason };
      const mode = haltModeOf(risk.value);
      this.halt = mode && { mode, actor: plainText(actor), reason: plainText(reason) };
    }
    if (ledger.status === 'fulfilled') {
      this.closed = ledger.value.venues
        .filter(({ open }) => !open)
        .map(({ venue, reason }) => `${venue} takes no new orders: ${reason}`);
    }
  }
}
