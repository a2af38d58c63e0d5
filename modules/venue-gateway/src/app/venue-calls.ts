import type { VenueId } from '@ats/domain';
import type { CallClass } from './call-queue.ts';
import type { CallName } from './desk-metrics.ts';
import type { DeskTools } from './desk-tools.ts';
import type { RateLimited } from './venue-connector.ts';

/** How long nothing is asked when a venue that is asked too much does not say. */
const PAUSE_MS = 1000;

interface Kinded {
  readonly kind: string;
}

/** Calls of one venue within its budget, counted and timed. */
export class VenueCalls {
  private readonly tools: Pick<DeskTools, 'queue' | 'metrics' | 'clock'>;
  private readonly venue: VenueId;

  constructor(tools: Pick<DeskTools, 'queue' | 'metrics' | 'clock'>, venue: VenueId) {
    this.tools = tools;
    this.venue = venue;
  }

  /**
   * One call in its turn. A venue that asks for fewer is left alone for a while.
   * @returns undefined when it had no effect, for the queue was full or the venue did not take it
   */
  async make<Answer extends Kinded>(
    name: CallName,
    of: CallClass,
    call: () => Promise<Answer | RateLimited>,
  ): Promise<Exclude<Answer, RateLimited> | undefined> {
    const { queue, metrics, clock } = this.tools;
    const { venue } = this;
    const called = await queue.run(of, async () => {
      const startedUs = clock.nowUs();
      const answer = await call();
      metrics.callSeconds.observe({ venue, call: name }, (clock.nowUs() - startedUs) / 1e6);
      return answer;
    });
    const result = called.kind === 'full' ? 'queue-full' : called.answer.kind;
    metrics.calls.add({ venue, call: name, result });
    if (called.kind === 'full') return undefined;
    const { answer } = called;
    if (!isRateLimited(answer)) return answer as Exclude<Answer, RateLimited>;
    queue.pause(answer.retryAfterMs > 0 ? answer.retryAfterMs : PAUSE_MS);
    return undefined;
  }
}

const isRateLimited = (answer: Kinded): answer is RateLimited => answer.kind === 'rate-limited';
