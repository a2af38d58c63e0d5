import { ACCESS_SERVICE } from '@ats/contracts';
import { Secret } from '@ats/domain';
import type { RpcDirectory } from '@ats/runtime';
import type { Account } from './open-connector.ts';

const DEADLINE_MS = 5000;

/** Keys in the vault of the access service. Without an answer of it there is none. */
export function vaultKeys(rpc: RpcDirectory): (venue: string) => Promise<Account | undefined> {
  return async (venue) => {
    const access = rpc.client(ACCESS_SERVICE);
    const key = await access.ReadExchangeKey({ venue }, { deadlineMs: DEADLINE_MS });
    if (!key.found) return undefined;
    const { passphrase } = key;
    const both = { apiKey: new Secret(key.apiKey), secret: new Secret(key.secret) };
    return passphrase === '' ? both : { ...both, passphrase: new Secret(passphrase) };
  };
}
