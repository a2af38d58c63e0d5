import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import {
  type Approval,
  accountId,
  Decimal,
  type InstrumentId,
  requestId,
  venueId,
} from '@ats/domain';
import { z } from 'zod';

const VERSION = 'a2';
/** Sixteen legs with the longest names fit; nothing longer is looked at. */
const TEXT_LENGTH_MAX = 16_384;

const decimal = z.string().max(64).transform(Decimal.parse);
const legSchema = z.tuple([
  z.string().transform(venueId),
  z.string().transform((text) => text as InstrumentId),
  z.enum(['buy', 'sell']),
  decimal,
  decimal,
]);
const bodySchema = z.tuple([
  z.string().transform(accountId),
  z.string().transform(requestId),
  z.int().min(0),
  z.int(),
  z.int(),
  z.array(legSchema),
]);

const macOf = (key: KeyObject, signed: string): Buffer =>
  createHmac('sha256', key).update(signed).digest();

/** Signs and checks approvals with one key, which risk and the order gateway share. */
export class ApprovalSeal {
  private readonly key: KeyObject;

  constructor(secret: string) {
    this.key = createSecretKey(Buffer.from(secret, 'utf8'));
  }

  /** @returns one line: version, contents as JSON, and the HMAC-SHA256 of both */
  sign({ accountId: account, requestId: request, epoch, legs, ...times }: Approval): string {
    const listed = legs.map(({ venue, instrument, side, quantity, price }) => {
      return [venue, instrument, side, quantity.toString(), price.toString()];
    });
    const { issuedAtUs, expiresAtUs } = times;
    const body = JSON.stringify([account, request, epoch, issuedAtUs, expiresAtUs, listed]);
    const signed = `${VERSION}.${body}`;
    return `${signed}.${macOf(this.key, signed).toString('base64url')}`;
  }

  /** @returns undefined for a text that this key has not signed; its time is not looked at */
  read(text: string): Approval | undefined {
    const end = text.lastIndexOf('.');
    if (text.length > TEXT_LENGTH_MAX || !text.startsWith(`${VERSION}.`) || end < 0) {
      return undefined;
    }
    const signed = text.slice(0, end);
    const expected = macOf(this.key, signed);
    const given = Buffer.from(text.slice(end + 1), 'base64url');
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
    return approvalOf(signed.slice(VERSION.length + 1));
  }
}

function approvalOf(body: string): Approval | undefined {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return undefined;
  }
  const parsed = bodySchema.safeParse(json);
  if (!parsed.success) return undefined;
  const [account, request, epoch, issuedAtUs, expiresAtUs, legs] = parsed.data;
  return {
    accountId: account,
    requestId: request,
    epoch,
    issuedAtUs,
    expiresAtUs,
    legs: legs.map(([venue, instrument, side, quantity, price]) => {
      return { venue, instrument, side, quantity, price };
    }),
  };
}
