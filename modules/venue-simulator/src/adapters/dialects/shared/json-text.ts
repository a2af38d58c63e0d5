import { Decimal } from '@ats/domain';
import { plain } from './private.ts';

/** JSON in which decimals are numbers with all their digits, as some exchanges send them. */
export function jsonText(value: unknown): string {
  if (value instanceof Decimal) return plain(value);
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([name, member]) => `${JSON.stringify(name)}:${jsonText(member)}`);
  return `{${members.join(',')}}`;
}
