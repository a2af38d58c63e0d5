import type { VenueId } from '@ats/domain';
import type { Clock } from '@ats/runtime';
import type { SubmitAnswer, VenueConnector, VenueSubmit } from './venue-connector.ts';

/** One order as it went to its venue and was answered. */
export interface OrderCall {
  readonly venue: VenueId;
  readonly order: VenueSubmit;
  readonly answer: SubmitAnswer;
  /** When it left and when the answer was here, microseconds since the epoch. */
  readonly sentAtUs: number;
  readonly answeredAtUs: number;
}

/** A connector whose submits are told to somebody, who must not throw, once they are answered. */
export function toldConnector(
  connector: VenueConnector,
  options: {
    readonly venue: VenueId;
    readonly clock: Clock;
    readonly onOrderCall: (call: OrderCall) => void;
  },
): VenueConnector {
  const { venue, clock, onOrderCall } = options;
  const submit = async (order: VenueSubmit): Promise<SubmitAnswer> => {
    const sentAtUs = clock.nowUs();
    const answer = await connector.submit(order);
    onOrderCall({ venue, order, answer, sentAtUs, answeredAtUs: clock.nowUs() });
    return answer;
  };
  return new Proxy(connector, {
    get: (target, name) => (name === 'submit' ? submit : Reflect.get(target, name)),
  });
}
