import type { CcxtClient } from './ccxt-client.ts';

type Ask = (params: object) => Promise<unknown>;

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null
    ? (value as Record<string, unknown>)[name]
    : undefined;

/** A row of Bitfinex's permissions: scope, may read, may write. */
const mayWrite = (rows: unknown, scope: string): boolean =>
  Array.isArray(rows) && rows.some((row) => Array.isArray(row) && row[0] === scope && row[2] === 1);

/** Where an exchange tells what a key may do. Sources: the exchanges' own documentation. */
const QUESTIONS: Readonly<
  Record<string, { readonly call: string; readonly mayWithdraw: (answer: unknown) => boolean }>
> = {
  binance: {
    call: 'sapiGetAccountApiRestrictions',
    mayWithdraw: (answer) => field(answer, 'enableWithdrawals') === true,
  },
  coinbase: {
    call: 'v3PrivateGetBrokerageKeyPermissions',
    mayWithdraw: (answer) => field(answer, 'can_transfer') === true,
  },
  bitfinex: {
    call: 'privatePostAuthRPermissions',
    mayWithdraw: (answer) => mayWrite(answer, 'withdraw'),
  },
};

/** @returns whether the key may take money away; undefined where the exchange does not tell. */
export async function mayWithdraw(
  client: CcxtClient,
  exchange: string,
): Promise<boolean | undefined> {
  const question = QUESTIONS[exchange];
  if (question === undefined) return undefined;
  const ask = (client as unknown as Record<string, Ask | undefined>)[question.call];
  return ask === undefined ? undefined : question.mayWithdraw(await ask.call(client, {}));
}
