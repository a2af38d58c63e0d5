import type { CallIds } from './call-ids.ts';
import { actsFor, type Caller, type Change } from './caller.ts';
import type { CallContext } from './directory.ts';

/** A call's context whose abort signal is only made for handlers that ask for it. */
export class LazyCallContext implements CallContext {
  readonly correlationId: string;
  /** The caller's until it is served in a span of its own. */
  traceparent: string;
  /** Whether the caller sent it. */
  readonly traced: boolean;
  readonly caller: Caller;
  /** As the handler has told it. */
  change: Change | undefined;
  /** Whether the handler has found an account that is not the caller's. */
  foreign = false;
  private controller: AbortController | undefined;
  private reason: unknown;
  private aborted = false;

  constructor(ids: CallIds, caller: Caller) {
    this.caller = caller;
    this.correlationId = ids.correlationId;
    this.traceparent = ids.traceparent;
    this.traced = ids.traced;
  }

  get signal(): AbortSignal {
    if (this.controller === undefined) {
      this.controller = new AbortController();
      if (this.aborted) this.controller.abort(this.reason);
    }
    return this.controller.signal;
  }

  changed(change: Change): void {
    this.change = change;
  }

  mayActFor(accountId: string): boolean {
    const may = actsFor(this.caller, accountId);
    if (!may) this.foreign = true;
    return may;
  }

  abort(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    this.controller?.abort(reason);
  }
}
