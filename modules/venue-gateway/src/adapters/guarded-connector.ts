import { AtsError } from '@ats/domain';
import type { Breaker } from '@ats/runtime';
import type { VenueConnector } from '../app/venue-connector.ts';

/** An answer that says that the venue, or the way to it, is ill. */
class IllAnswer extends Error {
  readonly answer: unknown;

  constructor(answer: unknown) {
    super('the venue did not answer');
    this.answer = answer;
  }
}

/** What counts for the breaker: no answer at all, and not one that refuses. */
export const isIll = (error: unknown): boolean => error instanceof IllAnswer;

/**
 * A connector behind a circuit breaker. While it is open orders are refused for certain, for they
 * are never sent, and questions get no answer; cancels are tried all the same.
 */
export function guardedConnector(inner: VenueConnector, breaker: Breaker): VenueConnector {
  const guard = async <Answer extends { readonly kind: string }, Open>(
    call: () => Promise<Answer>,
    open: Open,
  ): Promise<Answer | Open> => {
    try {
      return await breaker.run(async () => {
        const answer = await call();
        const ill = answer.kind === 'ambiguous' || answer.kind === 'unavailable';
        if (ill) throw new IllAnswer(answer);
        return answer;
      });
    } catch (error) {
      if (error instanceof IllAnswer) return error.answer as Answer;
      if (error instanceof AtsError && error.code === 'RPC_CIRCUIT_OPEN') return open;
      throw error;
    }
  };
  const detail = 'the venue keeps failing and is not called for now';
  const unavailable = { kind: 'unavailable', detail } as const;
  const rejected = { kind: 'rejected', reason: 'VENUE_CIRCUIT_OPEN', detail } as const;
  const refused = { kind: 'refused', detail } as const;
  return {
    kind: inner.kind,
    get pushesFills() {
      return inner.pushesFills === true;
    },
    submit: (order) => guard(() => inner.submit(order), rejected),
    cancel: (order) => inner.cancel(order),
    replace: (order) => guard(() => inner.replace(order), refused),
    query: (order) => guard(() => inner.query(order), unavailable),
    fillsOf: (order) => guard(() => inner.fillsOf(order), unavailable),
    fillsSince: (sinceUs, pace) => guard(() => inner.fillsSince(sinceUs, pace), unavailable),
    openOrders: () => guard(() => inner.openOrders(), unavailable),
    balances: () => guard(() => inner.balances(), unavailable),
    listen: (onPush) => inner.listen(onPush),
    health: () => (breaker.open ? { ok: false, reason: detail } : inner.health()),
    async close() {
      breaker.close();
      await inner.close();
    },
  };
}
