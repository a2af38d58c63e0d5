/**
 * Fields beside the fixed ones (time, level, service, event, msg). Never secrets. `traceparent` is
 * written as `traceId` and `spanId`.
 */
export type LogFields = Readonly<Record<string, unknown>>;

/** Structured log lines. `event` is a stable dotted name, such as `book.dropped`. */
export interface Logger {
  debug(event: string, message: string, fields?: LogFields): void;
  info(event: string, message: string, fields?: LogFields): void;
  warn(event: string, message: string, fields?: LogFields): void;
  error(event: string, message: string, fields?: LogFields): void;
  /** @returns a logger that adds `fields` to every line. */
  child(fields: LogFields): Logger;
}
