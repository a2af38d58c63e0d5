import { AtsError } from '@ats/domain';
import { actsFor, type CallContext, type Caller } from '@ats/runtime';
import type { AccessRule } from './method-rules.ts';

/** Every account that a request names, also within other messages; empty where it may be any. */
function accountsIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(accountsIn);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === 'accountId' && typeof inner === 'string' ? [inner] : accountsIn(inner),
  );
}

const ALL = '*';

/** Whether a caller may act for every account there is. */
export const actsForAll = (caller: Caller): boolean => actsFor(caller, ALL);

/** The first account of a request that its caller may not act for; `*` if that is all. */
export function foreignAccount(
  caller: Caller,
  request: unknown,
  { accounts }: Pick<AccessRule, 'accounts'>,
): string | undefined {
  if (actsForAll(caller)) return undefined;
  if (accounts === 'all') return ALL;
  const named = accountsIn(request);
  return named.find((one) => !(accounts === 'own' && one === '') && !actsFor(caller, one));
}

export function accountForbidden({ name, accounts }: Caller, accountId: string): AtsError {
  const one = accountId !== '' && accountId !== ALL;
  const asked = one ? `account ${accountId.slice(0, 64)}` : 'all accounts';
  return new AtsError({
    code: 'REQUEST_FORBIDDEN',
    message: `${name} may not act for ${asked}`,
    remedy: `Name one of ${accounts.join(', ')}, or ask an administrator for the account.`,
    context: { field: 'account_id', value: accountId.slice(0, 64) },
  });
}

/** For what acts for an account that its request does not name. @throws REQUEST_FORBIDDEN */
export function mustActFor(context: CallContext, accountId: string): void {
  if (!context.mayActFor(accountId)) throw accountForbidden(context.caller, accountId);
}
