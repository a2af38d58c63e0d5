import { type RpcGuard, UNGUARDED } from '@ats/runtime';

/**
 * Admits everybody to everything, and knows people by tokens that are their names: for handlers
 * that look at the accounts of whoever calls.
 */
export const guardOfPeople = (accounts: Readonly<Record<string, readonly string[]>>): RpcGuard => ({
  ...UNGUARDED,
  identify({ authorization }) {
    if (authorization === undefined) return UNGUARDED.self;
    const name = authorization.replace('Bearer ', '');
    return { ...UNGUARDED.self, kind: 'user', name, accounts: accounts[name] ?? [] };
  },
});
