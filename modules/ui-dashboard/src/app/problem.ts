import { AtsError, type ErrorCode } from '@ats/domain';
import { STATUS_OF } from '@ats/runtime';
import type { Problem } from '../contract.ts';

/** HTTP statuses of gRPC's, in the order of their numbers. */
const HTTP_OF_GRPC = [
  200, 499, 500, 400, 504, 404, 409, 403, 429, 409, 409, 400, 404, 500, 503, 500, 401,
] as const;

const OWN: Readonly<Partial<Record<ErrorCode, number>>> = {
  REQUEST_TOO_LARGE: 413,
  REQUEST_MEDIA_TYPE: 415,
};

export const httpStatusOf = (code: ErrorCode): number =>
  OWN[code] ?? HTTP_OF_GRPC[STATUS_OF[code]] ?? 500;

/** What a browser is told of an error: never more than a person may know. */
export function problemOf(error: AtsError, requestId: string): Problem {
  const { field, value } = error.context;
  return {
    code: error.code,
    message: error.message,
    field: typeof field === 'string' ? field : '',
    value: value === undefined || value === null ? '' : String(value).slice(0, 200),
    remedy: error.remedy ?? '',
    requestId,
  };
}

/** What is no `AtsError` is a defect, which only the log describes. */
export function asProblemError(thrown: unknown): AtsError {
  if (thrown instanceof AtsError) return thrown;
  return new AtsError({
    code: 'RPC_INTERNAL',
    message: 'The dashboard failed in a way it did not foresee',
    remedy: 'Find the request id in its log.',
    retry: 'unknown',
    cause: thrown,
  });
}
