import { orderEventToWire, type WireMessages } from '@ats/contracts';
import { AtsError, accountId } from '@ats/domain';
import { readOrderEvent } from '@ats/orders';
import type { Logger, ServerStream } from '@ats/runtime';
import type { LogRecord } from '@ats/storage';
import type { EventTail, Follower, RecordSink } from './event-tail.ts';

type Request = WireMessages['ats.order.v1.StreamOrderEventsRequest'];
type Response = WireMessages['ats.order.v1.StreamOrderEventsResponse'];

/** Follows the log for one caller of `StreamOrderEvents`. @returns what ends that */
export function streamOrderEvents(
  { tail, logger }: { readonly tail: EventTail; readonly logger: Logger },
  request: Request,
  stream: ServerStream<Response>,
): () => void {
  let follower: Follower | undefined;
  let ended = false;
  const begin = async (): Promise<void> => {
    follower = await tail.follow({
      topic: 'orders.events',
      accountId: accountId(request.accountId),
      after: request.after,
      sink: new StreamSink(stream, logger),
    });
    if (ended) return follower.close();
    stream.send({ event: null, position: follower.position, eventId: '' });
    follower.start();
  };
  begin().catch((error: unknown) => stream.end(error));
  return () => {
    ended = true;
    follower?.close();
  };
}

/** Holds one record more than the stream does, so as to hear when there is room again. */
class StreamSink implements RecordSink {
  private readonly stream: ServerStream<Response>;
  private readonly logger: Logger;
  private held: Response | undefined;
  private resume: ((room: boolean) => void) | undefined;

  constructor(stream: ServerStream<Response>, logger: Logger) {
    this.stream = stream;
    this.logger = logger;
    stream.onDrain(() => this.onDrain());
    stream.context.signal.addEventListener('abort', () => this.resume?.(false));
  }

  send(record: LogRecord, position: string): boolean {
    if (this.held !== undefined) {
      this.stream.end(tooSlow(position));
      return false;
    }
    const response = this.responseOf(record, position);
    if (response === undefined || this.stream.send(response)) return true;
    if (this.stream.context.signal.aborted) return false;
    this.held = response;
    return true;
  }

  room(): Promise<boolean> {
    if (this.stream.context.signal.aborted) return Promise.resolve(false);
    if (this.held === undefined) return Promise.resolve(true);
    return new Promise((resolve) => {
      this.resume = resolve;
    });
  }

  fail(): void {
    this.stream.end(
      new AtsError({
        code: 'STORAGE_UNAVAILABLE',
        message: 'the log cannot be read',
        remedy: 'Ask again with the last position seen.',
        retry: 'safe',
      }),
    );
  }

  private onDrain(): void {
    const { held, resume } = this;
    this.held = undefined;
    if (held !== undefined && !this.stream.send(held)) {
      this.held = held;
      return;
    }
    this.resume = undefined;
    resume?.(true);
  }

  private responseOf(record: LogRecord, position: string): Response | undefined {
    try {
      const event = orderEventToWire(readOrderEvent(record));
      return { event, position, eventId: record.headers.eventId };
    } catch (error) {
      const { topic, partition, offset } = record;
      const place = { topic, partition, offset, error };
      this.logger.error('gateway.stream.unreadable', 'a record could not be read', place);
      return undefined;
    }
  }
}

function tooSlow(position: string): AtsError {
  return new AtsError({
    code: 'STREAM_TOO_SLOW',
    message: 'the caller reads order events more slowly than they happen',
    remedy: 'Ask again with the last position seen.',
    retry: 'safe',
    context: { position },
  });
}
