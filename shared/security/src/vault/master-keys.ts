import { createHash, createSecretKey } from 'node:crypto';
import { hashRawSync } from '@node-rs/argon2';
import { KEY_ID_BYTES, type MasterKey } from './envelope.ts';

/** RFC 9106, section 4, second recommended option: 64 MiB, three passes. */
const PASSPHRASE_COST = { memoryCost: 65_536, timeCost: 3, parallelism: 4, outputLen: 32 } as const;
const ARGON2ID = 2;

/** @param bytes 32 bytes. The id says nothing of them. */
export function masterKeyOf(bytes: Uint8Array): MasterKey {
  const digest = createHash('sha256').update('ats-vault-key-id').update(bytes).digest();
  return { id: digest.subarray(0, KEY_ID_BYTES).toString('hex'), key: createSecretKey(bytes) };
}

/** A key from a text that is secret already: 256 bits in base64url, or any longer secret. */
export const masterKeyOfText = (text: string): MasterKey =>
  masterKeyOf(createHash('sha256').update('ats-vault').update(text, 'utf8').digest());

/** A key from what a person can remember: argon2id. @param salt 16 bytes, kept beside the vault */
export function masterKeyOfPassphrase(passphrase: string, salt: Uint8Array): MasterKey {
  const bytes = hashRawSync(passphrase, { ...PASSPHRASE_COST, algorithm: ARGON2ID, salt });
  return masterKeyOf(bytes);
}
