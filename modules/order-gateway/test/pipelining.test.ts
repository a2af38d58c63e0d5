import { once } from 'node:events';
import { connect } from 'node:net';
import { accountId, deriveOrderId, type RequestId } from '@ats/domain';
import { until } from '@ats/testkit';
import { buy, deposit, type Gateway, startGateway, TOKEN, traces } from './gateway.ts';

const request = (method: string, path: string, body?: object, more: readonly string[] = []) => {
  const text = body === undefined ? '' : JSON.stringify(body);
  const head = [
    `${method} ${path} HTTP/1.1`,
    ...['host: gateway', `authorization: Bearer ${TOKEN}`],
    ...(body === undefined ? [] : ['content-type: application/json']),
    ...[`content-length: ${text.length}`, ...more],
  ];
  return `${head.join('\r\n')}\r\n\r\n${text}`;
};

describe('requests that do not wait for the answer to the one before', () => {
  let gateway: Gateway;
  beforeEach(async () => {
    gateway = await startGateway();
    await deposit(gateway.stores.state, { venue: 'alpha', asset: 'USDT', amount: '9000' });
  });
  afterEach(() => gateway.close());

  /** Sends all at once on one connection. @returns the statuses, in the order of the answers */
  const pipelined = async (requests: readonly string[]): Promise<readonly string[]> => {
    const { hostname, port } = new URL(gateway.url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    socket.write(requests.join(''));
    const statuses = () => [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, code = '']) => code);
    await until(() => statuses().length === requests.length, { what: 'all answers' });
    socket.destroy();
    return statuses();
  };

  /** Orders that are cancelled, and read, at once; with what must come of it, in its order. */
  const cancelledAtOnce = (count: number) => {
    const requests: string[] = [];
    const expected: string[] = [];
    for (let index = 0; index < count; index += 1) {
      const requestId = `p-${index}` as RequestId;
      const orderId = deriveOrderId({ accountId: accountId('main'), requestId, index: 0 });
      requests.push(
        request('POST', '/orders', buy({ requestId, clientOrderId: `c-${index}` })),
        request('DELETE', `/orders/${orderId}?requestId=x-${index}`),
        request('GET', `/orders/${orderId}`),
      );
      expected.push(`${orderId}:submit`, `${orderId}:cancel:x-${index}`);
    }
    return { requests, expected };
  };
  const commands = async () =>
    ((await traces(gateway.stores)) as { commands: readonly string[] }).commands;

  it('are carried out in the order in which they came', async () => {
    const { requests, expected } = cancelledAtOnce(5);
    const statuses = await pipelined(requests);
    expect(statuses).toEqual(Array.from({ length: 5 }, () => ['201', '202', '200']).flat());
    expect(await commands()).toEqual(expected);
  });

  it('go on after one that is refused', async () => {
    const order = buy({ requestId: 'p-1', clientOrderId: 'c-1' });
    const statuses = await pipelined([
      request('POST', '/orders', {}),
      request('GET', '/nowhere'),
      request('POST', '/orders', order),
    ]);
    expect(statuses).toEqual(['400', '404', '201']);
  });
});
