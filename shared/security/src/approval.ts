import { hash, timingSafeEqual } from 'node:crypto';
import {
  type Approval,
  type ApprovedLeg,
  AtsError,
  accountId,
  Decimal,
  type InstrumentId,
  requestId,
  venueId,
} from '@ats/domain';

const VERSION = 'a1';
const SEPARATOR = ' ';
/** Version, account, request, issued, expires; then five for each order, and the signature. */
const HEAD = 5;
const LEG = 5;
/** Sixteen legs with the longest names fit; nothing longer is looked at. */
const TEXT_LENGTH_MAX = 16_384;
const WHOLE = /^\d{1,16}$/;

const BLOCK_BYTES = 64;
const INNER = 0x36;
const OUTER = 0x5c;

/** A key as HMAC-SHA256 mixes it into its two hashes (RFC 2104). */
interface HmacKey {
  readonly inner: Buffer;
  readonly outer: Buffer;
}

function hmacKeyOf(secret: string): HmacKey {
  const bytes = Buffer.from(secret, 'utf8');
  const short = bytes.length > BLOCK_BYTES ? hash('sha256', bytes, 'buffer') : bytes;
  const padded = Buffer.concat([short, Buffer.alloc(BLOCK_BYTES - short.length)]);
  const mixed = (by: number): Buffer => Buffer.from(padded.map((byte) => byte ^ by));
  return { inner: mixed(INNER), outer: mixed(OUTER) };
}

/** HMAC-SHA256. Node's own makes a stream of each, which takes five times as long. */
function macOf({ inner, outer }: HmacKey, signed: string): string {
  const first = hash('sha256', Buffer.concat([inner, Buffer.from(signed, 'utf8')]), 'buffer');
  return hash('sha256', Buffer.concat([outer, first]), 'base64url');
}

/** Signs and checks approvals with one key, which risk and the order gateway share. */
export class ApprovalSeal {
  private readonly key: HmacKey;

  constructor(secret: string) {
    this.key = hmacKeyOf(secret);
  }

  /**
   * @returns a compact text: version, contents and their HMAC-SHA256, with spaces between. No name
   * has one; an approval with a name that has is signed and read by nobody.
   */
  sign({
    accountId: account,
    requestId: request,
    legs,
    issuedAtUs,
    expiresAtUs,
  }: Approval): string {
    let signed = `${VERSION} ${account} ${request} ${issuedAtUs} ${expiresAtUs}`;
    for (const { venue, instrument, side, quantity, price } of legs) {
      signed += ` ${venue} ${instrument} ${side} ${quantity.toString()} ${price.toString()}`;
    }
    return `${signed} ${macOf(this.key, signed)}`;
  }

  /** @returns undefined for a text that this key has not signed; its time is not looked at */
  read(text: string): Approval | undefined {
    const end = text.lastIndexOf(SEPARATOR);
    if (text.length > TEXT_LENGTH_MAX || end < 0) return undefined;
    const signed = text.slice(0, end);
    const [expected, given] = [macOf(this.key, signed), text.slice(end + 1)].map((mac) =>
      Buffer.from(mac, 'latin1'),
    ) as [Buffer, Buffer];
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
    return approvalOf(signed.split(SEPARATOR));
  }
}

function approvalOf(parts: readonly string[]): Approval | undefined {
  const [version, account = '', request = '', issued = '', expires = ''] = parts;
  const whole = (parts.length - HEAD) % LEG === 0 && WHOLE.test(issued) && WHOLE.test(expires);
  if (version !== VERSION || !whole) return undefined;
  const legs: ApprovedLeg[] = [];
  for (let from = HEAD; from < parts.length; from += LEG) {
    const leg = legOf(parts.slice(from, from + LEG));
    if (leg === undefined) return undefined;
    legs.push(leg);
  }
  return {
    accountId: accountId(account),
    requestId: requestId(request),
    issuedAtUs: Number(issued),
    expiresAtUs: Number(expires),
    legs,
  };
}

function legOf(parts: readonly string[]): ApprovedLeg | undefined {
  const [venue = '', instrument = '', side, quantity = '', price = ''] = parts;
  if (side !== 'buy' && side !== 'sell') return undefined;
  try {
    return {
      ...{ venue: venueId(venue), instrument: instrument as InstrumentId, side },
      ...{ quantity: Decimal.parse(quantity), price: Decimal.parse(price) },
    };
  } catch (error) {
    // A text that was signed by an older version, say.
    if (error instanceof AtsError) return undefined;
    throw error;
  }
}
