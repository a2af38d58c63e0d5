import { ACCESS_SERVICE, type WireMessages } from '@ats/contracts';
import { AtsError } from '@ats/domain';
import type { CallOptions, Clock, RpcDirectory } from '@ats/runtime';

type Tokens = WireMessages['ats.access.v1.Tokens'];

/** People who may be logged in at once; of more the longest silent is forgotten. */
export const LOGINS_MAX = 1000;
/** An access token is renewed when it is good for less than this. */
const RENEW_BEFORE_US = 30_000_000;

/** One browser of one person. Its tokens never leave this process. */
export interface Login {
  readonly id: string;
  readonly csrfToken: string;
  readonly name: string;
}

/** What makes a call a person's own, made from where that person is. */
export type PersonCall = Required<Pick<CallOptions, 'authorization' | 'personSource'>>;

interface Held extends Login {
  tokens: Tokens;
  renewing: Promise<void> | undefined;
}

export interface LoginsOptions {
  readonly rpc: RpcDirectory;
  readonly clock: Clock;
  /** Text that nobody can guess. */
  readonly newSecret: () => string;
  readonly deadlineMs: number;
  /** A login is over: whatever it has open is to be closed. */
  readonly onEnded: (login: Login) => void;
  readonly onLimit: (limit: 'logins') => void;
}

/**
 * Who is logged in here. A cookie holds the id of a login and nothing else; the tokens behind it
 * stay here and are renewed here. A restart forgets them all: people log in again.
 */
export class Logins {
  private readonly options: LoginsOptions;
  private readonly byId = new Map<string, Held>();

  constructor(options: LoginsOptions) {
    this.options = options;
  }

  get count(): number {
    return this.byId.size;
  }

  open(name: string, tokens: Tokens): Login {
    const { newSecret } = this.options;
    const oldest = this.byId.size >= LOGINS_MAX ? this.byId.values().next().value : undefined;
    if (oldest !== undefined) {
      this.options.onLimit('logins');
      this.end(oldest.id);
    }
    const held = { id: newSecret(), csrfToken: newSecret(), name, tokens, renewing: undefined };
    this.byId.set(held.id, held);
    return held;
  }

  find(id: string): Login | undefined {
    const held = this.byId.get(id);
    if (held === undefined) return undefined;
    if (held.tokens.refreshExpiresAtUs <= this.options.clock.nowUs()) {
      this.end(id);
      return undefined;
    }
    // Moved to the end: the first is the longest silent.
    this.byId.delete(id);
    this.byId.set(id, held);
    return held;
  }

  /** New tokens of the same session, such as after a fresh code. */
  replace(login: Login, tokens: Tokens): void {
    const held = this.byId.get(login.id);
    if (held !== undefined) held.tokens = tokens;
  }

  end(id: string): void {
    const held = this.byId.get(id);
    if (held === undefined) return;
    this.byId.delete(id);
    this.options.onEnded(held);
  }

  /** @param source the address of the person's browser. @throws REQUEST_UNAUTHENTICATED */
  async personCall(login: Login, source: string): Promise<PersonCall> {
    const held = this.byId.get(login.id);
    if (held === undefined) throw loggedOut();
    const { clock } = this.options;
    if (held.tokens.accessExpiresAtUs - clock.nowUs() < RENEW_BEFORE_US) {
      held.renewing ??= this.renew(held, source).finally(() => {
        held.renewing = undefined;
      });
      await held.renewing;
    }
    return { authorization: `Bearer ${held.tokens.accessToken}`, personSource: source };
  }

  /** Ends a login whose session was ended elsewhere. */
  async check(login: Login, source: string): Promise<void> {
    try {
      const person = await this.personCall(login, source);
      const { rpc, deadlineMs } = this.options;
      await rpc.client(ACCESS_SERVICE).WhoAmI({}, { deadlineMs, ...person });
    } catch (error) {
      if (isLoggedOut(error)) this.end(login.id);
      throw error;
    }
  }

  /** A refresh token is good once, so only one renewal is under way. */
  private async renew(held: Held, source: string): Promise<void> {
    const { rpc, deadlineMs } = this.options;
    const { refreshToken } = held.tokens;
    try {
      const request = { refreshToken, source };
      const { tokens } = await rpc.client(ACCESS_SERVICE).Refresh(request, { deadlineMs });
      if (tokens === null) throw loggedOut();
      held.tokens = tokens;
    } catch (error) {
      // The service could not be asked: the session may still stand.
      if (error instanceof AtsError && error.code.startsWith('RPC_')) throw error;
      this.end(held.id);
      throw loggedOut();
    }
  }
}

export const isLoggedOut = (error: unknown): boolean =>
  error instanceof AtsError && error.code === 'REQUEST_UNAUTHENTICATED';

export function loggedOut(): AtsError {
  return new AtsError({
    code: 'REQUEST_UNAUTHENTICATED',
    message: 'nobody is logged in here',
    remedy: 'Log in.',
    context: { field: 'cookie', value: '***' },
  });
}
