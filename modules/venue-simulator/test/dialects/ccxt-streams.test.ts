import { until } from '@ats/testkit';
import type { Order, Trade } from 'ccxt';
import { DemoClients, onTick } from './demo-clients.ts';
import type { Client, PrivateCase } from './private-case.ts';
import { PRIVATE_CASES } from './private-cases.ts';

let demo: DemoClients;

beforeAll(async () => {
  demo = await DemoClients.start();
});

afterAll(() => demo.close());

/**
 * Keeps a client watching. What a call returns may be behind what the client has heard since, so
 * the client's own state is what counts.
 */
class Heard {
  private readonly client: Client;
  private readonly returned = new Map<string, Trade>();
  private open = true;

  constructor(client: Client) {
    this.client = client;
    const watch = (name: string, once: () => Promise<unknown>): void => {
      if (client.has[name] === true) void this.repeat(once);
    };
    watch('watchOrders', () => client.watchOrders());
    watch('watchMyTrades', async () => {
      for (const trade of await client.watchMyTrades()) this.returned.set(String(trade.id), trade);
    });
    watch('watchBalance', () => client.watchBalance());
  }

  get trades(): readonly Trade[] {
    return (this.client.myTrades as readonly Trade[] | undefined) ?? [...this.returned.values()];
  }

  /** By asset, wherever the client keeps those of spot accounts. */
  get balances(): unknown {
    const held = this.client.balance as unknown as Record<string, unknown>;
    return held['spot'] ?? held['exchange'] ?? held;
  }

  close(): void {
    this.open = false;
  }

  /** What the newest report of an order says of it. */
  statusOf(id: string): string | undefined {
    const orders = (this.client.orders as readonly Order[] | undefined) ?? [];
    return orders.findLast((order) => order.id === id)?.status;
  }

  /** The client throws when it is closed. */
  private async repeat(once: () => Promise<unknown>): Promise<void> {
    while (this.open) await once().catch(() => this.close());
  }
}

/** Not every venue says when a subscription is in force: an order that is heard of does. */
async function subscribed(client: Client, one: PrivateCase, heard: Heard): Promise<string> {
  for (let tries = 0; tries < 10; tries += 1) {
    const id = await demo.rest(client, one);
    const seen = until(() => heard.statusOf(id) === 'open', { timeoutMs: 1000 });
    if (await seen.catch(() => false)) return id;
    await client.cancelOrder(id, one.symbol);
  }
  throw new Error('no order was ever heard of');
}

const plain = (value: unknown): string => String(Number(value));

describe.each(PRIVATE_CASES)('an unmodified ccxt pro client with keys of $id', (one) => {
  it('hears of its orders, trades and balances', async () => {
    const client = demo.open(one, 'pro');
    // ccxt opens ws:// only with the agents that this loads.
    await client.loadHttpProxyAgent();
    await client.loadMarkets();
    const heard = new Heard(client);
    const resting = await subscribed(client, one, heard);
    await client.cancelOrder(resting, one.symbol);
    await until(() => heard.statusOf(resting) === 'canceled', { what: 'the cancel' });

    const book = await client.fetchOrderBook(one.symbol, 25);
    const taken = await one.place(client, {
      type: 'limit',
      side: 'buy',
      amount: one.amount,
      price: onTick(Number(book.asks[0]?.[0]) * 1.02, one),
      params: { timeInForce: 'IOC' },
    });
    await until(() => ['closed', 'canceled'].includes(heard.statusOf(taken.id) ?? ''), {
      what: 'the end of the order',
    });
    const fetched = await one.tradesOf(client, taken.id);
    if (client.has['watchMyTrades'] === true) {
      const own = () => heard.trades.filter(({ order }) => order === taken.id);
      // Upbit's trades are kept nowhere in the client: of those that come together it tells one.
      const least = one.id === 'upbit' ? 1 : fetched.length;
      await until(() => own().length >= least, { what: 'the trades' });
      const figures = (trades: readonly Pick<Trade, 'price' | 'amount'>[]): string[] =>
        trades.map(({ price, amount }) => `${plain(price)} ${plain(amount)}`).sort();
      if (one.id !== 'upbit') expect(own().length).toBe(fetched.length);
      expect(figures(fetched)).toEqual(expect.arrayContaining(figures(own())));
    }
    if (client.has['watchBalance'] === true) {
      const asked = await client.fetchBalance();
      const totals = (balances: unknown): string[] =>
        [one.base, one.quote].map((asset) => {
          const { total } = (balances as Record<string, { total: unknown }>)[asset] ?? {};
          return plain(total);
        });
      await until(() => totals(heard.balances).join() === totals(asked).join(), {
        what: 'the balances',
      }).catch(() => {});
      expect(totals(heard.balances)).toEqual(totals(asked));
    }
    heard.close();
    expect((await demo.accountOf(one.id)).openOrders).toEqual([]);
  });
});
