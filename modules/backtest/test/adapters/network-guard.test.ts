import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { withoutNetwork } from '../../src/adapters/network-guard.ts';

describe('a run', () => {
  const server = createServer((_request, response) => response.end('here'));
  let url = '';
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const reach = (): Promise<string> =>
    new Promise((resolve, reject) => {
      get(url, { agent: false }, (response) => {
        response.resume();
        resolve(String(response.statusCode));
      }).on('error', reject);
    });

  it('is refused the network, also by what it started earlier', async () => {
    const attempt = withoutNetwork('the backtest', async () => {
      await new Promise(setImmediate);
      return reach();
    });
    await expect(attempt).rejects.toMatchObject({ code: 'BACKTEST_NETWORK_REFUSED' });
  });

  it('is refused fetch', async () => {
    const attempt = withoutNetwork('the backtest', () => fetch(url));
    const problem: unknown = await attempt.catch((error: unknown) => error);
    // The client inside of Node makes an error of its own of whatever a socket throws.
    expect(String((problem as Error).cause)).toContain('tried to open a network connection');
  });

  it('takes the network from nobody else in the process', async () => {
    let end: () => void = () => undefined;
    const running = withoutNetwork(
      'the backtest',
      () =>
        new Promise<void>((resolve) => {
          end = resolve;
        }),
    );
    expect(await reach()).toBe('200');
    end();
    await running;
  });

  it('gives it back at its end', async () => {
    await withoutNetwork('the backtest', async () => undefined);
    expect(await reach()).toBe('200');
  });
});
