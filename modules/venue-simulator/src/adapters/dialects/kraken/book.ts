import { crc32 } from 'node:zlib';
import type { Side } from '@ats/domain';
import type { DepthWindow } from '../shared/depth-window.ts';
import { checksumDigits } from '../shared/numbers.ts';

/** Book depths that can be subscribed to. */
export const BOOK_DEPTHS: readonly number[] = [10, 25, 100, 500, 1000];
const CHECKSUM_LEVELS = 10;

function sideDigits(window: DepthWindow, side: Side): string {
  let text = '';
  const depth = Math.min(CHECKSUM_LEVELS, window.depth(side));
  for (let index = 0; index < depth; index += 1) {
    text += checksumDigits(window.priceText(side, index));
    text += checksumDigits(window.sizeText(side, index));
  }
  return text;
}

/**
 * CRC32 over the best ten asks, then the best ten bids: price and size without the point and
 * leading zeros. Source: docs.kraken.com, "Book checksum".
 */
export function bookChecksum(window: DepthWindow): number {
  return crc32(sideDigits(window, 'ask') + sideDigits(window, 'bid'));
}
