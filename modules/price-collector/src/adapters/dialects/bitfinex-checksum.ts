import type { OrderBook } from '@ats/domain';
import { crc32Before } from './wire/crc32.ts';
import { SideChecksum } from './wire/side-checksum.ts';

const COLON = 58;
const MINUS = 45;
/** Levels of each side that the checksum covers. */
const LEVELS = 25;
const START = crc32Before(COLON);

function sideChecksum(isBid: boolean): SideChecksum {
  return new SideChecksum({
    levels: LEVELS,
    isBare: false,
    measure: (text, side, index) => {
      text.add(COLON);
      text.addPrice(side, index);
      text.add(COLON);
      if (!isBid) text.add(MINUS);
      text.addSize(side, index);
    },
  });
}

/**
 * The signed CRC-32 that Bitfinex sends: bid and ask of each level in turn, price and amount
 * joined by colons, on the digits of the JSON, ask amounts with their minus.
 *
 * @see https://docs.bitfinex.com/docs/ws-websocket-checksum
 */
export class BitfinexChecksum {
  private readonly bids = sideChecksum(true);
  private readonly asks = sideChecksum(false);

  /** @returns a signed 32-bit number */
  of(book: OrderBook): number {
    const { bids, asks } = this;
    bids.refresh(book.bids);
    asks.refresh(book.asks);
    const depth = Math.max(bids.depth, asks.depth);
    let total = START;
    for (let index = 0; index < depth; index += 1) {
      if (index < bids.depth) total = bids.extendBy(index, total);
      if (index < asks.depth) total = asks.extendBy(index, total);
    }
    return depth === 0 ? 0 : total;
  }
}
