import { Secret } from '@ats/domain';
import { readOrMakeSecret } from '@ats/security';
import type { Token } from '../domain/permissions.ts';

/** A token that allows everything, and whether it was made just now. */
export interface GeneratedToken {
  readonly token: Token;
  readonly made: boolean;
}

/** Reads the token that an earlier start made, or makes one. @throws CONFIG_INVALID */
export function readOrMakeToken(path: string): GeneratedToken {
  const { text, made } = readOrMakeSecret({
    path,
    field: 'gateway.tokenFile',
    remedy: 'Remove the file to have a new token made, or configure gateway.tokens.',
  });
  const token = { name: 'generated', token: new Secret(text), accounts: ['*'] };
  return { token: { ...token, actions: ['*'] }, made };
}
