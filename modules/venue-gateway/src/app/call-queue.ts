import { type Clock, type Timers, TokenBucket } from '@ats/runtime';

/** What goes first: cancels and unwinds, then orders, then questions. */
export const CALL_CLASSES = ['urgent', 'order', 'question'] as const;
export type CallClass = (typeof CALL_CLASSES)[number];

export interface CallQueueOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  /** Calls a second in the long run, and at once. */
  readonly rate: { readonly perSecond: number; readonly burst: number };
  /** Calls under way at once. */
  readonly concurrencyMax: number;
  /** Calls of one class that may wait. */
  readonly waitingMax: number;
}

interface Waiting {
  readonly start: () => void;
}

/** Waits until one more request may be made within a call that is under way. */
export type Pace = () => Promise<void>;

/** After so many calls of higher classes one of a lower class goes, so that none starves. */
const PASSED_OVER_MAX = 8;

/**
 * Spends a venue's budget of calls: at most so many a second and at once, the urgent first.
 *
 * When full: `run` answers `full` at once and nothing was called. The bound is per class, so that
 * orders that wait never keep a cancel out.
 */
export class CallQueue {
  private readonly options: CallQueueOptions;
  private readonly bucket: TokenBucket;
  private readonly waiting: Record<CallClass, Waiting[]> = { urgent: [], order: [], question: [] };
  private readonly passedOver: Record<CallClass, number> = { urgent: 0, order: 0, question: 0 };
  /** Further requests of calls that are under way. They need a token and no place of their own. */
  private readonly further: Waiting[] = [];
  private furtherPassedOver = 0;
  private running = 0;
  private pausedUntilUs = 0;
  private timer: { cancel(): void } | undefined;
  /** Calls that had to wait for a token. */
  budgetWaits = 0;
  /** Calls that were refused since too many waited. */
  refused = 0;

  constructor(options: CallQueueOptions) {
    this.options = options;
    this.bucket = new TokenBucket(options.rate);
  }

  depth(of: CallClass): number {
    return this.waiting[of].length;
  }

  /** @returns what `call` gives, or `full` when it was not called */
  async run<Answer>(
    of: CallClass,
    call: () => Promise<Answer>,
  ): Promise<{ readonly kind: 'called'; readonly answer: Answer } | { readonly kind: 'full' }> {
    const queue = this.waiting[of];
    if (queue.length >= this.options.waitingMax) {
      this.refused += 1;
      return { kind: 'full' };
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    queue.push({ start: resolve });
    this.pump();
    await promise;
    try {
      return { kind: 'called', answer: await call() };
    } finally {
      this.running -= 1;
      this.pump();
    }
  }

  /** For a call that needs more than one request: each further one is in the budget as well. */
  readonly pace: Pace = () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.further.push({ start: resolve });
    this.pump();
    return promise;
  };

  /** Calls nothing for a while, as the venue asks. */
  pause(forMs: number): void {
    const untilUs = this.options.clock.nowUs() + forMs * 1000;
    this.pausedUntilUs = Math.max(this.pausedUntilUs, untilUs);
  }

  private pump(): void {
    for (;;) {
      const next = this.next();
      if (next === undefined) return;
      const nowUs = this.options.clock.nowUs();
      const pausedMs = Math.max(0, Math.ceil((this.pausedUntilUs - nowUs) / 1000));
      const waitMs = Math.max(pausedMs, this.bucket.waitMs(nowUs));
      if (waitMs > 0) {
        this.wakeIn(waitMs);
        return;
      }
      this.bucket.take(nowUs);
      if (next === 'further') this.startFurther();
      else this.startCall(next);
    }
  }

  /** What is under way goes on before questions; orders go before it, but not for ever. */
  private next(): CallClass | 'further' | undefined {
    const isFree = this.running < this.options.concurrencyMax;
    const next = isFree ? this.nextClass() : undefined;
    if (this.further.length === 0) return next;
    const goesFirst = next === 'urgent' || next === 'order';
    return goesFirst && this.furtherPassedOver < PASSED_OVER_MAX ? next : 'further';
  }

  private startFurther(): void {
    this.furtherPassedOver = 0;
    this.further.shift()?.start();
  }

  private startCall(next: CallClass): void {
    this.running += 1;
    this.furtherPassedOver += this.further.length > 0 ? 1 : 0;
    for (const other of CALL_CLASSES) {
      if (other === next || this.waiting[other].length === 0) this.passedOver[other] = 0;
      else this.passedOver[other] += 1;
    }
    this.waiting[next].shift()?.start();
  }

  private nextClass(): CallClass | undefined {
    const starved = CALL_CLASSES.find((one) => this.passedOver[one] >= PASSED_OVER_MAX);
    return starved ?? CALL_CLASSES.find((one) => this.waiting[one].length > 0);
  }

  private wakeIn(delayMs: number): void {
    if (this.timer !== undefined) return;
    this.budgetWaits += 1;
    this.timer = this.options.timers.after(delayMs, () => {
      this.timer = undefined;
      this.pump();
    });
  }
}
