import { AtsError, type ErrorCode } from '@ats/domain';
import type { z } from 'zod';
import { refusal } from '../../domain/refusals.ts';
import type { problem } from './schemas.ts';

/** The HTTP status of every code that can leave the gateway; any other is a defect, 500. */
const HTTP_STATUS: Readonly<Partial<Record<ErrorCode, number>>> = {
  REQUEST_INVALID: 400,
  MESSAGE_MALFORMED: 400,
  DECIMAL_INVALID: 400,
  REQUEST_UNAUTHENTICATED: 401,
  REQUEST_FORBIDDEN: 403,
  ROUTE_UNKNOWN: 404,
  ORDER_UNKNOWN: 404,
  REQUEST_ID_REUSED: 409,
  ORDER_CLOSED: 409,
  ORDER_REQUEST_PENDING: 409,
  REQUEST_TOO_LARGE: 413,
  REQUEST_MEDIA_TYPE: 415,
  ORDER_RULE_BROKEN: 422,
  ORDER_FUNDS_INSUFFICIENT: 422,
  ORDER_RISK_REFUSED: 422,
  VENUE_UNKNOWN: 422,
  INSTRUMENT_UNKNOWN: 422,
  STORAGE_INPUT_INVALID: 422,
  RPC_INTERNAL: 500,
  ORDER_GATE_CLOSED: 503,
  ORDER_PRICE_UNKNOWN: 503,
  STORAGE_UNAVAILABLE: 503,
  STORAGE_QUEUE_FULL: 503,
};

/** The codes that a status is told with. */
export const codesOf = (status: number): readonly string[] =>
  Object.keys(HTTP_STATUS).filter((code) => httpStatusOf(code as ErrorCode) === status);

export const httpStatusOf = (code: ErrorCode): number => HTTP_STATUS[code] ?? 500;

/** Fastify's own codes for what it refuses before a handler runs. */
const FASTIFY_CODES: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'REQUEST_MEDIA_TYPE',
  FST_ERR_CTP_BODY_TOO_LARGE: 'REQUEST_TOO_LARGE',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'REQUEST_INVALID',
  FST_ERR_CTP_INVALID_JSON_BODY: 'REQUEST_INVALID',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'REQUEST_INVALID',
  FST_ERR_BAD_URL: 'REQUEST_INVALID',
};

const SENTENCES: Readonly<Record<string, { readonly message: string; readonly remedy: string }>> = {
  REQUEST_MEDIA_TYPE: {
    message: 'the body is not application/json',
    remedy: 'Send JSON, with content-type: application/json.',
  },
  REQUEST_TOO_LARGE: {
    message: 'the body is larger than gateway.bodyBytesMax',
    remedy: 'Send fewer orders in one request.',
  },
  REQUEST_INVALID: {
    message: 'the request cannot be read: its body is no JSON, or its address is malformed',
    remedy: 'Send one JSON object; /openapi.json describes every request.',
  },
};

/** @returns the error to answer with; undefined for a defect, which only logs may describe */
export function knownProblem(thrown: unknown): AtsError | undefined {
  if (thrown instanceof AtsError) return thrown;
  const code = FASTIFY_CODES[String((thrown as { readonly code?: unknown } | null)?.code)];
  if (code === undefined) return undefined;
  const { message = '', remedy = '' } = SENTENCES[code] ?? {};
  return refusal({ code, message, remedy, field: 'body', value: '' });
}

/** The first thing that is wrong with a part of a request, with its place in it. */
export function requestInvalid(part: string, error: z.ZodError, given: unknown): AtsError {
  const issue = error.issues[0];
  const unknownKey = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const path = [...(issue?.path ?? []), ...(unknownKey === undefined ? [] : [unknownKey])];
  const field = path.length === 0 ? part : fieldName(path);
  const value = valueAt(given, path);
  const said = (issue?.message ?? '').replace(/^Invalid input: /, '');
  const shown = value === undefined ? 'is missing' : `is ${JSON.stringify(value)?.slice(0, 80)}`;
  const message =
    unknownKey === undefined ? `${field} ${shown}: ${said}` : `${field} is no field of the ${part}`;
  return refusal({
    code: 'REQUEST_INVALID',
    message,
    remedy: `Mend ${field}; /openapi.json describes every request.`,
    field,
    value: typeof value === 'object' ? JSON.stringify(value) : value,
    facts: { problems: error.issues.length },
  });
}

function fieldName(path: readonly PropertyKey[]): string {
  return path.reduce<string>((name, key) => {
    if (typeof key === 'number') return `${name}[${key}]`;
    return name === '' ? String(key) : `${name}.${String(key)}`;
  }, '');
}

function valueAt(tree: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((level, key) => {
    if (typeof level !== 'object' || level === null || !Object.hasOwn(level, key)) return undefined;
    return (level as Readonly<Record<PropertyKey, unknown>>)[key];
  }, tree);
}

export function problemView(error: AtsError, correlationId: string): z.output<typeof problem> {
  const { field, value, ...facts } = error.context;
  return {
    error: {
      code: error.code,
      message: error.message,
      remedy: error.remedy ?? null,
      retry: error.retry,
      field: typeof field === 'string' ? field : null,
      value: value ?? null,
      correlationId,
      facts,
    },
  };
}
