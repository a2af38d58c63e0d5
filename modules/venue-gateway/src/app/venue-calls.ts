import type { VenueId } from '@ats/domain';
import { childOf, isSampled } from '@ats/runtime';
import type { CallClass } from './call-queue.ts';
import type { CallName } from './desk-metrics.ts';
import type { DeskTools } from './desk-tools.ts';
import type { WorkStart } from './order-work.ts';
import type { RateLimited } from './venue-connector.ts';

/** How long nothing is asked when a venue that is asked too much does not say. */
const PAUSE_MS = 1000;

interface Kinded {
  readonly kind: string;
}

type CallTools = Pick<DeskTools, 'queue' | 'metrics' | 'clock' | 'tracer'>;
type CallAbout = Pick<WorkStart, 'order' | 'traceparent'>;

/** Calls of one venue within its budget, counted and timed. */
export class VenueCalls {
  private readonly tools: CallTools;
  private readonly venue: VenueId;
  private readonly about: CallAbout | undefined;

  /** @param about the order that the calls are for, where they are for one */
  constructor(tools: CallTools, venue: VenueId, about?: CallAbout) {
    this.tools = tools;
    this.venue = venue;
    this.about = about;
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
      const endedUs = clock.nowUs();
      metrics.callSeconds.observe({ venue, call: name }, (endedUs - startedUs) / 1e6);
      this.trace(name, answer, { startUs: startedUs, endUs: endedUs });
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

  /** The same call of a later run is another span: this machine's time tells them apart. */
  private trace(
    call: CallName,
    { kind }: Kinded,
    times: { readonly startUs: number; readonly endUs: number },
  ): void {
    const { tracer } = this.tools;
    const { order, traceparent: parent } = this.about ?? {};
    if (tracer?.on !== true || order === undefined || !isSampled(parent)) return;
    const traceparent = childOf(parent, `${call}/${times.startUs}`);
    tracer.record({
      ...{ name: `venue.${call}`, kind: 'client', traceparent, parent, ...times },
      attributes: { 'ats.venue': this.venue, 'ats.order.id': order.orderId, 'ats.result': kind },
    });
  }
}

const isRateLimited = (answer: Kinded): answer is RateLimited => answer.kind === 'rate-limited';
