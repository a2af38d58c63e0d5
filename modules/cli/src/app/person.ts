import { ACCESS_SERVICE, type WireServices } from '@ats/contracts';
import { AtsError } from '@ats/domain';
import type { CallOptions, RpcClient } from '@ats/runtime';
import type { ConfigFlags } from './configuration.ts';
import { ANSWER_DEADLINE_MS, withRunningService } from './running-system.ts';

export type AccessClient = RpcClient<WireServices['ats.access.v1.AccessService']>;

/** Flags of what a person does: as the operator of this machine, unless they say who they are. */
export interface PersonFlags extends ConfigFlags {
  readonly as?: string;
}

const CALL = { deadlineMs: ANSWER_DEADLINE_MS };

/**
 * Reads what nobody else is to see: asked for on a terminal, a line of the input otherwise. It is
 * never a flag, which the machine's other users can read.
 */
export async function askSecret(message: string): Promise<string> {
  if (process.stdin.isTTY) {
    const { default: password } = await import('@inquirer/password');
    return password({ message, mask: '*' }, { output: process.stderr });
  }
  const line = (await lines().next()).value;
  if (line !== undefined) return line;
  throw new AtsError({
    code: 'CONFIG_INVALID',
    message: `${message}: the input has no line for it`,
    remedy: 'Run it on a terminal, or give one line of input for each question.',
    context: { field: 'stdin', value: '' },
  });
}

let reading: AsyncGenerator<string, undefined> | undefined;

/** One reader for all questions: a second one would miss what the first has buffered. */
function lines(): AsyncGenerator<string, undefined> {
  reading ??= readLines();
  return reading;
}

async function* readLines(): AsyncGenerator<string, undefined> {
  const { createInterface } = await import('node:readline');
  for await (const line of createInterface({ input: process.stdin })) yield line;
  return undefined;
}

/** Does something with the access service of a running system, in the name of `--as` if given. */
export function withAccess<Result>(
  flags: PersonFlags,
  work: (access: AccessClient, call: CallOptions) => Promise<Result>,
): Promise<Result> {
  return withRunningService({ flags, service: ACCESS_SERVICE }, async (access) => {
    if (flags.as === undefined) return work(access, CALL);
    const accessToken = await logIn(access, flags.as);
    const call = { ...CALL, authorization: `Bearer ${accessToken}` };
    try {
      return await work(access, call);
    } finally {
      await access.Logout({}, call);
    }
  });
}

async function logIn(access: AccessClient, userName: string): Promise<string> {
  const password = await askSecret(`Password of ${userName}`);
  const source = '';
  const begun = await access.Login({ userName, password, source }, CALL);
  if (begun.challenge === '') return begun.tokens?.accessToken ?? '';
  const code = await askSecret('Code of the authenticator');
  const done = await access.CompleteLogin({ challenge: begun.challenge, code, source }, CALL);
  return done.tokens?.accessToken ?? '';
}
