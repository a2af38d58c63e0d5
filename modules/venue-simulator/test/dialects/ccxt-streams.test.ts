import { until } from '@ats/testkit';
import type { Balances, Order, Trade } from 'ccxt';
import { DemoClients } from './demo-clients.ts';
import { type Client, PRIVATE_CASES, type PrivateCase } from './private-cases.ts';

let demo: DemoClients;

beforeAll(async () => {
  demo = await DemoClients.start();
});

afterAll(() => demo.close());

/** What a client has heard, as its own calls give it. */
class Heard {
  orders: readonly Order[] = [];
  trades: readonly Trade[] = [];
  balances: Balances | undefined;
  private open = true;

  constructor(client: Client) {
    const { has } = client;
    const watch = (name: string, once: () => Promise<void>): void => {
      if (has[name] === true) void this.repeat(once);
    };
    watch('watchOrders', async () => {
      this.orders = await client.watchOrders();
    });
    watch('watchMyTrades', async () => {
      this.trades = await client.watchMyTrades();
    });
    watch('watchBalance', async () => {
      this.balances = await client.watchBalance();
    });
  }

  close(): void {
    this.open = false;
  }

  /** What the newest report of an order says of it. */
  statusOf(id: string): string | undefined {
    return this.orders.findLast((order) => order.id === id)?.status;
  }

  /** The client throws when it is closed. */
  private async repeat(once: () => Promise<void>): Promise<void> {
    while (this.open) await once().catch(() => this.close());
  }
}

const ticked = (price: number, { tick }: PrivateCase): number =>
  Number((Math.round(price / tick) * tick).toFixed(2));

async function bestOf(client: Client, symbol: string): Promise<{ bid: number; ask: number }> {
  const book = await client.fetchOrderBook(symbol, 25);
  return { bid: Number(book.bids[0]?.[0]), ask: Number(book.asks[0]?.[0]) };
}

/** An order that rests far below the market. */
async function rest(client: Client, one: PrivateCase): Promise<string> {
  const { bid } = await bestOf(client, one.symbol);
  const price = ticked(bid * 0.8, one);
  const { id } = await one.place(client, { type: 'limit', side: 'buy', amount: one.amount, price });
  return id;
}

/** Not every venue says when a subscription is in force: an order that is heard of does. */
async function subscribed(client: Client, one: PrivateCase, heard: Heard): Promise<string> {
  for (let tries = 0; tries < 10; tries += 1) {
    const id = await rest(client, one);
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

    const { ask } = await bestOf(client, one.symbol);
    const taken = await one.place(client, {
      type: 'limit',
      side: 'buy',
      amount: one.amount,
      price: ticked(ask * 1.02, one),
      params: { timeInForce: 'IOC' },
    });
    await until(() => ['closed', 'canceled'].includes(heard.statusOf(taken.id) ?? ''), {
      what: 'the end of the order',
    });
    const fetched = await one.tradesOf(client, taken.id);
    if (client.has['watchMyTrades'] === true) {
      const own = () => heard.trades.filter(({ order }) => order === taken.id);
      await until(() => own().length === fetched.length, { what: 'the trades' });
      const figures = (trades: readonly Pick<Trade, 'price' | 'amount'>[]): string[] =>
        trades.map(({ price, amount }) => `${plain(price)} ${plain(amount)}`).sort();
      expect(figures(own())).toEqual(figures(fetched));
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
    expect(demo.accountOf(one.id).openOrders).toEqual([]);
  });
});
