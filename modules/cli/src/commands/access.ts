import { accessConfigSchema, linkUrlOf } from '@ats/access';
import { VENUE_SERVICE, type WireMessages } from '@ats/contracts';
import { EXIT, parseConfig } from '@ats/runtime';
import pc from 'picocolors';
import { loadConfiguration } from '../app/configuration.ts';
import { askSecret, type PersonFlags, withAccess } from '../app/person.ts';
import { VENUES_DEADLINE_MS, withRunningService } from '../app/running-system.ts';
import { dateAndTime, plainText } from '../view/format.ts';
import { table } from '../view/table.ts';

export interface AccessOptions extends PersonFlags {
  readonly json?: true;
}

type User = WireMessages['ats.access.v1.User'];
const say = (text: string): number => {
  process.stdout.write(`${text}\n`);
  return EXIT.ok;
};
const document = (value: unknown): number => say(JSON.stringify(value));
const yesNo = (flag: boolean): string => (flag ? 'yes' : pc.dim('no'));
const time = (atUs: number): string => (atUs === 0 ? '' : dateAndTime(atUs));
/** Judging a first password reads its dictionaries, which takes a busy machine seconds. */
const SET_UP_DEADLINE_MS = 30_000;
const LINK_WORDS = 'and chooses a password here, or by "ats users set-up":';
const left = (count: number) => Array.from({ length: count }, () => 'left' as const);

/** Lists users. @returns the exit code */
export function listUsers(options: AccessOptions): Promise<number> {
  return withAccess(options, async (access, call) => {
    const { users } = await access.ListUsers({}, call);
    if (options.json) return document(users);
    if (users.length === 0) return say('Nobody yet: "ats up" shows a set-up link.');
    const rows = users.map((user) => [
      ...[plainText(user.userName), user.role, user.enabled ? 'enabled' : pc.red('disabled')],
      ...[
        yesNo(user.passwordSet),
        yesNo(user.secondFactor),
        user.accounts.map(plainText).join(', '),
      ],
    ]);
    return say(table(['user', 'role', 'state', 'password', 'code', 'accounts'], left(6), rows));
  });
}

/** Makes a password by a one-time link. @returns the exit code */
export function setUp(userName: string, options: AccessOptions): Promise<number> {
  return withAccess(options, async (access, call) => {
    const link = await askSecret('The link, or what stands after its #');
    const password = await askSecret('The password wanted');
    const token = link.slice(link.lastIndexOf('#') + 1).trim();
    // The link is used up by it: an answer that came too late would leave nothing to try again.
    const patient = { ...call, deadlineMs: SET_UP_DEADLINE_MS };
    await access.SetUp({ token, userName, password, source: '' }, patient);
    return say(`${userName} can log in.`);
  });
}

/** Enrols an authenticator for who `--as` names. @returns the exit code */
export function enrolAuthenticator(options: AccessOptions): Promise<number> {
  return withAccess(options, async (access, call) => {
    const { secret, qrText } = await access.BeginTotp({}, call);
    process.stderr.write(`${qrText}\nScan it, or type ${secret}.\n`);
    const code = await askSecret('Code that the authenticator shows');
    const { backupCodes } = await access.ConfirmTotp({ code: code.trim() }, call);
    if (options.json) return document({ backupCodes });
    const kept = 'Codes for the day it is lost; each works once, and nobody shows them again:';
    return say(`Codes are asked for from now on.\n${kept}\n  ${backupCodes.join('\n  ')}`);
  });
}

/** Adds a user and tells the one-time link. @returns the exit code */
export function addUser(
  userName: string,
  options: AccessOptions & { readonly role: string; readonly account: readonly string[] },
): Promise<number> {
  return withAccess(options, async (access, call) => {
    const { role, account: accounts } = options;
    const made = await access.AddUser({ userName, role, accounts: [...accounts] }, call);
    return tellLink(made, options);
  });
}

/** Changes the role of a user, or whether they may log in. @returns the exit code */
export function updateUser(
  change: { readonly userName: string; readonly role?: string; readonly state?: string },
  options: AccessOptions,
): Promise<number> {
  return withAccess(options, async (access, call) => {
    const { userName, role = '', state = '' } = change;
    const { user } = await access.UpdateUser({ userName, role, state, accounts: [] }, call);
    if (options.json) return document(user);
    return say(`${userName} is ${user?.role}, ${user?.enabled ? 'enabled' : 'disabled'}.`);
  });
}

/** Takes away password and authenticator, for a new link. @returns the exit code */
export function resetUser(userName: string, options: AccessOptions): Promise<number> {
  return withAccess(options, async (access, call) => {
    return tellLink(await access.ResetUser({ userName }, call), options);
  });
}

function tellLink(
  made: { user: User | null; linkToken: string; linkExpiresAtUs: number },
  options: AccessOptions,
): number {
  const config = parseConfig(loadConfiguration(options).loaded, accessConfigSchema);
  const link = `${linkUrlOf(config)}#${made.linkToken}`;
  if (options.json) return document({ user: made.user, link, expiresAtUs: made.linkExpiresAtUs });
  const { userName = '', role = '' } = made.user ?? {};
  const until = `It works once, until ${time(made.linkExpiresAtUs)} UTC.`;
  return say(`${userName} is ${role} ${LINK_WORDS}\n  ${link}\n${until}`);
}

/** Lists the sessions of a user. @returns the exit code */
export function listSessions(userName: string, options: AccessOptions): Promise<number> {
  return withAccess(options, async (access, call) => {
    const { sessions } = await access.ListSessions({ userName }, call);
    if (options.json) return document(sessions);
    if (sessions.length === 0) return say('No sessions.');
    const rows = sessions.map((one) => {
      return [one.sessionId, plainText(one.source), time(one.createdAtUs), time(one.usedAtUs)];
    });
    return say(table(['session', 'from', 'since', 'renewed'], left(4), rows));
  });
}

/** Ends a session. @returns the exit code */
export function revokeSession(sessionId: string, options: AccessOptions): Promise<number> {
  return withAccess(options, async (access, call) => {
    await access.RevokeSession({ sessionId }, call);
    return say('It has ended.');
  });
}

/** Lists changes that wait for a second person. @returns the exit code */
export function listApprovals(options: AccessOptions & { readonly all?: true }): Promise<number> {
  return withAccess(options, async (access, call) => {
    const { approvals } = await access.ListApprovals({ all: options.all === true }, call);
    if (options.json) return document(approvals);
    if (approvals.length === 0) return say('Nothing waits for a second person.');
    const rows = approvals.map((one) => [
      ...[one.approvalId, one.kind, plainText(one.summary), plainText(one.requestedBy)],
      ...[one.state, time(one.expiresAtUs)],
    ]);
    return say(table(['approval', 'kind', 'what', 'by', 'state', 'until'], left(6), rows));
  });
}

/** Approves or rejects. @returns the exit code */
export function decide(
  decision: { readonly approvalId: string; readonly approve: boolean },
  options: AccessOptions,
): Promise<number> {
  return withAccess(options, async (access, call) => {
    const { approval } = await access.DecideApproval(decision, call);
    return options.json ? document(approval) : say(`It is ${approval?.state}.`);
  });
}

/** Lists keys of exchanges. @returns the exit code */
export function listKeys(options: AccessOptions): Promise<number> {
  return withAccess(options, async (access, call) => {
    const { keys } = await access.ListExchangeKeys({}, call);
    if (options.json) return document(keys);
    if (keys.length === 0) return say('The vault has no keys.');
    const rows = keys.map((one) => {
      return [one.venue, `...${one.keyHint}`, plainText(one.addedBy), time(one.addedAtUs)];
    });
    return say(table(['venue', 'key', 'added by', 'at'], left(4), rows));
  });
}

/** Puts a key into the vault. @returns the exit code */
export function addKey(
  venue: string,
  options: AccessOptions & { readonly withPassphrase?: true },
): Promise<number> {
  return withAccess(options, async (access, call) => {
    const apiKey = await askSecret(`Key of ${venue}`);
    const secret = await askSecret('Its secret');
    const passphrase = options.withPassphrase ? await askSecret('Its passphrase') : '';
    await access.PutExchangeKey({ venue, apiKey, secret, passphrase }, call);
    return say(`The key of ${venue} is in the vault. See what it may do: ats keys test ${venue}`);
  });
}

/** Removes a key. @returns the exit code */
export function removeKey(venue: string, options: AccessOptions): Promise<number> {
  return withAccess(options, async (access, call) => {
    await access.RemoveExchangeKey({ venue }, call);
    return say(`The key of ${venue} is gone. Remove it at the exchange as well.`);
  });
}

/** Makes a new master key. @returns the exit code */
export function rotateKeys(options: AccessOptions): Promise<number> {
  return withAccess(options, async (access, call) => {
    const { keyId, documents } = await access.RotateVaultKey({}, call);
    return say(`Master key ${keyId} seals ${documents} files.`);
  });
}

/** Asks the exchange what the key may do; one that can withdraw fails. @returns the exit code */
export function testKey(venue: string, options: AccessOptions): Promise<number> {
  return withRunningService({ flags: options, service: VENUE_SERVICE }, async (gateway) => {
    const { told } = await gateway.TestKey({ venue }, { deadlineMs: VENUES_DEADLINE_MS });
    if (told) return say(`${pc.green('Fine')}: ${venue} says that the key cannot withdraw.`);
    return say(`${pc.yellow('Unknown')}: ${venue} does not say what the key may do. Look there.`);
  });
}
