import { randomBytes } from 'node:crypto';
import type { Entropy } from '../entropy.ts';

/** The operating system's generator. */
export const systemEntropy: Entropy = { bytes: (count) => randomBytes(count) };
