import type { Clock } from '@ats/runtime';
import {
  type AccessEntry,
  type AccessLog,
  checkPassword,
  digestOf,
  type Entropy,
  newBackupCodes,
  newTotpSecret,
  type PasswordHasher,
  TryLimit,
  type TryLimitOptions,
  totpStep,
} from '@ats/security';
import type { User } from '../domain/users.ts';
import type { PeopleBook } from './people.ts';
import { invalid, loginRefused, tooManyTries } from './refusals.ts';
import type { Sessions, Tokens } from './sessions.ts';
import type { SigningKeys } from './signing-keys.ts';

/** Between password and code. */
const CHALLENGE_US = 300_000_000;

export interface SignInOptions {
  readonly people: PeopleBook;
  readonly sessions: Sessions;
  readonly keys: SigningKeys;
  readonly hasher: PasswordHasher;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: AccessLog;
  readonly tries: TryLimitOptions;
}

type Entry = Pick<AccessEntry, 'action' | 'outcome'> & Partial<AccessEntry>;

/**
 * Logins. Wrong passwords hold up one name from one place alone, so that nobody can lock out
 * another; wrong codes hold up the name, since whoever gets there has its password.
 */
export class SignIn {
  private readonly options: SignInOptions;
  private readonly passwords: TryLimit;
  private readonly codes: TryLimit;

  constructor(options: SignInOptions) {
    this.options = options;
    this.passwords = new TryLimit(options.tries);
    this.codes = new TryLimit(options.tries);
  }

  /** @returns a session, or the challenge that CompleteLogin takes with a code */
  async login(given: {
    readonly userName: string;
    readonly password: string;
    readonly source: string;
  }): Promise<{ readonly tokens: Tokens } | { readonly challenge: string }> {
    const { userName, source } = given;
    const user = await this.withPassword(given, 'session.login');
    if (user.totpSecret === undefined) return { tokens: await this.open(user, source, false) };
    const { keys, clock } = this.options;
    const expiresAtUs = clock.nowUs() + CHALLENGE_US;
    const claims = { userName, sessionId: '-', expiresAtUs };
    return { challenge: keys.signer().sign(claims, 'ats-challenge', clock.nowUs()) };
  }

  async complete(given: {
    readonly challenge: string;
    readonly code: string;
    readonly source: string;
  }): Promise<Tokens> {
    const { keys, clock, people } = this.options;
    const { challenge, code, source } = given;
    const claims = keys.signer().read(challenge, 'ats-challenge', clock.nowUs());
    const user = claims === undefined ? undefined : people.find(claims.userName);
    if (user === undefined || !user.enabled) throw loginRefused();
    await this.takeCode(user.name, { code, source, action: 'session.login' });
    return this.open(user, source, true);
  }

  async refresh(token: string, source: string): Promise<Tokens> {
    const { sessions, people } = this.options;
    const renewed = await sessions.refresh(token);
    if (renewed === undefined) throw loginRefused();
    const { session } = renewed;
    const who = { actor: session.userName, sessionId: session.id, source };
    if (renewed.kind === 'reused') {
      this.tell({ ...who, action: 'session.reuse', outcome: 'denied' });
      throw loginRefused();
    }
    if (people.find(session.userName)?.enabled === true) return renewed.tokens;
    await sessions.end(session.id);
    throw loginRefused();
  }

  /** Takes a fresh code of an authenticator; a backup code is not fresh. */
  async stepUp(who: Who, code: string): Promise<Tokens> {
    await this.takeCode(who.name, { code, source: who.source, action: 'session.step-up' }, false);
    const tokens = await this.options.sessions.stepUp(who.sessionId);
    if (tokens === undefined) throw loginRefused();
    this.tell({ ...entryOf(who), action: 'session.step-up', outcome: 'ok' });
    return tokens;
  }

  async changePassword(
    who: Who,
    given: { readonly current: string; readonly wanted: string },
  ): Promise<void> {
    const { people, hasher, sessions } = this.options;
    const { name: userName, source } = who;
    await this.withPassword({ userName, source, password: given.current }, 'password.change');
    await checkPassword(given.wanted, userName);
    const passwordHash = await hasher.hash(given.wanted);
    await people.update(userName, (user) => ({ ...user, passwordHash }));
    await sessions.endAll(userName, who.sessionId);
    this.tell({ ...entryOf(who), action: 'password.change', outcome: 'ok' });
  }

  /** @returns a secret that waits for its first code */
  async beginTotp(userName: string): Promise<string> {
    const totpPending = newTotpSecret(this.options.entropy);
    await this.options.people.update(userName, (user) => ({ ...user, totpPending }));
    return totpPending;
  }

  /** @returns the backup codes, told this one time */
  async confirmTotp(who: Who, code: string): Promise<readonly string[]> {
    const { people, entropy, clock } = this.options;
    const backup = newBackupCodes(entropy);
    this.limit(this.codes, who.name);
    await people.update(who.name, (user) => {
      const { totpPending: secret, ...rest } = user;
      const step = secret === undefined ? undefined : totpStep({ secret, code }, clock.nowUs());
      if (secret === undefined || step === undefined) {
        const message = 'the code is not the one that the authenticator shows';
        const remedy = 'Check its clock, then begin again and type the newest code.';
        throw invalid({ field: 'code', value: '***', message, remedy });
      }
      return { ...rest, totpSecret: secret, totpStep: step, backupCodes: backup.map(digestOf) };
    });
    this.codes.right(who.name);
    this.tell({ ...entryOf(who), action: 'totp.enrol', outcome: 'ok' });
    return backup;
  }

  /** The same work and the same answer, whatever is wrong. */
  private async withPassword(
    given: { readonly userName: string; readonly password: string; readonly source: string },
    action: string,
  ): Promise<User> {
    const { userName, password, source } = given;
    const { people, hasher } = this.options;
    const place = `${userName} ${source}`;
    const told = { actor: userName, source, action, outcome: 'denied' } as const;
    try {
      this.limit(this.passwords, place);
    } catch (refused) {
      this.tell({ ...told, actorKind: 'stranger', reason: 'ACCESS_TOO_MANY_TRIES' });
      throw refused;
    }
    const user = people.find(userName);
    const stored = user?.passwordHash;
    const right = await hasher.matches({ password, stored, place: source });
    if (user === undefined || !right || !user.enabled) {
      this.tell({ ...told, actorKind: 'stranger', reason: 'ACCESS_LOGIN_REFUSED' });
      throw loginRefused();
    }
    this.passwords.right(place);
    return user;
  }

  /** Counts a try before it is looked at: tries at the same moment count as well. */
  private limit(tries: TryLimit, name: string): void {
    const nowUs = this.options.clock.nowUs();
    const waitMs = tries.waitMs(name, nowUs);
    if (waitMs > 0) throw tooManyTries(waitMs);
    tries.wrong(name, nowUs);
  }

  /** Takes a code once. @throws ACCESS_LOGIN_REFUSED, ACCESS_TOO_MANY_TRIES */
  private async takeCode(
    userName: string,
    given: { readonly code: string; readonly source: string; readonly action: string },
    backupToo = true,
  ): Promise<void> {
    const { people, clock } = this.options;
    const { code, source, action } = given;
    try {
      this.limit(this.codes, userName);
      await people.update(userName, (user) => {
        const { totpSecret: secret, totpStep: last = -1, backupCodes } = user;
        const step = secret === undefined ? undefined : totpStep({ secret, code }, clock.nowUs());
        if (step !== undefined && step > last) return { ...user, totpStep: step };
        const digest = digestOf(code.trim().toLowerCase());
        if (!backupToo || !backupCodes.includes(digest)) throw loginRefused();
        return { ...user, backupCodes: backupCodes.filter((one) => one !== digest) };
      });
    } catch (refused) {
      const reason = (refused as { readonly code?: string }).code ?? '';
      this.tell({ actor: userName, source, action, outcome: 'denied', reason });
      throw refused;
    }
    this.codes.right(userName);
  }

  private async open(user: User, source: string, steppedUp: boolean): Promise<Tokens> {
    const { session, tokens } = await this.options.sessions.begin({
      userName: user.name,
      source,
      steppedUp,
    });
    const who = { actor: user.name, role: user.role, sessionId: session.id, source };
    this.tell({ ...who, action: 'session.login', outcome: 'ok' });
    return tokens;
  }

  private tell(entry: Entry): void {
    this.options.log.write({ actor: 'unknown', actorKind: 'user', source: '', ...entry });
  }
}

/** A person who has a session. */
export interface Who {
  readonly name: string;
  readonly role: string;
  readonly sessionId: string;
  readonly source: string;
}

const entryOf = ({ name: actor, role, sessionId, source }: Who) => {
  return { actor, role, sessionId, source };
};
