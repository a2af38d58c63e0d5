import type { TimerHandle, Timers } from '@ats/runtime';

/**
 * Whether a server answers. A failure is remembered until a request succeeds; meanwhile a probe
 * asks the server again and again, so that who waits for it to be healthy sees it come back.
 */
export class RemoteHealth {
  private readonly timers: Timers;
  private readonly periodMs: number;
  private readonly probe: () => Promise<unknown>;
  private failure: string | undefined;
  private timer: TimerHandle | undefined;
  private closed = false;

  constructor(options: {
    readonly timers: Timers;
    readonly periodMs: number;
    /** Rejects while the server does not answer. */
    readonly probe: () => Promise<unknown>;
  }) {
    this.timers = options.timers;
    this.periodMs = options.periodMs;
    this.probe = options.probe;
  }

  get state(): { readonly ok: boolean; readonly reason: string } {
    return { ok: this.failure === undefined, reason: this.failure ?? '' };
  }

  succeeded(): void {
    this.failure = undefined;
    this.timer?.cancel();
    this.timer = undefined;
  }

  failed(reason: string): void {
    if (this.closed) return;
    this.failure = reason;
    this.timer ??= this.timers.after(this.periodMs, () => {
      this.timer = undefined;
      this.probe().then(
        () => this.succeeded(),
        () => this.failed(this.failure ?? reason),
      );
    });
  }

  close(reason: string): void {
    this.closed = true;
    this.failure = reason;
    this.timer?.cancel();
  }
}
