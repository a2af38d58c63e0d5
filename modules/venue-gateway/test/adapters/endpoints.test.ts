import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Secret } from '@ats/domain';
import { systemTimers } from '@ats/runtime';
import { silentLogger, until } from '@ats/testkit';
import { mayWithdraw } from '../../src/adapters/ccxt/permissions.ts';
import { testVaultKey } from '../../src/adapters/open-connector.ts';
import {
  type Gateway,
  type Simulator,
  startGateway,
  startSimulator,
  submitted,
  temporaryFolder,
} from '../support.ts';

/** Beside the customer there is one whose key may withdraw. */
const greedy = (venue: string): string => {
  const accounts = ['', '-greedy'].map((more) => {
    const apiKey = `demo-${venue}${more}`;
    const balances = {};
    const mayWithdraw = more !== '';
    return { name: `demo${more}`, apiKey, secret: `${apiKey}-secret`, balances, mayWithdraw };
  });
  return `simulator.accounts.${venue}=${JSON.stringify(accounts)}`;
};

let simulator: Simulator;
const folder = temporaryFolder();

beforeAll(async () => {
  simulator = await startSimulator(['binance', 'coinbase', 'bitfinex'].map(greedy));
}, 30_000);
afterAll(async () => {
  await simulator?.stop();
  folder.remove();
});

const kraken = () => {
  const own = simulator.venues['kraken'];
  if (own === undefined) throw new Error('no kraken');
  return own;
};

async function fills(gateway: Gateway): Promise<void> {
  const event = submitted({
    ...({ venue: 'kraken', instrument: 'BTC/USD' } as object),
    limitPrice: '120000',
    timeInForce: 'ioc',
  });
  await gateway.emit(event);
  const types = async () => (await gateway.reportsOn(event.order)).map(({ type }) => type);
  await until(async () => (await types()).includes('fill'), { timeoutMs: 10_000 });
}

describe('endpoints of a venue', () => {
  it('are passed over at the start when they do not answer', async () => {
    const venues = {
      kraken: { ...kraken(), rest: ['http://127.0.0.1:1', ...[kraken().rest].flat()] },
    };
    const gateway = await startGateway({ folder: folder.path, venues, only: ['kraken'] });
    await fills(gateway);
    await gateway.drain();
  }, 30_000);

  it('give way to the next when they fail, and nothing is sent twice', async () => {
    const target = new URL([kraken().rest].flat()[0] ?? '');
    let broken = false;
    // Passes everything on until it breaks.
    const proxy = createServer((request, response) => {
      if (broken) {
        request.socket.destroy();
        return;
      }
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', async () => {
        const { host: _, connection: __, ...headers } = request.headers;
        const answer = await fetch(new URL(request.url ?? '/', target), {
          method: request.method ?? 'GET',
          headers: headers as Record<string, string>,
          ...(request.method === 'GET' ? {} : { body: Buffer.concat(chunks) }),
        });
        response.statusCode = answer.status;
        response.setHeader('content-type', 'application/json');
        response.end(await answer.text());
      });
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const { port } = proxy.address() as AddressInfo;
    const rest = [`http://127.0.0.1:${port}`, target.origin];
    const venues = { kraken: { ...kraken(), rest } };
    const breaker = { callsMin: 100, failurePercentMax: 100, openMs: 100 };
    const section = { stream: false, inFlightMaxMs: 1000, lateFillsMs: 200, breaker };
    const gateway = await startGateway({ folder: folder.path, venues, only: ['kraken'], section });
    await fills(gateway);
    broken = true;
    await until(() => gateway.logger.lines.some(({ event }) => event === 'venue.failover'), {
      timeoutMs: 10_000,
    });
    await fills(gateway);
    await gateway.drain();
    await new Promise((resolve) => proxy.close(resolve));
  }, 30_000);
});

describe('keys', () => {
  it.each(['binance', 'coinbase', 'bitfinex'])(
    'of %s are asked about, and one that may withdraw is refused',
    async (venue) => {
      const test = (account: string) =>
        testVaultKey({
          ...{ venue, kind: 'live', listings: [], timers: systemTimers, logger: silentLogger() },
          section: { exchanges: {}, requestTimeoutMs: 10_000 } as never,
          settings: { feed: venue, rest: [simulator.venues[venue]?.rest].flat() } as never,
          vaultKey: async () => {
            const apiKey = `demo-${venue}${account}`;
            return { apiKey: new Secret(apiKey), secret: new Secret(`${apiKey}-secret`) };
          },
        });
      expect(await test('')).toBe(true);
      await expect(test('-greedy')).rejects.toMatchObject({
        code: 'KEY_CAN_WITHDRAW',
        message: expect.stringContaining(venue),
      });
    },
    30_000,
  );

  it('of the simulator are refused by the live connector', async () => {
    const options = { folder: folder.path, venues: simulator.venues, mode: 'live' };
    await expect(startGateway(options)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      remedy: expect.stringContaining('ATS_VENUE_GATEWAY__ACCOUNTS__'),
    });
  });

  it.each([
    ['binance', 'sapiGetAccountApiRestrictions', { enableWithdrawals: true }, true],
    ['binance', 'sapiGetAccountApiRestrictions', { enableWithdrawals: false }, false],
    ['coinbase', 'v3PrivateGetBrokerageKeyPermissions', { can_transfer: true }, true],
    ['bitfinex', 'privatePostAuthRPermissions', [['withdraw', 1, 1]], true],
    ['bitfinex', 'privatePostAuthRPermissions', [['withdraw', 1, 0]], false],
    ['kraken', 'nothing', {}, undefined],
  ] as const)('of %s that may withdraw are known by %s', async (exchange, call, answer, may) => {
    const client = { [call]: () => Promise.resolve(answer) };
    expect(await mayWithdraw(client as never, exchange)).toBe(may);
  });
});
