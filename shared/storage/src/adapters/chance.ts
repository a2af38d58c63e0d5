import { randomBytes } from 'node:crypto';

/**
 * Chance for what only a server outside this process ever sees: tokens of requests and the jitter
 * of their repetitions. No simulation reaches these adapters, so nothing here has to replay.
 */
export function requestToken(): string {
  return randomBytes(18).toString('hex');
}

/** @returns a number in [0, 1). */
export function jitter(): number {
  return randomBytes(4).readUInt32BE() / 2 ** 32;
}
