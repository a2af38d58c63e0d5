import { type DestinationStream, type Logger as Pino, pino } from 'pino';
import { LOG_LEVELS } from './config/shared-schema.ts';
import type { LogFields, Logger } from './logger.ts';
import { isTraceparent, spanIdOf, traceIdOf } from './tracing/trace-context.ts';

/** Field names whose values never reach a log line. */
const SECRETS = ['password', 'token', 'secret', 'apiKey', 'authorization', 'privateKey'];

export type LogLevel = (typeof LOG_LEVELS)[number];

/** A level that may be changed while loggers and their children use it. */
export interface LiveLevel {
  current: LogLevel;
}

export interface LoggerOptions {
  readonly service: string;
  readonly level: LogLevel | LiveLevel;
  readonly destination: DestinationStream;
}

/** JSON lines: time (ISO 8601, UTC), level, service, event, msg and the caller's fields. */
export function openLogger(options: LoggerOptions): Logger {
  const { level } = options;
  return wrap(
    pino(
      {
        // What is written is decided by `level`, which children share.
        level: 'debug',
        base: { service: options.service },
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
        redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`]), censor: '***' },
      },
      options.destination,
    ),
    typeof level === 'string' ? { current: level } : level,
  );
}

/** A line names its trace as people look it up. */
function withTraceIds(fields: LogFields | undefined): LogFields | undefined {
  if (fields === undefined || !('traceparent' in fields)) return fields;
  const { traceparent, ...rest } = fields;
  if (typeof traceparent !== 'string' || !isTraceparent(traceparent)) return rest;
  return { ...rest, traceId: traceIdOf(traceparent), spanId: spanIdOf(traceparent) };
}

function wrap(logger: Pino, live: LiveLevel): Logger {
  const line = (level: Exclude<LogLevel, 'silent'>) => {
    const rank = LOG_LEVELS.indexOf(level);
    return (event: string, message: string, fields?: LogFields): void => {
      if (rank < LOG_LEVELS.indexOf(live.current)) return;
      logger[level]({ event, ...withTraceIds(fields) }, message);
    };
  };
  return {
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
    child: (fields) => wrap(logger.child(fields), live),
  };
}
