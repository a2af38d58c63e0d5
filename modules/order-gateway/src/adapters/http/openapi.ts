import { z } from 'zod';
import type { Route } from './route.ts';
import { answerSchemas, problem, requestSchemas } from './schemas.ts';

type Json = Readonly<Record<string, unknown>>;

const refTo = (id: string): string => `#/components/schemas/${id}`;

const TITLES: Readonly<Record<number, string>> = {
  400: 'The request cannot be read, or a field has the wrong form.',
  401: 'No bearer token, or one that is not known.',
  403: 'The token does not allow it.',
  404: 'There is no such order, or nothing at this path.',
  409: 'It contradicts what is: a request id used for something else, an order that has ended.',
  413: 'The body is too large.',
  415: 'The body is not JSON.',
  422: 'A rule of the market is broken, or the money lacks.',
  503: 'Not now: a gate is closed, or the store cannot be reached. The message says which.',
};

/** Describes the routes, by the very schemas that they validate with. OpenAPI 3.1. */
export function openApiDocument(routes: readonly Route[]): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    const operations = paths[path] ?? {};
    operations[route.method.toLowerCase()] = operationOf(route);
    paths[path] = operations;
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'ATS order gateway',
      version: '1',
      description: 'The one way in for orders. Figures are decimals as text; times microseconds.',
    },
    security: [{ bearer: [] }],
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
      schemas: {
        ...embedded(z.toJSONSchema(requestSchemas, { io: 'input', uri: refTo }).schemas),
        ...embedded(z.toJSONSchema(answerSchemas, { io: 'output', uri: refTo }).schemas),
      },
    },
  };
}

/** Within a document its place is a schema's name: an id of its own would be wrong there. */
function embedded(schemas: Readonly<Record<string, Json>>): Json {
  const bare = Object.entries(schemas).map(([name, { $id: _id, $schema: _dialect, ...rest }]) => {
    return [name, rest] as const;
  });
  return Object.fromEntries(bare);
}

function operationOf(route: Route): Json {
  const { answer, body } = route;
  const problems = Object.entries(TITLES).map(([status, description]) => [
    status,
    { description, content: contentOf(named(answerSchemas, problem)) },
  ]);
  return {
    operationId: `${route.method.toLowerCase()}${route.path.replace(/\W+(\w?)/g, '_$1')}`,
    summary: route.summary,
    description: `Needs the action ${route.action}.`,
    parameters: parametersOf(route),
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: contentOf(named(requestSchemas, body)) } }),
    responses: {
      [answer.status]: {
        description: 'Done.',
        content: contentOf(named(answerSchemas, answer.schema)),
      },
      ...Object.fromEntries(problems),
    },
  };
}

function parametersOf({ params, query, method }: Route): readonly Json[] {
  const key: Json = {
    name: 'Idempotency-Key',
    in: 'header',
    required: false,
    description: 'The request id, for those that do not send it as requestId.',
    schema: { type: 'string' },
  };
  return [
    ...parametersIn('path', params),
    ...parametersIn('query', query),
    ...(method === 'GET' ? [] : [key]),
  ];
}

function parametersIn(place: 'path' | 'query', schema: z.ZodObject | undefined): readonly Json[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input' });
  return Object.entries(properties).map(([name, described]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: described,
  }));
}

const contentOf = (schema: Json): Json => ({ 'application/json': { schema } });

function named(registry: z.core.$ZodRegistry<{ readonly id: string }>, schema: z.ZodObject): Json {
  const id = registry.get(schema)?.id;
  return id === undefined ? z.toJSONSchema(schema) : { $ref: refTo(id) };
}
