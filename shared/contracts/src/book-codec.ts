import type { BookTop, InstrumentId, VenueId } from '@ats/domain';

/**
 * Books in protobuf without an intermediate object: `MarketEvent { book = 1 }`, in which
 * `BookSnapshot` has strings 1 and 2, int64 3 to 6 and packed doubles 7 to 10. The reader takes
 * what the writer writes; it leaves anything else that protobuf allows (unknown fields, unpacked
 * or repeated parts) to the general codec by answering `undefined`.
 *
 * Source: https://protobuf.dev/programming-guides/encoding/
 */
const EVENT_TAG = (1 << 3) | 2;
const VENUE_TAG = (1 << 3) | 2;
const INSTRUMENT_TAG = (2 << 3) | 2;
const EXCHANGE_TIME_TAG = 3 << 3;
const RECEIVED_AT_TAG = 4 << 3;
const SEQUENCE_TAG = 5 << 3;
const BOOK_AT_TAG = 6 << 3;
const BID_PRICES_TAG = (7 << 3) | 2;
const BID_SIZES_TAG = (8 << 3) | 2;
const ASK_PRICES_TAG = (9 << 3) | 2;
const ASK_SIZES_TAG = (10 << 3) | 2;

/** Room before the body for the event's tag and the body's length. */
const HEAD = 6;
/** Bytes beside strings and levels: tags, lengths and four numbers of at most ten bytes. */
const FIXED_MAX = 128;
const LOW = 2 ** 28;

let scratch = Buffer.alloc(4096);
let view = new DataView(scratch.buffer, scratch.byteOffset, scratch.length);
let at = 0;

function reserve(bytes: number): void {
  if (bytes <= scratch.length) return;
  scratch = Buffer.alloc(2 * bytes);
  view = new DataView(scratch.buffer, scratch.byteOffset, scratch.length);
}

function writeSmall(value: number): void {
  let rest = value;
  while (rest > 127) {
    scratch[at++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  scratch[at++] = rest;
}

/** Writes a whole number of 0 up to 2^53; zero is left out, as proto3 does. */
function writeNumber(tag: number, value: number): void {
  if (value === 0) return;
  scratch[at++] = tag;
  let rest = value;
  while (rest >= LOW) {
    scratch[at++] = (rest % 128) | 128;
    rest = Math.floor(rest / 128);
  }
  writeSmall(rest);
}

function writeText(tag: number, text: string): void {
  if (text === '') return;
  scratch[at++] = tag;
  const lengthAt = at;
  at += 1;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code > 127) {
      writeWideText(lengthAt, text);
      return;
    }
    scratch[at++] = code;
  }
  if (text.length > 127) writeWideText(lengthAt, text);
  else scratch[lengthAt] = text.length;
}

function writeWideText(lengthAt: number, text: string): void {
  at = lengthAt;
  writeSmall(Buffer.byteLength(text));
  at += scratch.write(text, at);
}

function writeDoubles(tag: number, values: Float64Array, count: number): void {
  if (count === 0) return;
  scratch[at++] = tag;
  writeSmall(8 * count);
  for (let index = 0; index < count; index += 1) {
    view.setFloat64(at, values[index] as number, true);
    at += 8;
  }
}

/**
 * @returns the bytes of a `MarketEvent` that holds the book, owned by the caller, or `undefined`
 * for the general codec where a number is negative, which takes ten bytes and never happens.
 */
export function writeBookEvent(top: BookTop): Uint8Array | undefined {
  if (Math.min(top.exchangeTimeUs, top.receivedAtUs, top.sequence, top.bookAtUs) < 0) {
    return undefined;
  }
  const texts = 3 * (top.venue.length + top.instrument.length);
  reserve(HEAD + FIXED_MAX + texts + 16 * (top.bidCount + top.askCount));
  at = HEAD;
  writeText(VENUE_TAG, top.venue);
  writeText(INSTRUMENT_TAG, top.instrument);
  writeNumber(EXCHANGE_TIME_TAG, top.exchangeTimeUs);
  writeNumber(RECEIVED_AT_TAG, top.receivedAtUs);
  writeNumber(SEQUENCE_TAG, top.sequence);
  writeNumber(BOOK_AT_TAG, top.bookAtUs);
  writeDoubles(BID_PRICES_TAG, top.bidPrices, top.bidCount);
  writeDoubles(BID_SIZES_TAG, top.bidSizes, top.bidCount);
  writeDoubles(ASK_PRICES_TAG, top.askPrices, top.askCount);
  writeDoubles(ASK_SIZES_TAG, top.askSizes, top.askCount);
  const end = at;
  const length = end - HEAD;
  // The head is written right before the body once its length, and so the length's, is known.
  const start = HEAD - 1 - (length < 1 << 7 ? 1 : length < 1 << 14 ? 2 : length < 1 << 21 ? 3 : 4);
  at = start;
  scratch[at++] = EVENT_TAG;
  writeSmall(length);
  const bytes = Buffer.allocUnsafe(end - start);
  scratch.copy(bytes, 0, start, end);
  return bytes;
}

class BookReader {
  private readonly bytes: Buffer;
  private readonly view: DataView;
  private readonly end: number;
  at = 0;
  /** Set when the bytes are not what the writer writes. */
  strange = false;

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.isBuffer(bytes)
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.end = bytes.length;
  }

  /** Whether the next field is this one; steps over its tag. */
  has(tag: number): boolean {
    if (this.at >= this.end || this.bytes[this.at] !== tag) return false;
    this.at += 1;
    return true;
  }

  done(): boolean {
    return !this.strange && this.at === this.end;
  }

  varint(): number {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < 8; count += 1) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) break;
      value += (byte & 127) * scale;
      if (byte < 128) {
        if (value > Number.MAX_SAFE_INTEGER) this.strange = true;
        return value;
      }
      scale *= 128;
    }
    this.strange = true;
    return 0;
  }

  number(tag: number): number {
    return this.has(tag) ? this.varint() : 0;
  }

  text(tag: number): string {
    if (!this.has(tag)) return '';
    const start = this.advance(this.varint());
    return this.strange ? '' : this.bytes.toString('utf8', start, this.at);
  }

  doubles(tag: number): Float64Array {
    if (!this.has(tag)) return NONE;
    const length = this.varint();
    const start = this.advance(length);
    if (this.strange || length % 8 !== 0) {
      this.strange = true;
      return NONE;
    }
    const values = carve(length);
    for (let index = 0; index < values.length; index += 1) {
      values[index] = this.view.getFloat64(start + 8 * index, true);
    }
    return values;
  }

  /** Steps over `length` bytes. @returns where they start */
  private advance(length: number): number {
    const start = this.at;
    if (start + length > this.end) this.strange = true;
    else this.at += length;
    return start;
  }
}

const NONE = new Float64Array(0);

/**
 * Levels that are read are carved from slabs and never written again: allocating an array buffer
 * for each side would cost more than reading the book. A book that is kept keeps its slab.
 */
const SLAB_BYTES = 32 * 1024;
let slab = new ArrayBuffer(SLAB_BYTES);
let slabUsed = 0;

function carve(bytes: number): Float64Array {
  if (bytes > SLAB_BYTES / 8) return new Float64Array(bytes / 8);
  if (slabUsed + bytes > SLAB_BYTES) {
    slab = new ArrayBuffer(SLAB_BYTES);
    slabUsed = 0;
  }
  const values = new Float64Array(slab, slabUsed, bytes / 8);
  slabUsed += bytes;
  return values;
}

/** @returns the book, which owns its arrays, or `undefined` for the general codec to judge. */
export function readBookEvent(bytes: Uint8Array): BookTop | undefined {
  const reader = new BookReader(bytes);
  if (!reader.has(EVENT_TAG)) return undefined;
  if (reader.varint() !== bytes.length - reader.at) return undefined;
  const venue = reader.text(VENUE_TAG) as VenueId;
  const instrument = reader.text(INSTRUMENT_TAG) as InstrumentId;
  const exchangeTimeUs = reader.number(EXCHANGE_TIME_TAG);
  const receivedAtUs = reader.number(RECEIVED_AT_TAG);
  const sequence = reader.number(SEQUENCE_TAG);
  const bookAtUs = reader.number(BOOK_AT_TAG);
  const bidPrices = reader.doubles(BID_PRICES_TAG);
  const bidSizes = reader.doubles(BID_SIZES_TAG);
  const askPrices = reader.doubles(ASK_PRICES_TAG);
  const askSizes = reader.doubles(ASK_SIZES_TAG);
  if (!reader.done()) return undefined;
  if (bidPrices.length !== bidSizes.length || askPrices.length !== askSizes.length) {
    return undefined;
  }
  return {
    kind: 'book',
    venue,
    instrument,
    exchangeTimeUs,
    receivedAtUs,
    sequence,
    bookAtUs,
    bidCount: bidPrices.length,
    askCount: askPrices.length,
    bidPrices,
    bidSizes,
    askPrices,
    askSizes,
  };
}
