import { hash, timingSafeEqual } from 'node:crypto';
import type { Secret } from '@ats/domain';

/** Everything that can be allowed. A route or channel names one; what none names is denied. */
export const ACTIONS = [
  'orders.submit',
  /** Orders that undo exposure: they pass a halt. */
  'orders.unwind',
  'orders.replace',
  'orders.cancel',
  'orders.read',
  'balances.read',
  'market.read',
] as const;

export type Action = (typeof ACTIONS)[number];

/** A bearer token and what it allows; `*` stands for all. */
export interface Token {
  readonly name: string;
  readonly token: Secret;
  readonly accounts: readonly string[];
  readonly actions: readonly (Action | '*')[];
}

/** Who asks, as the token says. */
export interface Principal {
  /** A person who has logged in, or a program with a token of the configuration. */
  readonly kind: 'user' | 'service';
  readonly name: string;
  readonly role: string;
  /** Empty for a token of the configuration. */
  readonly sessionId: string;
  /** Until when it may; for ever unless said. Microseconds since the epoch. */
  readonly expiresAtUs?: number;
  may(action: Action): boolean;
  owns(accountId: string): boolean;
}

const digestOf = (text: string): Buffer => hash('sha256', text, 'buffer');

function principalOf({ name, accounts, actions }: Token): Principal {
  const accountSet = new Set(accounts);
  const actionSet = new Set<string>(actions);
  return {
    ...{ kind: 'service', name, role: 'token', sessionId: '' },
    may: (action) => actionSet.has('*') || actionSet.has(action),
    owns: (accountId) => accountSet.has('*') || accountSet.has(accountId),
  };
}

/** Finds out who a bearer is. Digests are compared, in a time that says nothing of them. */
export class TokenBook {
  private readonly known: readonly { readonly digest: Buffer; readonly principal: Principal }[];

  constructor(tokens: readonly Token[]) {
    this.known = tokens.map((token) => {
      return { digest: digestOf(token.token.reveal()), principal: principalOf(token) };
    });
  }

  /** @returns undefined for a text that is no known token; every token is always compared */
  find(text: string): Principal | undefined {
    const presented = digestOf(text);
    let found: Principal | undefined;
    for (const { digest, principal } of this.known) {
      if (timingSafeEqual(digest, presented)) found = principal;
    }
    return found;
  }
}

const BEARER = /^bearer ([!-~]{1,512})$/i;

/** @returns the token of an `authorization` header, if it holds one */
export function bearerToken(header: string | undefined): string | undefined {
  return header === undefined ? undefined : BEARER.exec(header)?.[1];
}
