import { type DestinationStream, type Logger as Pino, pino } from 'pino';
import type { LogFields, Logger } from './logger.ts';

/** Field names whose values never reach a log line. */
const SECRETS = ['password', 'token', 'secret', 'apiKey', 'authorization', 'privateKey'];

export interface LoggerOptions {
  readonly service: string;
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  readonly destination: DestinationStream;
}

/** JSON lines: time (ISO 8601, UTC), level, service, event, msg and the caller's fields. */
export function openLogger(options: LoggerOptions): Logger {
  return wrap(
    pino(
      {
        level: options.level,
        base: { service: options.service },
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
        redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`]), censor: '***' },
      },
      options.destination,
    ),
  );
}

function wrap(logger: Pino): Logger {
  const line = (level: 'debug' | 'info' | 'warn' | 'error') => {
    return (event: string, message: string, fields?: LogFields): void => {
      if (logger.isLevelEnabled(level)) logger[level]({ event, ...fields }, message);
    };
  };
  return {
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
    child: (fields) => wrap(logger.child(fields)),
  };
}
