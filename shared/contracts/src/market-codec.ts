import type { MarketEvent } from '@ats/domain';
import { readBookEvent, writeBookEvent } from './book-codec.ts';
import { wireCodec } from './codec.ts';
import { marketEventFromWire, marketEventToWire } from './market-mapper.ts';

const EVENTS = wireCodec('ats.marketdata.v1.MarketEvent');

/** The bytes of one `ats.marketdata.v1.MarketEvent`. Books, the hot kind, skip the wire object. */
export function encodeMarketEvent(event: MarketEvent): Uint8Array {
  const book = event.kind === 'book' ? writeBookEvent(event) : undefined;
  return book ?? EVENTS.encode(marketEventToWire(event));
}

/** @returns an event that owns its arrays. @throws MESSAGE_MALFORMED */
export function decodeMarketEvent(bytes: Uint8Array): MarketEvent {
  return readBookEvent(bytes) ?? marketEventFromWire(EVENTS.decode(bytes));
}
