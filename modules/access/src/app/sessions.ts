import type { Clock } from '@ats/runtime';
import { type Claims, type Entropy, newId } from '@ats/security';
import type { Item, ItemKey, StateStore } from '@ats/storage';
import { z } from 'zod';
import type { SigningKeys } from './signing-keys.ts';

const schema = z.strictObject({
  id: z.string(),
  userName: z.string(),
  source: z.string(),
  createdAtUs: z.int(),
  usedAtUs: z.int(),
  /** Of its newest refresh token, counted from 1. */
  generation: z.int().min(1),
  /** When a code was last shown; 0 for never. */
  steppedUpAtUs: z.int(),
});

export type Session = z.output<typeof schema>;
type Held = { readonly session: Session; readonly item: Item };

/** What a session is carried with; its times are microseconds since the epoch. */
export interface Tokens {
  readonly accessToken: string;
  readonly accessExpiresAtUs: number;
  readonly refreshToken: string;
  readonly refreshExpiresAtUs: number;
}

const PAGE = 1000;
const keyOf = (id: string): ItemKey => ({ table: 'access', partition: 'session', sort: id });

export interface SessionsOptions {
  readonly state: StateStore;
  readonly keys: SigningKeys;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly accessUs: number;
  readonly refreshUs: number;
  /** The longest that a session lasts, however often it is renewed. */
  readonly sessionUs: number;
}

/**
 * Sessions in the store. A refresh token is good once: each says which of its session's it is,
 * and one that is not the newest was copied, so that its session ends.
 */
export class Sessions {
  private readonly options: SessionsOptions;

  constructor(options: SessionsOptions) {
    this.options = options;
  }

  async begin(who: {
    readonly userName: string;
    readonly source: string;
    readonly steppedUp: boolean;
  }): Promise<{ readonly session: Session; readonly tokens: Tokens }> {
    const { state, clock, entropy } = this.options;
    const nowUs = clock.nowUs();
    const session: Session = {
      id: newId(entropy),
      userName: who.userName,
      source: who.source.slice(0, 128),
      createdAtUs: nowUs,
      usedAtUs: nowUs,
      generation: 1,
      steppedUpAtUs: who.steppedUp ? nowUs : 0,
    };
    const attributes = { json: JSON.stringify(session) };
    const expiresAtUs = this.endOf(session);
    await state.transact([{ kind: 'create', key: keyOf(session.id), attributes, expiresAtUs }]);
    return { session, tokens: this.tokensOf(session) };
  }

  /** @returns undefined for a token that is none of ours; `reused` has ended its session */
  async refresh(
    token: string,
  ): Promise<
    | { readonly kind: 'renewed'; readonly session: Session; readonly tokens: Tokens }
    | { readonly kind: 'reused'; readonly session: Session }
    | undefined
  > {
    const claims = this.read(token, 'ats-refresh');
    const held = claims === undefined ? undefined : await this.held(claims.sessionId);
    if (claims === undefined || held === undefined) return undefined;
    if (claims.generation === held.session.generation) {
      const renewed = await this.renew(held, {});
      if (renewed !== undefined) return { kind: 'renewed', ...renewed };
    }
    await this.end(held.session.id);
    return { kind: 'reused', session: held.session };
  }

  /** Notes that a code was shown. @returns the next tokens; undefined when the session is over */
  async stepUp(id: string): Promise<Tokens | undefined> {
    const held = await this.held(id);
    if (held === undefined) return undefined;
    const steppedUpAtUs = this.options.clock.nowUs();
    return (await this.renew(held, { steppedUpAtUs }))?.tokens;
  }

  /** @returns the session of an access token while it lasts, and when the token ends */
  async ofToken(
    token: string,
  ): Promise<{ readonly session: Session; readonly expiresAtUs: number } | undefined> {
    const claims = this.read(token, 'ats');
    const held = claims === undefined ? undefined : await this.held(claims.sessionId);
    return claims === undefined || held === undefined
      ? undefined
      : { session: held.session, expiresAtUs: claims.expiresAtUs };
  }

  async get(id: string): Promise<Session | undefined> {
    return (await this.held(id))?.session;
  }

  /** When a session ends that is not renewed again, microseconds since the epoch. */
  endOf({ usedAtUs, createdAtUs }: Session): number {
    const { refreshUs, sessionUs } = this.options;
    return Math.min(usedAtUs + refreshUs, createdAtUs + sessionUs);
  }

  /** @returns those of one user, or of all; the newest first, with when each ends */
  async list(userName: string | undefined) {
    const found: (Session & { readonly expiresAtUs: number })[] = [];
    let after: string | undefined;
    do {
      const query = { table: 'access', partition: 'session', limit: PAGE } as const;
      const page = await this.options.state.query(
        after === undefined ? query : { ...query, after },
      );
      for (const item of page.items) {
        const session = sessionOf(item);
        if (userName !== undefined && session.userName !== userName) continue;
        found.push({ ...session, expiresAtUs: item.expiresAtUs ?? 0 });
      }
      after = page.next;
    } while (after !== undefined);
    return found.sort((a, b) => b.createdAtUs - a.createdAtUs);
  }

  async end(id: string): Promise<void> {
    await this.options.state.transact([{ kind: 'delete', key: keyOf(id) }]);
  }

  /** Ends every session of a user, except one. */
  async endAll(userName: string, except = ''): Promise<void> {
    for (const { id } of await this.list(userName)) if (id !== except) await this.end(id);
  }

  private async renew(
    { session, item }: Held,
    changes: Partial<Session>,
  ): Promise<{ readonly session: Session; readonly tokens: Tokens } | undefined> {
    const { state, clock } = this.options;
    const usedAtUs = clock.nowUs();
    const next = { ...session, usedAtUs, generation: session.generation + 1, ...changes };
    const result = await state.transact([
      {
        kind: 'replace',
        key: keyOf(session.id),
        ifVersion: item.version,
        attributes: { json: JSON.stringify(next) },
        expiresAtUs: this.endOf(next),
      },
    ]);
    return result.kind === 'committed' ? { session: next, tokens: this.tokensOf(next) } : undefined;
  }

  private async held(id: string): Promise<Held | undefined> {
    if (id === '') return undefined;
    const { state, clock } = this.options;
    const item = await state.get(keyOf(id));
    const session = item === undefined ? undefined : sessionOf(item);
    if (item === undefined || session === undefined) return undefined;
    return this.endOf(session) > clock.nowUs() ? { session, item } : undefined;
  }

  private read(token: string, audience: 'ats' | 'ats-refresh'): Claims | undefined {
    return this.options.keys.signer().read(token, audience, this.options.clock.nowUs());
  }

  private tokensOf(session: Session): Tokens {
    const { id: sessionId, userName, generation, usedAtUs } = session;
    const { keys, accessUs, clock } = this.options;
    const signer = keys.signer();
    const nowUs = clock.nowUs();
    const refreshExpiresAtUs = this.endOf(session);
    const accessExpiresAtUs = Math.min(usedAtUs + accessUs, refreshExpiresAtUs);
    const of = { userName, sessionId };
    const access = { ...of, expiresAtUs: accessExpiresAtUs };
    const refresh = { ...of, generation, expiresAtUs: refreshExpiresAtUs };
    return {
      accessToken: signer.sign(access, 'ats', nowUs),
      accessExpiresAtUs,
      refreshToken: signer.sign(refresh, 'ats-refresh', nowUs),
      refreshExpiresAtUs,
    };
  }
}

const sessionOf = ({ attributes }: Item): Session =>
  schema.parse(JSON.parse(String(attributes['json'])));
