import type { VenuePush } from '../../app/venue-connector.ts';
import type { VenueFill } from '../../domain/venue-facts.ts';
import type { CcxtClient, CcxtTrade } from './ccxt-client.ts';

export interface WatchOptions {
  readonly client: () => CcxtClient;
  readonly sleep: (delayMs: number) => Promise<void>;
  readonly isClosed: () => boolean;
  readonly onPush: (push: VenuePush) => void;
  /** @returns undefined when the push does not tell a whole fill */
  readonly fillOf: (trade: CcxtTrade) => VenueFill | undefined;
}

const RETRY_MS = { first: 250, last: 30_000 };

/**
 * Listens to what the venue pushes of the account, where ccxt can: orders and trades, each in a
 * loop of its own that goes on after a failure. Nothing depends on it.
 */
export function watchAccount(options: WatchOptions): void {
  const up = new Set<string>();
  const mark = (name: string, isUp: boolean, detail: string): void => {
    const before = up.size > 0;
    if (isUp) up.add(name);
    else up.delete(name);
    const after = up.size > 0;
    if (before === after) return;
    options.onPush(after ? { kind: 'connected' } : { kind: 'lost', detail });
  };
  const { has } = options.client();
  if (has['watchOrders'] === true) {
    void watch({ ...options, mark, name: 'orders' }, async (client) => {
      for (const { id, clientOrderId } of (await client.watchOrders?.()) ?? []) {
        if (id === undefined) continue;
        options.onPush({ kind: 'order', venueOrderId: id, clientOrderId });
      }
    });
  }
  if (has['watchMyTrades'] === true) {
    void watch({ ...options, mark, name: 'trades' }, async (client) => {
      for (const trade of (await client.watchMyTrades?.()) ?? []) {
        const fill = options.fillOf(trade);
        if (fill !== undefined) options.onPush({ kind: 'fill', fill });
        else if (trade.order !== undefined) {
          options.onPush({ kind: 'order', venueOrderId: trade.order, clientOrderId: undefined });
        }
      }
    });
  }
}

interface Loop extends WatchOptions {
  readonly name: string;
  readonly mark: (name: string, isUp: boolean, detail: string) => void;
}

async function watch(loop: Loop, next: (client: CcxtClient) => Promise<void>): Promise<void> {
  let delayMs = RETRY_MS.first;
  while (!loop.isClosed()) {
    try {
      await next(loop.client());
      loop.mark(loop.name, true, '');
      delayMs = RETRY_MS.first;
    } catch (error) {
      const detail = error instanceof Error ? error.message.slice(0, 200) : String(error);
      loop.mark(loop.name, false, detail);
      await loop.sleep(delayMs);
      delayMs = Math.min(delayMs * 2, RETRY_MS.last);
    }
  }
}
