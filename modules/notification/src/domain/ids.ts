import { createHash } from 'node:crypto';

/** 32 hexadecimal digits that follow from the parts alone. */
export function idOf(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}
