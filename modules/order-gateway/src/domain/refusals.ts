import { AtsError, type ErrorCode, type Retry } from '@ats/domain';

/** What was asked for and is not done; nothing of it has happened. */
export interface Refused {
  readonly kind: 'refused';
  readonly error: AtsError;
}

/** What makes a refusal: the field it is about, what stood there, and what to do. */
export interface RefusalParts {
  readonly code: ErrorCode;
  readonly message: string;
  readonly remedy: string;
  readonly field: string;
  readonly value: unknown;
  readonly retry?: Retry;
  /** More small facts for a program, such as what is available. */
  readonly facts?: Readonly<Record<string, unknown>>;
}

/** Longest part of a value that an error repeats, in characters. */
const VALUE_LENGTH_MAX = 80;

/** An error to be returned rather than thrown. */
export function refusal(parts: RefusalParts): AtsError {
  const { code, message, remedy, field, retry = 'never', facts = {} } = parts;
  const value = String(parts.value ?? '').slice(0, VALUE_LENGTH_MAX);
  return new AtsError({ code, message, remedy, retry, context: { field, value, ...facts } });
}

export const refused = (error: AtsError): Refused => ({ kind: 'refused', error });
