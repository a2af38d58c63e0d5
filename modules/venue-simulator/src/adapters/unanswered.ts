import type { IncomingMessage } from 'node:http';
import type { TimerHandle, Timers } from '@ats/runtime';
import type { RequestKind } from '../app/dialect-server.ts';
import type { VenueFaults } from '../app/venue-faults.ts';

/** A request that gets no answer. */
export interface Loss {
  /** Whether the venue does as it is asked all the same. */
  readonly isCarriedOut: boolean;
  readonly resetAfterMs: number;
}

/** Requests that faults leave without an answer, until their connections are reset. */
export class Unanswered {
  private readonly faults: VenueFaults;
  private readonly timers: Timers;
  private readonly waiting = new Set<TimerHandle>();

  constructor(options: { readonly faults: VenueFaults; readonly timers: Timers }) {
    this.faults = options.faults;
    this.timers = options.timers;
  }

  /** @returns how a request of a kind is lost, if it is; that uses the fault up by one. */
  lossOf(kind: RequestKind): Loss | undefined {
    const { counted, maintenance } = this.faults;
    // What the venue refuses anyway it answers.
    if (maintenance || this.faults.limitOf(kind) !== undefined) return undefined;
    const isFor = (fault: { readonly request: RequestKind }): boolean => fault.request === kind;
    const accepted = counted.take('accepted-then-timeout', isFor);
    const lost =
      accepted ??
      counted.take('rejected-by-timeout', isFor) ??
      (kind === 'cancel' ? counted.take('cancel-lost') : undefined);
    if (lost === undefined) return undefined;
    return { isCarriedOut: accepted !== undefined, resetAfterMs: Math.max(0, lost.amountMs) };
  }

  leave(request: IncomingMessage, { resetAfterMs }: Loss): void {
    const timer = this.timers.after(resetAfterMs, () => {
      this.waiting.delete(timer);
      request.socket.destroy();
    });
    this.waiting.add(timer);
  }

  close(): void {
    for (const timer of this.waiting) timer.cancel();
    this.waiting.clear();
  }
}
