import type { LogFields, Logger } from '@ats/runtime';

/** One line that would have been logged. */
export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly event: string;
  readonly message: string;
  readonly fields: LogFields;
}

/** A logger that prints nothing and remembers its newest lines. */
export interface SilentLogger extends Logger {
  /** Oldest first; a child's lines are here too, with the child's fields. */
  readonly lines: readonly LogLine[];
}

const LINES_MAX = 1000;

/** A logger for tests: assert on `event` and `fields`, never on the message. */
export function silentLogger(): SilentLogger {
  const lines: LogLine[] = [];
  const build = (bound: LogFields): SilentLogger => {
    const write =
      (level: LogLine['level']) =>
      (event: string, message: string, fields: LogFields = {}): void => {
        if (lines.length === LINES_MAX) lines.shift();
        lines.push({ level, event, message, fields: { ...bound, ...fields } });
      };
    return {
      lines,
      debug: write('debug'),
      info: write('info'),
      warn: write('warn'),
      error: write('error'),
      child: (fields) => build({ ...bound, ...fields }),
    };
  };
  return build({});
}
