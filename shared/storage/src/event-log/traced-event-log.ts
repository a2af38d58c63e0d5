import { type Clock, childOf, isSampled, type SpanAttributes, type Tracer } from '@ats/runtime';
import type { EventLog, LogPosition, LogRecord, NewRecord } from '../event-log.ts';

/**
 * The context of a record's publication: a child of what made it. It follows from the record
 * alone, and so is the same for who appends it, whoever reads it, and when it is appended again.
 */
const publicationOf = ({ headers }: Pick<NewRecord, 'headers'>): string | undefined =>
  childOf(headers.traceparent, headers.eventId);

/** The context of what one reader does with a record. */
export const readingOf = (record: Pick<LogRecord, 'headers'>, reader: string): string | undefined =>
  childOf(publicationOf(record), reader);

const placeOf = ({ topic, headers }: NewRecord): SpanAttributes => ({
  'messaging.system': 'ats.event-log',
  'messaging.destination.name': topic,
  'messaging.message.id': headers.eventId,
});

/** Tells a reader's span of one record. */
export function tellReading(
  tracer: Tracer | undefined,
  record: LogRecord,
  how: {
    readonly reader: string;
    readonly startUs: number;
    readonly endUs: number;
    readonly attributes?: SpanAttributes;
  },
): void {
  const { reader, attributes, ...times } = how;
  const traceparent = readingOf(record, reader);
  if (tracer?.on !== true || !isSampled(traceparent)) return;
  tracer.record({
    ...{ name: `${record.topic} process`, kind: 'consumer', ...times },
    ...{ traceparent, parent: publicationOf(record) },
    attributes: { ...placeOf(record), 'messaging.consumer.group.name': reader, ...attributes },
  });
}

/** The same log, which tells a span of each record that it took, in the name of the process. */
export function tracedEventLog(
  log: EventLog,
  tools: {
    readonly tracer: Tracer;
    readonly clock: Clock;
  },
): EventLog {
  const { tracer, clock } = tools;
  return {
    async append(record): Promise<LogPosition> {
      const traceparent = publicationOf(record);
      if (!isSampled(traceparent)) return log.append(record);
      const startUs = clock.nowUs();
      const position = await log.append(record);
      tracer.record({
        ...{ name: `${record.topic} publish`, kind: 'producer', traceparent, startUs },
        ...{ parent: record.headers.traceparent, endUs: clock.nowUs() },
        attributes: placeOf(record),
      });
      return position;
    },
    subscribe: (options) => log.subscribe(options),
    read: (options) => log.read(options),
    lag: (options) => log.lag(options),
    health: () => log.health(),
    close: () => log.close(),
  };
}
