import type { z } from 'zod';
import type { Action, Principal } from '../../domain/permissions.ts';
import { requestInvalid } from './problems.ts';

/** Who asks, and what leads from the request to what it causes. */
export interface Caller {
  readonly principal: Principal;
  readonly idempotencyKey: string | undefined;
  readonly correlationId: string;
  readonly traceparent: string | undefined;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The parts of a request as they came. */
export interface RawRequest {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

/** One method on one path: who may use it, what it takes and what it answers. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** With `:name` for parameters. */
  readonly path: string;
  readonly action: Action;
  readonly summary: string;
  readonly params: z.ZodObject | undefined;
  readonly query: z.ZodObject | undefined;
  readonly body: z.ZodObject | undefined;
  readonly answer: { readonly status: number; readonly schema: z.ZodObject };
  /** @throws AtsError to be answered as a problem */
  run(raw: RawRequest, caller: Caller): Promise<Answer>;
}

type Parsed<Schema extends z.ZodObject | undefined> = Schema extends z.ZodObject
  ? z.output<Schema>
  : undefined;

/** Makes a route whose handler gets what its schemas have parsed. */
export function route<
  Params extends z.ZodObject | undefined = undefined,
  Query extends z.ZodObject | undefined = undefined,
  Body extends z.ZodObject | undefined = undefined,
>(definition: {
  readonly method: Route['method'];
  readonly path: string;
  readonly action: Action;
  readonly summary: string;
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  readonly answer: Route['answer'];
  handle(
    parts: {
      readonly params: Parsed<Params>;
      readonly query: Parsed<Query>;
      readonly body: Parsed<Body>;
    },
    caller: Caller,
  ): Promise<Answer>;
}): Route {
  const { params, query, body, handle, ...rest } = definition;
  return {
    ...rest,
    params,
    query,
    body,
    run(raw, caller) {
      const parts = {
        params: parsed('path', params, raw.params) as Parsed<Params>,
        query: parsed('query', query, raw.query) as Parsed<Query>,
        body: parsed('body', body, raw.body) as Parsed<Body>,
      };
      return handle(parts, caller);
    },
  };
}

function parsed(part: string, schema: z.ZodObject | undefined, given: unknown): unknown {
  if (schema === undefined) return undefined;
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  throw requestInvalid(part, result.error, given);
}
