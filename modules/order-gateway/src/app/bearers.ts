import type { Logger } from '@ats/runtime';
import { type Permission, permissionsOf } from '@ats/security';
import type { Principal, TokenBook } from '../domain/permissions.ts';

/** Says who an access token of a person belongs to. */
export type Introspect = (token: string) => Promise<{
  readonly active: boolean;
  readonly name: string;
  readonly role: string;
  readonly sessionId: string;
  readonly accounts: readonly string[];
  readonly expiresAtUs: number;
}>;

/** Three parts, as RFC 7519 has it: tokens of the configuration have no points. */
const SIGNED = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** Who a bearer is: one of the configuration's tokens, or a person who has logged in. */
export class Bearers {
  private readonly tokens: TokenBook;
  private readonly introspect: Introspect;
  private readonly logger: Logger;

  constructor(parts: {
    readonly tokens: TokenBook;
    readonly introspect: Introspect;
    readonly logger: Logger;
  }) {
    this.tokens = parts.tokens;
    this.introspect = parts.introspect;
    this.logger = parts.logger;
  }

  /** @returns undefined for a text that is no good token */
  async find(text: string): Promise<Principal | undefined> {
    const known = this.tokens.find(text);
    if (known !== undefined || !SIGNED.test(text)) return known;
    try {
      const found = await this.introspect(text);
      return found.active ? principalOf(found) : undefined;
    } catch (error) {
      this.logger.warn('gateway.token_unchecked', 'nobody says who logs in', { error });
      return undefined;
    }
  }
}

function principalOf(found: Awaited<ReturnType<Introspect>>): Principal {
  const { name, role, sessionId, accounts, expiresAtUs } = found;
  const permissions = permissionsOf(role);
  return {
    ...{ kind: 'user', name, role, sessionId, expiresAtUs },
    may: (action: Permission) => permissions.has(action),
    owns: (accountId) => accounts.includes('*') || accounts.includes(accountId),
  };
}
