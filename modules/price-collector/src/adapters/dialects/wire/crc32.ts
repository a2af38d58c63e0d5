const POLYNOMIAL = 0xedb88320;
const TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit += 1) {
    remainder = remainder & 1 ? (remainder >>> 1) ^ POLYNOMIAL : remainder >>> 1;
  }
  return remainder;
});
/** The start of a running CRC-32; `~` of the running value is the checksum, as a signed integer. */
export const CRC32_START = -1;

/** A running CRC-32 (IEEE 802.3) with one more byte. */
export function crc32Add(running: number, byte: number): number {
  return (running >>> 8) ^ (TABLE[(running ^ byte) & 0xff] as number);
}

/** A running CRC-32 with the characters of a Latin-1 text added. */
export function crc32AddText(running: number, text: string): number {
  let crc = running;
  for (let at = 0; at < text.length; at += 1) crc = crc32Add(crc, text.charCodeAt(at));
  return crc;
}

/**
 * The checksum that becomes 0, that of no bytes, when `byte` follows: texts that all begin with a
 * separator are joined from here on as if the first had none.
 */
export function crc32Before(byte: number): number {
  // Each entry of the table has a first byte of its own.
  const entry = TABLE.findIndex((one) => one >>> 24 === 0xff);
  const running = (~(TABLE[entry] as number) << 8) | ((entry ^ byte) & 0xff);
  return ~running;
}

const SHIFTS: (Int32Array | undefined)[] = [];

/**
 * The checksum of a text followed by `length` bytes whose own checksum is then XORed in:
 * crc(a + b) = shift(crc(a), length of b) ^ crc(b). CRC-32 is linear, so a table per length does
 * in four look-ups what walking the bytes does in `length`. Lengths are bounded by the caller.
 */
export function crc32Shift(checksum: number, length: number): number {
  const table = SHIFTS[length] ?? shiftTable(length);
  return (
    (table[checksum & 0xff] as number) ^
    (table[256 + ((checksum >>> 8) & 0xff)] as number) ^
    (table[512 + ((checksum >>> 16) & 0xff)] as number) ^
    (table[768 + (checksum >>> 24)] as number)
  );
}

function shiftTable(length: number): Int32Array {
  const table = new Int32Array(1024);
  for (let entry = 0; entry < 1024; entry += 1) {
    let shifted = (entry & 0xff) << (8 * (entry >>> 8));
    for (let byte = 0; byte < length; byte += 1) {
      shifted = (shifted >>> 8) ^ (TABLE[shifted & 0xff] as number);
    }
    table[entry] = shifted;
  }
  SHIFTS[length] = table;
  return table;
}
