import { isIP } from 'node:net';
import type { WireMessages, WireServices } from '@ats/contracts';
import { AtsError } from '@ats/domain';
import {
  type Caller,
  type Clock,
  type Peer,
  RecentMap,
  type RpcClient,
  type RpcGuard,
} from '@ats/runtime';
import type { AccessEntry, AccessLog } from './access-log.ts';
import type { HeldStreams } from './held-streams.ts';
import { ruleOf } from './method-rules.ts';
import { type Permission, permissionsOf } from './permissions.ts';
import { digestOf } from './totp.ts';

type Introspected = WireMessages['ats.access.v1.IntrospectResponse'];

/** Its key, which only its owner may read, is what makes somebody the operator. */
export const OPERATOR = 'operator';

/** Name of the process that runs every service. */
export const WHOLE_SYSTEM = 'ats';

/** Asks who the bearer of an access token is. */
export type Introspect = (token: string) => Promise<Introspected>;

/** Who calls on behalf of people and sees where they are; the whole system has it within. */
const SEES_PEOPLE: ReadonlySet<string> = new Set(['ui-dashboard', WHOLE_SYSTEM]);

const BEARER = /^bearer ([!-~]{1,4096})$/i;

export interface GuardOptions {
  /** Name in the certificate of this process. */
  readonly self: string;
  /** Names whose certificates are those of services. */
  readonly services: ReadonlySet<string>;
  readonly introspect: Introspect;
  readonly clock: Clock;
  readonly log: AccessLog;
  /** Ends streams with the sessions that opened them. */
  readonly streams: HeldStreams;
}

export function serviceCaller(name: string, source: string): Caller {
  const none = { sessionId: '', steppedUpUntilUs: 0 };
  return { kind: 'service', name, role: 'service', source, accounts: ['*'], ...none };
}

/** Of every role, what it may do, decided by one table and denied by default. */
export function openGuard(options: GuardOptions): RpcGuard {
  const { services, introspect, clock, log } = options;
  const denied = (caller: Caller, about: About, error: AtsError): AtsError => {
    log.write({ ...entryOf(caller, about), outcome: 'denied', reason: error.code });
    return error;
  };
  return {
    self: serviceCaller(options.self, 'process'),
    identify(peer) {
      const { certificateName: name, authorization, source } = peer;
      if (authorization !== undefined) return bearerOf(peer, { introspect, log });
      if (name === OPERATOR) return operatorCaller(source);
      if (name !== undefined && services.has(name)) return serviceCaller(name, source);
      throw unknownPeer(peer, log);
    },
    admit({ caller, correlationId, service, method, request }) {
      const rule = ruleOf(service, method);
      const about = { target: `${service}/${method}`, correlationId, request };
      if (rule === undefined) throw denied(caller, about, forbidden(caller, about.target));
      const { permission, stepUp, told } = rule;
      const permissions = permissionsOf(caller.role);
      if (permission !== undefined && !permissions.has(permission)) {
        throw denied(caller, { ...about, permission }, forbidden(caller, permission));
      }
      if (stepUp && caller.kind === 'user' && caller.steppedUpUntilUs <= clock.nowUs()) {
        throw denied(caller, { ...about, permission }, stepUpRequired(about.target));
      }
      // What services ask of each other is in the records of what they do.
      if (!told || caller.kind === 'service') return undefined;
      return ({ error, change }) => {
        const entry = { ...entryOf(caller, { ...about, permission }), ...change };
        const failure = { outcome: 'failed', reason: error?.code ?? '' } as const;
        log.write({ ...entry, ...(error === undefined ? { outcome: 'ok' } : failure) });
      };
    },
    hold: (caller, end) => options.streams.hold(caller, end),
  };
}

interface About {
  readonly target: string;
  readonly correlationId: string;
  readonly request: object | undefined;
  readonly permission?: Permission | undefined;
}

function entryOf(caller: Caller, about: About): Omit<AccessEntry, 'outcome'> {
  const { name: actor, kind: actorKind, role, sessionId, source } = caller;
  const { target, correlationId, request, permission = 'access.denied' } = about;
  const who = { actor, actorKind, role, sessionId, source };
  return { ...who, action: permission, target, correlationId, request };
}

const operatorCaller = (source: string): Caller => ({
  kind: 'operator',
  name: OPERATOR,
  role: 'administrator',
  sessionId: '',
  source,
  steppedUpUntilUs: 0,
  accounts: ['*'],
});

/** Where whoever is behind a call is, by the word of those who can know alone. */
function placeOf({ certificateName = '', personSource = '', source }: Peer): string {
  return SEES_PEOPLE.has(certificateName) && isIP(personSource) !== 0 ? personSource : source;
}

async function bearerOf(
  peer: Peer,
  { introspect, log }: Pick<GuardOptions, 'introspect' | 'log'>,
): Promise<Caller> {
  const { authorization = '', certificateName } = peer;
  const source = placeOf(peer);
  const token = BEARER.exec(authorization)?.[1];
  const found = token === undefined ? undefined : await introspect(token);
  if (found === undefined || !found.active) {
    throw unknownPeer({ authorization, source, certificateName }, log);
  }
  const { name, role, sessionId, stepUpUntilUs: steppedUpUntilUs, accounts } = found;
  return { kind: 'user', name, role, sessionId, source, steppedUpUntilUs, accounts };
}

function unknownPeer({ certificateName = '', source }: Peer, log: AccessLog): AtsError {
  const error = new AtsError({
    code: 'REQUEST_UNAUTHENTICATED',
    message: 'the call carries neither a good access token nor a certificate of ours',
    remedy: 'Log in again; on the machine itself run it as the user who started ATS.',
    context: { field: 'authorization', value: '***' },
  });
  const actor = certificateName === '' ? 'unknown' : certificateName;
  const entry = { actor, actorKind: 'stranger', source, action: 'session.use' } as const;
  log.write({ ...entry, outcome: 'denied', reason: error.code });
  return error;
}

function forbidden(caller: Caller, what: string): AtsError {
  return new AtsError({
    code: 'REQUEST_FORBIDDEN',
    message: `${caller.name} (${caller.role}) may not use ${what}`,
    remedy: 'Ask an administrator for a role that allows it.',
    context: { field: 'permission', value: what },
  });
}

function stepUpRequired(target: string): AtsError {
  return new AtsError({
    code: 'ACCESS_STEP_UP_REQUIRED',
    message: `${target} is dangerous: it needs a fresh code of your authenticator`,
    remedy:
      'Show a code (StepUp), then repeat the request; enrol an authenticator if there is none.',
    context: { field: 'code', value: '' },
  });
}

/** Tokens whose bearers are remembered. */
const REMEMBERED_MAX = 1000;

/**
 * Asks the access service, and takes its last answer for `rememberMs`: for so long at most a
 * session that was ended still works elsewhere.
 */
export function introspector(parts: {
  readonly client: () => RpcClient<WireServices['ats.access.v1.AccessService']>;
  readonly clock: Clock;
  readonly rememberMs: number;
  readonly deadlineMs: number;
}): Introspect {
  const { client, clock, rememberMs, deadlineMs } = parts;
  const known = new RecentMap<string, { readonly at: number; readonly found: Introspected }>({
    most: REMEMBERED_MAX,
  });
  return async (token) => {
    const digest = digestOf(token);
    const nowUs = clock.nowUs();
    const before = known.get(digest);
    const fresh = before !== undefined && nowUs - before.at < rememberMs * 1000;
    if (fresh && before.found.expiresAtUs > nowUs) return before.found;
    const found = await client().Introspect({ token, sessionId: '' }, { deadlineMs });
    if (found.active) known.set(digest, { at: nowUs, found });
    return found;
  };
}

/** Asks the access service whether a session still lasts. */
export const sessionLasts =
  (client: () => RpcClient<WireServices['ats.access.v1.AccessService']>, deadlineMs: number) =>
  async (sessionId: string): Promise<boolean> =>
    (await client().Introspect({ token: '', sessionId }, { deadlineMs })).active;
