import { AtsError } from '@ats/domain';
import type { z } from 'zod';

/** @throws REQUEST_INVALID naming the first field that is wrong, and never what it said */
export function parseBody<Form>(schema: z.ZodType<Form>, body: unknown): Form {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const field = issue?.path.join('.') || 'body';
  throw new AtsError({
    code: 'REQUEST_INVALID',
    message: `${field}: ${issue?.message ?? 'cannot be read'}`,
    remedy: 'Correct the field.',
    context: { field, value: '***' },
  });
}

const FASTIFY_CODES: Readonly<Record<string, { readonly code: AtsError['code']; why: string }>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: { code: 'REQUEST_MEDIA_TYPE', why: 'is not application/json' },
  FST_ERR_CTP_BODY_TOO_LARGE: { code: 'REQUEST_TOO_LARGE', why: 'exceeds dashboard.bodyBytesMax' },
  FST_ERR_CTP_EMPTY_JSON_BODY: { code: 'REQUEST_INVALID', why: 'is empty' },
  FST_ERR_CTP_INVALID_JSON_BODY: { code: 'REQUEST_INVALID', why: 'is no JSON' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: { code: 'REQUEST_INVALID', why: 'has another length' },
  FST_ERR_BAD_URL: { code: 'REQUEST_INVALID', why: 'has no readable address' },
};

/** What Fastify refuses before a handler runs, in the project's own words. */
export function frameworkProblem(thrown: unknown): AtsError | undefined {
  const found = FASTIFY_CODES[String((thrown as { readonly code?: unknown } | null)?.code)];
  if (found === undefined) return undefined;
  return new AtsError({
    code: found.code,
    message: `the body of the request ${found.why}`,
    remedy: 'Send one JSON object, with content-type: application/json.',
    context: { field: 'body', value: '' },
  });
}
