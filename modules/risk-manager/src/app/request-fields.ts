import { AtsError } from '@ats/domain';

/** Longest reason or actor taken, in characters. */
const TEXT_LENGTH_MAX = 500;

/** What a person must say. @throws RPC_INVALID_ARGUMENT */
export function requiredText(field: string, text: string): string {
  if (text.trim() !== '' && text.length <= TEXT_LENGTH_MAX) return text;
  const shown = text.slice(0, 50);
  throw new AtsError({
    code: 'RPC_INVALID_ARGUMENT',
    message: `${field} is "${shown}", expected 1 to ${TEXT_LENGTH_MAX} characters`,
    remedy: `Say ${field === 'actor' ? 'who asks' : 'why'}, for the record.`,
    context: { field, value: shown },
  });
}
