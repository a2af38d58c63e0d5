import { z } from 'zod';

type Json = Readonly<Record<string, unknown>>;

/** Names schemas: each is described once, and referred to by its name. */
export type SchemaNames = z.core.$ZodRegistry<{ readonly id: string }>;

/** One method on one path, with the schemas that it validates with. */
export interface DescribedRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** With `:name` for parameters. */
  readonly path: string;
  /** A sentence. */
  readonly summary: string;
  /** Who may use it, a sentence. */
  readonly needs: string;
  /** Whether it asks for no credentials at all. */
  readonly open?: boolean;
  readonly params?: z.ZodObject | undefined;
  readonly query?: z.ZodObject | undefined;
  readonly headers?: z.ZodObject | undefined;
  readonly body?: z.ZodType | undefined;
  readonly answer: DescribedAnswer;
}

export interface DescribedAnswer {
  readonly status: number;
  /** Of the JSON that it carries; absent for an answer without a body or of another kind. */
  readonly schema?: z.ZodType;
  /** Where it is no JSON of a schema, such as `text/csv`. */
  readonly mediaType?: string;
}

/** A WebSocket, whose messages are JSON texts in both directions. */
export interface DescribedSocket {
  readonly path: string;
  readonly summary: string;
  readonly needs: string;
  readonly clientMessage: z.ZodType;
  readonly serverMessage: z.ZodType;
}

export interface DescribedApi {
  readonly title: string;
  readonly description: string;
  /** Security schemes as OpenAPI has them; each is enough by itself. */
  readonly security: Readonly<Record<string, Json>>;
  readonly routes: readonly DescribedRoute[];
  readonly sockets: readonly DescribedSocket[];
  /** What comes in, with its defaults optional; and what goes out. */
  readonly names: { readonly requests: SchemaNames; readonly answers: SchemaNames };
  /** The answer to every request that fails, and what its statuses mean. */
  readonly problem: {
    readonly schema: z.ZodType;
    readonly statuses: Readonly<Record<number, string>>;
  };
}

/**
 * Describes an API by the very schemas that it validates with. OpenAPI 3.1; WebSockets, which it
 * has no word for, are in `x-websockets`. @throws for a schema of a message that has no name
 */
export function openApiDocument(api: DescribedApi): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of api.routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    const operations = paths[path] ?? {};
    operations[route.method.toLowerCase()] = operationOf(route, api);
    paths[path] = operations;
  }
  const { title, description, security, names } = api;
  return {
    openapi: '3.1.0',
    info: { title, version: '1', description },
    security: Object.keys(security).map((name) => ({ [name]: [] })),
    paths,
    ...(api.sockets.length === 0 ? {} : { 'x-websockets': socketsOf(api) }),
    components: {
      securitySchemes: security,
      schemas: {
        ...embedded(z.toJSONSchema(names.requests, { io: 'input', uri: refTo }).schemas),
        ...embedded(z.toJSONSchema(names.answers, { io: 'output', uri: refTo }).schemas),
      },
    },
  };
}

const refTo = (id: string): string => `#/components/schemas/${id}`;

/** Within a document its place is a schema's name: an id of its own would be wrong there. */
function embedded(schemas: Readonly<Record<string, Json>>): Json {
  const bare = Object.entries(schemas).map(([name, { $id: _id, $schema: _dialect, ...rest }]) => {
    return [name, rest] as const;
  });
  return Object.fromEntries(bare);
}

function operationOf(route: DescribedRoute, { names, problem }: DescribedApi): Json {
  const { body, method, path, summary, needs, open = false } = route;
  const problems = Object.entries(problem.statuses).map(([status, description]) => [
    status,
    { description, content: jsonOf(named(names.answers, problem.schema)) },
  ]);
  return {
    operationId: `${method.toLowerCase()}${path.replace(/\W+(\w?)/g, '_$1')}`,
    summary,
    description: needs,
    ...(open ? { security: [] } : {}),
    parameters: [
      ...parametersIn('path', route.params),
      ...parametersIn('query', route.query),
      ...parametersIn('header', route.headers),
    ],
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: jsonOf(named(names.requests, body)) } }),
    responses: {
      [route.answer.status]: { description: 'Done.', ...contentOf(route.answer, names.answers) },
      ...Object.fromEntries(problems),
    },
  };
}

function parametersIn(
  place: 'path' | 'query' | 'header',
  schema: z.ZodObject | undefined,
): readonly Json[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input' });
  return Object.entries(properties).map(([name, described]) => {
    const { description, ...rest } = described as Json;
    return {
      name,
      in: place,
      required: place === 'path' || required.includes(name),
      ...(description === undefined ? {} : { description }),
      schema: rest,
    };
  });
}

function contentOf({ schema, mediaType }: DescribedAnswer, names: SchemaNames): Json {
  if (mediaType !== undefined) return { content: { [mediaType]: {} } };
  return schema === undefined ? {} : { content: jsonOf(named(names, schema)) };
}

const jsonOf = (schema: Json): Json => ({ 'application/json': { schema } });

function socketsOf({ sockets, names }: DescribedApi): Json {
  const entries = sockets.map(({ path, summary, needs, clientMessage, serverMessage }) => {
    const client = named(names.requests, clientMessage);
    const server = named(names.answers, serverMessage);
    return [path, { summary, description: needs, client, server }] as const;
  });
  return Object.fromEntries(entries);
}

function named(names: SchemaNames, schema: z.ZodType): Json {
  const id = names.get(schema)?.id;
  if (id === undefined) throw new Error('a schema that is described has no name');
  return { $ref: refTo(id) };
}
