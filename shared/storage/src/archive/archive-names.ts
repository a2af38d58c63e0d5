import { AtsError } from '@ats/domain';
import { ARCHIVE_LIMITS } from '../archive.ts';

const PART = /^[A-Za-z0-9=_+-][A-Za-z0-9.=_+-]*$/;
const PART_BYTES_MAX = 200;

function invalid(field: string, message: string, value: unknown): AtsError {
  return new AtsError({
    code: 'STORAGE_INPUT_INVALID',
    message: `${field}: ${message}`,
    remedy: 'Mend the caller: ARCHIVE_LIMITS and the rules of names say what an archive takes.',
    context: { field, value },
  });
}

/** @throws STORAGE_INPUT_INVALID for a name that an archive could not keep everywhere */
export function checkName(name: string): void {
  const fits = name.split('/').every((part) => part.length <= PART_BYTES_MAX && PART.test(part));
  if (fits && name.length <= ARCHIVE_LIMITS.nameBytesMax) return;
  throw invalid('name', `"${name}" is not a name of an object`, name);
}

/** @throws STORAGE_INPUT_INVALID */
export function checkSize(bytes: Uint8Array): void {
  const { objectBytesMax } = ARCHIVE_LIMITS;
  if (bytes.byteLength <= objectBytesMax) return;
  const message = `an object of ${bytes.byteLength} bytes, more than ${objectBytesMax}`;
  throw invalid('bytes', message, bytes.byteLength);
}
