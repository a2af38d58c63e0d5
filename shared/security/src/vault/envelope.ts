import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';
import type { Entropy } from '../entropy.ts';

/*
 * A sealed document: magic, version, id of the master key, then the data key under the master
 * key and the contents under the data key, both AES-256-GCM. Every byte before a ciphertext, and
 * the document's name, is authenticated with it: no flipped bit and no swapped file goes unseen.
 */
const MAGIC = Buffer.from('ATSV\x01', 'latin1');
const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
export const KEY_ID_BYTES = 8;

const WRAPPED_AT = MAGIC.length + KEY_ID_BYTES;
const WRAPPED_BYTES = NONCE_BYTES + KEY_BYTES + TAG_BYTES;
const CONTENTS_AT = WRAPPED_AT + WRAPPED_BYTES;

export interface MasterKey {
  /** `KEY_ID_BYTES` bytes in hex. */
  readonly id: string;
  readonly key: KeyObject;
}

function encrypt(
  parts: { readonly key: KeyObject | Uint8Array; readonly plain: Uint8Array; readonly aad: Buffer },
  entropy: Entropy,
): Buffer {
  const nonce = entropy.bytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, parts.key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(parts.aad);
  const body = Buffer.concat([cipher.update(parts.plain), cipher.final()]);
  return Buffer.concat([nonce, body, cipher.getAuthTag()]);
}

/** @returns undefined for what was not encrypted by this key, or was changed */
function decrypt(parts: {
  readonly key: KeyObject | Uint8Array;
  readonly sealed: Buffer;
  readonly aad: Buffer;
}): Buffer | undefined {
  const { key, sealed, aad } = parts;
  if (sealed.length < NONCE_BYTES + TAG_BYTES) return undefined;
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([
      decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)),
      decipher.final(),
    ]);
  } catch {
    return undefined;
  }
}

const aadOf = (name: string, head: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(name, 'utf8'), Buffer.of(0), head]);

/** Seals contents under a fresh data key. @param document its name is part of what is proved */
export function seal(
  document: { readonly name: string; readonly contents: Uint8Array },
  master: MasterKey,
  entropy: Entropy,
): Buffer {
  const { name, contents } = document;
  const dataKey = entropy.bytes(KEY_BYTES);
  const head = Buffer.concat([MAGIC, Buffer.from(master.id, 'hex')]);
  const wrapped = encrypt({ key: master.key, plain: dataKey, aad: aadOf(name, head) }, entropy);
  const opening = Buffer.concat([head, wrapped]);
  const body = encrypt({ key: dataKey, plain: contents, aad: aadOf(name, opening) }, entropy);
  dataKey.fill(0);
  return Buffer.concat([opening, body]);
}

/** @returns the id of the master key that a document names; undefined when it is none of ours */
export function masterKeyIdOf(sealed: Buffer): string | undefined {
  if (sealed.length < CONTENTS_AT || !sealed.subarray(0, MAGIC.length).equals(MAGIC)) {
    return undefined;
  }
  return sealed.subarray(MAGIC.length, WRAPPED_AT).toString('hex');
}

/** @returns undefined when the document was changed or belongs to another name or key */
export function unseal(
  document: { readonly name: string; readonly sealed: Buffer },
  master: MasterKey,
): Buffer | undefined {
  const { name, sealed } = document;
  if (masterKeyIdOf(sealed) !== master.id) return undefined;
  const wrapped = sealed.subarray(WRAPPED_AT, CONTENTS_AT);
  const head = sealed.subarray(0, WRAPPED_AT);
  const dataKey = decrypt({ key: master.key, sealed: wrapped, aad: aadOf(name, head) });
  if (dataKey === undefined) return undefined;
  const aad = aadOf(name, sealed.subarray(0, CONTENTS_AT));
  return decrypt({ key: dataKey, sealed: sealed.subarray(CONTENTS_AT), aad });
}
