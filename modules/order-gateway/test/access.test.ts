import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readOrMakeToken } from '../src/adapters/token-file.ts';
import { servedDocument } from '../src/index.ts';
import { buy, deposit, type Gateway, gatewayConfig, startGateway, TOKEN } from './gateway.ts';

const READER = 'reader-token-0123456789-0123456789-0123';
const TRADER = 'trader-token-0123456789-0123456789-0123';

describe('who may do what', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway({
      gateway: {
        tokens: [
          { name: 'all', token: TOKEN, accounts: ['*'], actions: ['*'] },
          { name: 'reader', token: READER, accounts: ['other'], actions: ['orders.read'] },
          {
            name: 'trader',
            token: TRADER,
            accounts: ['main'],
            actions: ['orders.submit', 'orders.cancel'],
          },
        ],
      },
    });
    await deposit(gateway.stores.state, { venue: 'alpha', asset: 'USDT', amount: '5000' });
  });
  afterAll(() => gateway.close());

  const as = (token: string) => ({ authorization: `Bearer ${token}` });

  it('lets nobody in without a token that allows the action, on any route', async () => {
    const named = gateway.running.served.filter(({ action }) => action !== 'public');
    expect(named.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([
      'DELETE /orders/:id',
      'GET /balances',
      'GET /orders',
      'GET /orders/:id',
      'POST /orders',
      'POST /orders/batch',
      'PUT /orders/:id',
    ]);
    for (const { method, path, action } of named) {
      const place = path.replace(':id', 'some-order');
      const body = method === 'POST' || method === 'PUT' ? {} : undefined;
      for (const wrong of ['Bearer wrong', 'Bearer ', 'Basic abc', TOKEN]) {
        const answer = await gateway.call(method, place, body, { authorization: wrong });
        expect({ method, path, status: answer.status }).toEqual({ method, path, status: 401 });
        expect(answer.headers.get('www-authenticate')).toBe('Bearer');
      }
      const token = action === 'orders.read' ? TRADER : READER;
      const answer = await gateway.call(method, place, body, as(token));
      expect({ method, path, status: answer.status }).toEqual({ method, path, status: 403 });
      expect(answer.body.error.code).toBe('REQUEST_FORBIDDEN');
    }
  });

  it('shows an account and its orders to those alone who own it', async () => {
    const taken = await gateway.call('POST', '/orders', buy(), as(TRADER));
    expect(taken.status).toBe(201);
    const path = `/orders/${taken.body.order.orderId}`;
    const hidden = await gateway.call('GET', path, undefined, as(READER));
    expect(hidden.body.error.code).toBe('ORDER_UNKNOWN');
    const list = await gateway.call('GET', '/orders?accountId=main', undefined, as(READER));
    expect(list.body.error).toMatchObject({ code: 'REQUEST_FORBIDDEN', field: 'accountId' });
    const own = await gateway.call('GET', '/orders?accountId=other', undefined, as(READER));
    expect(own.body.orders).toEqual([]);
    const foreign = await gateway.call('POST', '/orders', buy({ accountId: 'other' }), as(TRADER));
    expect(foreign.body.error).toMatchObject({ code: 'REQUEST_FORBIDDEN', field: 'accountId' });
  });

  it('needs a permission of its own for orders that pass a halt', async () => {
    const request = buy({ purpose: 'unwind', quantity: '0.001' });
    const refused = await gateway.call('POST', '/orders', request, as(TRADER));
    expect(refused.body.error).toMatchObject({ code: 'REQUEST_FORBIDDEN', field: 'purpose' });
    expect((await gateway.call('POST', '/orders', request)).status).toBe(201);
  });

  it('describes itself to everybody, by the schemas that it validates with', async () => {
    const answer = await fetch(`${gateway.url}/openapi.json`);
    const document = (await answer.json()) as Record<string, Record<string, object>>;
    expect(document).toMatchObject({ openapi: '3.1.0' });
    const { paths = {}, components = {} } = document;
    const described = Object.entries(paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const served = gateway.running.served.map(
      ({ method, path }) => `${method} ${path.replace(':id', '{id}')}`,
    );
    expect(described.sort()).toEqual(served.sort());
    expect(components).toMatchObject({
      schemas: {
        SubmitOrder: { additionalProperties: false, required: expect.arrayContaining(['venue']) },
        SubmitBatch: { properties: { orders: { items: { $ref: '#/components/schemas/Leg' } } } },
        Order: { type: 'object' },
        Problem: { type: 'object' },
      },
    });
    // What docs/reference is generated from.
    expect(document).toEqual(servedDocument());
    const text = JSON.stringify(document);
    expect(text).not.toContain('$id');
    const referred = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, id]) => id);
    const { schemas = {} } = components as Record<string, object>;
    for (const id of referred) expect(Object.keys(schemas)).toContain(id);
  });
});

describe('the token that the first start makes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ats-token-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'deep', 'gateway-token');

  it('is kept for its owner alone, and across starts', () => {
    const first = readOrMakeToken(path);
    expect(first.made).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const text = first.token.token.reveal();
    expect(readFileSync(path, 'utf8')).toBe(`${text}\n`);
    expect(text).toHaveLength(43);
    const second = readOrMakeToken(path);
    expect(second.made).toBe(false);
    expect(second.token.token.reveal()).toBe(text);
  });

  it('opens a gateway that has no other', async () => {
    const gateway = await startGateway({ gateway: { tokens: [], tokenFile: path } });
    const token = readFileSync(path, 'utf8').trim();
    const headers = { authorization: `Bearer ${token}` };
    expect((await gateway.call('GET', '/orders', undefined, headers)).status).toBe(200);
    expect(JSON.stringify(gateway.logger.lines)).not.toContain(token);
    expect((await gateway.call('GET', '/orders')).status).toBe(401);
    await gateway.close();
  });

  it('is not taken from a file that others can read, or that holds something else', () => {
    const open = join(folder, 'open');
    writeFileSync(open, readFileSync(path), { mode: 0o644 });
    expect(() => readOrMakeToken(open)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
    const empty = join(folder, 'empty');
    writeFileSync(empty, '', { mode: 0o600 });
    expect(() => readOrMakeToken(empty)).toThrow('does not hold a secret');
  });

  it('prints as stars, and a token too short is not repeated', () => {
    const { gateway } = gatewayConfig();
    expect(JSON.stringify(gateway.tokens)).not.toContain(TOKEN);
    expect(String(gateway.tokens[0]?.token)).toBe('***');
    const short = [{ name: 'a', token: 'short-secret', accounts: ['*'], actions: ['*'] }];
    expect(() => gatewayConfig({ tokens: short })).toThrow('32 characters');
    expect(() => gatewayConfig({ tokens: short })).not.toThrow('short-secret');
  });
});
