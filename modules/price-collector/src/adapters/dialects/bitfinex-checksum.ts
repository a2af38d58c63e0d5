import type { OrderBook } from '@ats/domain';
import { crc32Append, SideChecksum } from './wire/side-checksum.ts';

const COLON = 58;
/** Levels of each side that the checksum covers. */
const LEVELS = 25;

/**
 * The signed CRC-32 that Bitfinex sends: bid and ask of each level in turn, price and amount
 * joined by colons, on the digits of the JSON, ask amounts with their minus.
 *
 * @see https://docs.bitfinex.com/docs/ws-websocket-checksum
 */
export class BitfinexChecksum {
  private readonly bids = new SideChecksum({
    levels: LEVELS,
    textOf: (side, index) => `${side.priceText(index)}:${side.sizeText(index)}`,
  });
  private readonly asks = new SideChecksum({
    levels: LEVELS,
    textOf: (side, index) => `${side.priceText(index)}:-${side.sizeText(index)}`,
  });

  /** @returns a signed 32-bit number */
  of(book: OrderBook): number {
    const { bids, asks } = this;
    bids.refresh(book.bids);
    asks.refresh(book.asks);
    const depth = Math.max(bids.depth, asks.depth);
    let total = 0;
    let isFirst = true;
    for (let index = 0; index < depth; index += 1) {
      if (index < bids.depth) {
        total = bids.extendBy(index, isFirst ? total : crc32Append(total, COLON));
        isFirst = false;
      }
      if (index < asks.depth) {
        total = asks.extendBy(index, isFirst ? total : crc32Append(total, COLON));
        isFirst = false;
      }
    }
    return total;
  }
}
