import { readFileSync } from 'node:fs';
import { z } from 'zod';

const orderView = z.object({
  orderId: z.string(),
  clientOrderId: z.string(),
  venue: z.string(),
  status: z.string(),
  cumulativeQuantity: z.string(),
  quantity: z.string(),
});
export type OrderView = z.output<typeof orderView>;

const page = z.object({ orders: z.array(orderView), next: z.string().nullable() });
const problem = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

/** What the gateway said; `unreachable` where nothing came back. */
export type GatewayAnswer =
  | { readonly kind: 'taken'; readonly order: OrderView }
  | { readonly kind: 'refused'; readonly status: number; readonly code: string; message: string }
  | { readonly kind: 'unreachable' };

const TIMEOUT_MS = 5000;

/** Orders from outside, over REST, as any program sends them: to each instance in turn. */
export class GatewayClient {
  private readonly urls: readonly string[];
  private readonly tokenFile: string;
  private readonly accounts: readonly string[];
  private turn = 0;

  constructor(options: {
    readonly urls: readonly string[];
    readonly tokenFile: string;
    /** Whose orders there are; `main` alone unless given. */
    readonly accounts?: readonly string[];
  }) {
    this.accounts = options.accounts ?? ['main'];
    this.urls = options.urls;
    this.tokenFile = options.tokenFile;
  }

  /** @returns undefined while the gateway does not answer, or does not know it */
  async order(orderId: string): Promise<OrderView | undefined> {
    const answer = await this.ask('GET', `/orders/${orderId}`);
    return answer.kind === 'taken' ? answer.order : undefined;
  }

  submit(order: Readonly<Record<string, unknown>>): Promise<GatewayAnswer> {
    return this.ask('POST', '/orders', order);
  }

  cancel(orderId: string, requestId: string): Promise<GatewayAnswer> {
    return this.ask('DELETE', `/orders/${orderId}?requestId=${requestId}`);
  }

  replace(orderId: string, terms: Readonly<Record<string, unknown>>): Promise<GatewayAnswer> {
    return this.ask('PUT', `/orders/${orderId}`, terms);
  }

  /** @returns undefined while the gateway does not answer */
  async openOrders(): Promise<readonly OrderView[] | undefined> {
    const found: OrderView[] = [];
    for (const account of this.accounts) {
      for (let after: string | undefined = ''; after !== undefined; ) {
        const query = `accountId=${account}&open=true&limit=200${after}`;
        const answer = await this.fetch('GET', `/orders?${query}`);
        if (answer === undefined || answer.status !== 200) return undefined;
        const { orders, next } = page.parse(answer.body);
        found.push(...orders);
        after = next === null ? undefined : `&after=${encodeURIComponent(next)}`;
      }
    }
    return found;
  }

  private async ask(method: string, path: string, body?: object): Promise<GatewayAnswer> {
    const answer = await this.fetch(method, path, body);
    if (answer === undefined) return { kind: 'unreachable' };
    const taken = z.object({ order: orderView }).safeParse(answer.body);
    if (taken.success) return { kind: 'taken', order: taken.data.order };
    const refused = problem.safeParse(answer.body);
    if (!refused.success) return { kind: 'unreachable' };
    return { kind: 'refused', status: answer.status, ...refused.data.error };
  }

  private async fetch(
    method: string,
    path: string,
    body?: object,
  ): Promise<{ readonly status: number; readonly body: unknown } | undefined> {
    try {
      this.turn += 1;
      const url = this.urls[this.turn % this.urls.length];
      const response = await fetch(`${url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${readFileSync(this.tokenFile, 'utf8').trim()}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      return { status: response.status, body: await response.json() };
    } catch {
      return undefined;
    }
  }
}
