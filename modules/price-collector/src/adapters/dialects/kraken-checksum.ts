import type { OrderBook } from '@ats/domain';
import { SideChecksum } from './wire/side-checksum.ts';

/** Levels of each side that Kraken's checksum covers, whatever the subscribed depth. */
const LEVELS = 10;

/** Price then size, both without the point and the zeros before the first other digit. */
function sideChecksum(): SideChecksum {
  return new SideChecksum({
    levels: LEVELS,
    isBare: true,
    measure: (text, side, index) => {
      text.addPrice(side, index);
      text.addSize(side, index);
    },
  });
}

/**
 * The CRC-32 that Kraken sends with a book: the ten best asks, then the ten best bids, on the
 * digits as they were sent. A side whose best levels an update did not reach keeps its share, and
 * of the other only levels that changed are walked again.
 *
 * @see https://docs.kraken.com/api/docs/guides/spot-ws-book-v2
 */
export class KrakenChecksum {
  private readonly asks = sideChecksum();
  private readonly bids = sideChecksum();
  private readsAll = true;
  /** Of the asks alone, and of both sides. */
  private askTotal = 0;
  private total = 0;

  /** A snapshot has replaced the book. */
  restart(): void {
    this.readsAll = true;
  }

  /**
   * The checksum of a book after one update.
   * @param changed the best price that the update named on each side
   * @returns an unsigned 32-bit number
   */
  of(book: OrderBook, changed: { readonly bestBid: number; readonly bestAsk: number }): number {
    // A side of fewer levels has no tenth price: NaN, which compares false.
    const asks = this.readsAll || !(changed.bestAsk > book.asks.price(LEVELS - 1));
    const bids = this.readsAll || !(changed.bestBid < book.bids.price(LEVELS - 1));
    this.readsAll = false;
    if (asks) {
      this.asks.refresh(book.asks);
      this.askTotal = this.asks.extend(0);
    }
    if (bids) this.bids.refresh(book.bids);
    if (asks || bids) this.total = this.bids.extend(this.askTotal) >>> 0;
    return this.total;
  }
}
