import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import type { AccountOrder } from '../domain/accounts/orders.ts';
import type { SimulatedMarket } from '../domain/simulated-market.ts';

/**
 * Notes each order of an account as it meets its market, with the side of the book that it looks
 * at, one line of JSON each: what a replay needs to match the order again by itself. Amounts are
 * texts, times are microseconds since the epoch. Written behind: nobody waits for it.
 */
export class OrderJournal {
  private readonly file: ReturnType<typeof createWriteStream>;

  constructor(path: string) {
    this.file = createWriteStream(path, { flags: 'a' });
  }

  enter(venue: string, order: AccountOrder, { listing, book, nowUs }: SimulatedMarket): void {
    const side = book.side(order.side === 'bid' ? 'ask' : 'bid');
    const levels: (readonly [price: string, size: string])[] = [];
    for (let index = 0; index < side.depth; index += 1) {
      levels.push([side.priceText(index), side.sizeText(index)]);
    }
    const line = {
      ...{ venue, instrument: listing.instrument, atUs: nowUs },
      side: order.side === 'bid' ? 'buy' : 'sell',
      price: order.price === undefined ? '' : String(order.price),
      quantity: String(order.quantity),
      levels,
    };
    this.file.write(`${JSON.stringify(line)}\n`);
  }

  async close(): Promise<void> {
    this.file.end();
    await finished(this.file);
  }
}
