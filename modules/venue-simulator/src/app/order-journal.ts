import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import type { Clock } from '@ats/runtime';
import type { AccountOrder } from '../domain/accounts/orders.ts';
import type { SimulatedMarket } from '../domain/simulated-market.ts';

/**
 * Notes each order of an account as it meets its market, with every order of the other side that
 * it may take, best first, one line of JSON each: what a replay needs to match it again by itself.
 * Amounts are texts, times are microseconds since the epoch. Written behind: nobody waits for it,
 * and a disk that fails ends the journal, not the exchange.
 */
export class OrderJournal {
  private readonly file: ReturnType<typeof createWriteStream>;

  private readonly clock: Clock;

  constructor({ path, clock }: { readonly path: string; readonly clock: Clock }) {
    this.clock = clock;
    this.file = createWriteStream(path, { flags: 'a' });
    this.file.on('error', () => undefined);
  }

  enter(venue: string, order: AccountOrder, market: SimulatedMarket): void {
    const { listing, engine, prices, sizes } = market;
    const isBuy = order.side === 'bid';
    const limit = order.price === undefined ? undefined : prices.nearest(order.price.toNumber());
    const orders: (readonly [price: string, size: string])[] = [];
    engine.forEachOrder(isBuy ? 'ask' : 'bid', ({ priceTicks, lots }) => {
      const isBeyond = limit !== undefined && (isBuy ? priceTicks > limit : priceTicks < limit);
      if (!isBeyond) orders.push([prices.text(priceTicks), sizes.text(lots)]);
    });
    const line = {
      ...{ venue, instrument: listing.instrument, atUs: this.clock.nowUs() },
      clientOrderId: order.clientOrderId ?? '',
      side: isBuy ? 'buy' : 'sell',
      price: order.price === undefined ? '' : String(order.price),
      quantity: String(order.quantity),
      orders,
    };
    this.file.write(`${JSON.stringify(line)}\n`);
  }

  async close(): Promise<void> {
    if (this.file.errored !== null) return;
    this.file.end();
    await finished(this.file).catch(() => undefined);
  }
}
