import { AtsError } from '@ats/domain';
import type { Caller, TimerHandle, Timers } from '@ats/runtime';

type End = (error: AtsError) => void;

/** Checks in a row that may go unanswered before a stream counts as nobody's. */
const UNANSWERED_MAX = 5;

interface Held {
  readonly ends: Set<End>;
  unanswered: number;
}

/** Open streams of people: each ends with the session that opened it. */
export class HeldStreams {
  private readonly lasts: (sessionId: string) => Promise<boolean>;
  private readonly timers: Timers;
  private readonly everyMs: number;
  private readonly sessions = new Map<string, Held>();
  private checking: TimerHandle | undefined;

  /** @param parts `lasts` is asked for each session with streams, every `everyMs` */
  constructor(parts: {
    readonly lasts: (sessionId: string) => Promise<boolean>;
    readonly timers: Timers;
    readonly everyMs: number;
  }) {
    this.lasts = parts.lasts;
    this.timers = parts.timers;
    this.everyMs = parts.everyMs;
  }

  /** Services and the operator have no session that could end. @returns to be called at its end */
  hold({ kind, sessionId }: Pick<Caller, 'kind' | 'sessionId'>, end: End): () => void {
    if (kind !== 'user') return () => {};
    const held = this.sessions.get(sessionId) ?? { ends: new Set(), unanswered: 0 };
    this.sessions.set(sessionId, held);
    held.ends.add(end);
    this.checking ??= this.timers.every(this.everyMs, () => this.check());
    return () => {
      held.ends.delete(end);
      if (held.ends.size === 0) this.forget(sessionId, held);
    };
  }

  private check(): void {
    for (const [sessionId, held] of this.sessions) {
      this.lasts(sessionId).then(
        (lasts) => {
          held.unanswered = 0;
          if (!lasts) this.endAll(sessionId, held);
        },
        () => {
          held.unanswered += 1;
          if (held.unanswered >= UNANSWERED_MAX) this.endAll(sessionId, held);
        },
      );
    }
  }

  private endAll(sessionId: string, held: Held): void {
    this.forget(sessionId, held);
    for (const end of [...held.ends]) end(sessionOver());
  }

  private forget(sessionId: string, held: Held): void {
    if (this.sessions.get(sessionId) === held) this.sessions.delete(sessionId);
    if (this.sessions.size > 0) return;
    this.checking?.cancel();
    this.checking = undefined;
  }
}

const sessionOver = (): AtsError =>
  new AtsError({
    code: 'REQUEST_UNAUTHENTICATED',
    message: 'the session that opened the stream has ended, or nobody can say that it lasts',
    remedy: 'Log in again, then open the stream again.',
    context: { field: 'authorization', value: '***' },
  });
