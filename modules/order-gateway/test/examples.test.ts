import { orderRoutes } from '../src/adapters/http/order-routes.ts';
import { problem } from '../src/adapters/http/schemas.ts';
import { clientMessage } from '../src/adapters/stream/messages.ts';
import { serverMessage } from '../src/adapters/stream/told.ts';

const never = async (): Promise<never> => {
  throw new Error('examples ask nobody');
};
const desk = { submit: never, cancel: never, replace: never, get: never, list: never };
const routes = orderRoutes({ ...desk, balances: never });

describe('every example of the description', () => {
  const ofRoutes = routes.flatMap(({ method, path, body, answer }) => [
    { of: `${method} ${path}, its answer`, schema: answer.schema },
    ...(body === undefined ? [] : [{ of: `${method} ${path}`, schema: body }]),
  ]);

  it.each([
    ...ofRoutes,
    { of: 'a problem', schema: problem },
    { of: 'messages of a client', schema: clientMessage },
    { of: 'messages to a client', schema: serverMessage },
  ])('of $of is there and reads by its schema', ({ schema }) => {
    const { examples = [] } = schema.meta() ?? {};
    expect(examples).not.toEqual([]);
    for (const example of examples as readonly unknown[]) {
      expect(schema.parse(example)).toMatchObject(example as object);
    }
  });
});
