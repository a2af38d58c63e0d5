import { AtsError } from '@ats/domain';

/** A tape that cannot be opened or read at all. */
export function unreadable(options: {
  readonly reference: string;
  readonly why: string;
  readonly remedy: string;
  readonly cause?: unknown;
}): AtsError {
  const { reference, why, remedy, cause } = options;
  return new AtsError({
    code: 'TAPE_UNREADABLE',
    message: `tape ${reference}: ${why}`,
    remedy,
    context: { field: 'tape', value: reference },
    cause,
  });
}

/** A row that stops a tape which was opened strictly. */
export function badRow(row: {
  readonly file: string;
  readonly line: number;
  readonly column: string;
  readonly value: string;
  readonly why: string;
}): AtsError {
  const { file, line, column, value, why } = row;
  return new AtsError({
    code: 'TAPE_BAD_ROW',
    message: `${file}, line ${line}, column ${column}: ${why} ("${value}")`,
    remedy: 'Correct or remove the line, or leave --strict out to skip such lines and count them.',
    context: { field: column, value, file, line },
  });
}

export const firstLineOf = (cause: unknown): string =>
  String(cause instanceof Error ? cause.message : cause).split('\n')[0] ?? '';
