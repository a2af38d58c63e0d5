import type { TimerHandle, Timers } from '@ats/runtime';
import type { Account } from '../domain/accounts/account.ts';
import type { AccountReport } from '../domain/accounts/orders.ts';
import type { CountedFaults } from './counted-faults.ts';

export type ReportListener = (report: AccountReport) => void;

/**
 * Carries an account's reports to whoever streams them, in order, each once; unless a fault loses,
 * doubles, delays or swaps them. A report that nobody listens to is gone, as on the exchanges.
 */
export class ReportFeed {
  private readonly listeners = new Map<Account, Set<ReportListener>>();
  private readonly delayed = new Set<TimerHandle>();
  private readonly faults: CountedFaults;
  private readonly timers: Timers;
  private held: { readonly deliver: () => void; readonly timer: TimerHandle } | undefined;

  constructor(options: { readonly faults: CountedFaults; readonly timers: Timers }) {
    this.faults = options.faults;
    this.timers = options.timers;
  }

  /** @returns a function that ends it. */
  listen(account: Account, listener: ReportListener): () => void {
    const listeners = this.listeners.get(account) ?? new Set();
    this.listeners.set(account, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  publish(report: AccountReport, account: Account): void {
    const { faults } = this;
    if (faults.take('report-drop') !== undefined) return;
    const deliver = (): void => {
      for (const listener of this.listeners.get(account) ?? []) listener(report);
    };
    const late = faults.take('report-late');
    if (late !== undefined) {
      this.after(late.amountMs, deliver);
      return;
    }
    const swapped = this.held === undefined ? faults.take('report-reorder') : undefined;
    if (swapped !== undefined) {
      const timer = this.after(swapped.amountMs, () => this.release());
      this.held = { deliver, timer };
      return;
    }
    deliver();
    if (faults.take('report-duplicate') !== undefined) deliver();
    this.release();
  }

  close(): void {
    for (const timer of this.delayed) timer.cancel();
    this.delayed.clear();
    this.listeners.clear();
  }

  /** Lets the report go that waited for another to overtake it. */
  private release(): void {
    const { held } = this;
    if (held === undefined) return;
    this.held = undefined;
    this.delayed.delete(held.timer);
    held.timer.cancel();
    held.deliver();
  }

  private after(delayMs: number, run: () => void): TimerHandle {
    const timer = this.timers.after(Math.max(0, delayMs), () => {
      this.delayed.delete(timer);
      run();
    });
    this.delayed.add(timer);
    return timer;
  }
}
