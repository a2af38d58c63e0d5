/** Where keys, salts and ids come from. Injected, so that a test can bring its own. */
export interface Entropy {
  /** @returns so many bytes that nobody can foresee */
  bytes(count: number): Buffer;
}

/** @returns an id of 96 bits in base64url, 16 characters */
export const newId = (entropy: Entropy): string => entropy.bytes(12).toString('base64url');
