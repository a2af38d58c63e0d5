import type { WireMessages, WireServices } from '@ats/contracts';
import { AtsError } from '@ats/domain';
import type { CallContext, Caller, Clock, RpcHandlers } from '@ats/runtime';
import { type AccessLog, permissionsOf, qrCodes, requireApproval, totpUri } from '@ats/security';
import { accountsSchema, type User } from '../domain/users.ts';
import type { Approvals, Wanted } from './approvals.ts';
import { type ExchangeKeys, hintOf } from './exchange-keys.ts';
import { type NewLink, type PeopleBook, roleOf } from './people.ts';
import { invalid, unknown } from './refusals.ts';
import type { Sessions, Tokens } from './sessions.ts';
import type { SignIn } from './sign-in.ts';

type Handlers = RpcHandlers<WireServices['ats.access.v1.AccessService']>;
type Part<Names extends keyof Handlers> = Pick<Handlers, Names>;
type WireUser = WireMessages['ats.access.v1.User'];
type WireTokens = WireMessages['ats.access.v1.Tokens'];

export interface AccessParts {
  readonly people: PeopleBook;
  readonly sessions: Sessions;
  readonly signIn: SignIn;
  readonly approvals: Approvals;
  readonly exchangeKeys: ExchangeKeys;
  readonly clock: Clock;
  readonly log: AccessLog;
  readonly stepUpUs: number;
  /** Makes a new master key. @returns both ids, and how many documents it sealed */
  readonly rotateVault: () => Promise<{
    readonly keyIdBefore: string;
    readonly keyId: string;
    readonly documents: number;
  }>;
}

/** The contract of the access service; who may call what, the guard has decided before. */
export function accessHandlers(parts: AccessParts): Handlers {
  return {
    ...loginHandlers(parts),
    ...ownHandlers(parts),
    ...sessionHandlers(parts),
    ...userHandlers(parts),
    ...approvalHandlers(parts),
    ...keyHandlers(parts),
  };
}

type Login = 'SetUp' | 'Login' | 'CompleteLogin' | 'Refresh';

function loginHandlers({ people, signIn, log }: AccessParts): Part<Login> {
  return {
    async SetUp(request, context) {
      const source = sourceOf(request.source, context);
      const actor = request.userName.slice(0, 64);
      const entry = { actor, actorKind: 'user', source, action: 'user.set-up' } as const;
      try {
        const { name: userName } = await people.setUp(request);
        log.write({ ...entry, outcome: 'ok' });
        return { userName };
      } catch (thrown) {
        const reason = thrown instanceof AtsError ? thrown.code : '';
        log.write({ ...entry, actorKind: 'stranger', outcome: 'denied', reason });
        throw thrown;
      }
    },
    async Login(request, context) {
      const source = sourceOf(request.source, context);
      const userName = request.userName.slice(0, 64);
      const done = await signIn.login({ ...request, userName, source });
      if ('tokens' in done) return { tokens: wireOf(done.tokens), challenge: '' };
      return { tokens: null, challenge: done.challenge };
    },
    async CompleteLogin(request, context) {
      const source = sourceOf(request.source, context);
      return { tokens: wireOf(await signIn.complete({ ...request, source })) };
    },
    async Refresh({ refreshToken, source }, context) {
      return { tokens: wireOf(await signIn.refresh(refreshToken, sourceOf(source, context))) };
    },
  };
}

type Own = 'WhoAmI' | 'StepUp' | 'Logout' | 'BeginTotp' | 'ConfirmTotp' | 'ChangePassword';

function ownHandlers(parts: AccessParts): Part<Own> {
  const { people, sessions, signIn, clock, log } = parts;
  return {
    WhoAmI(_request, { caller }) {
      const { name, kind, role, sessionId, steppedUpUntilUs: stepUpUntilUs } = caller;
      const permissions = [...permissionsOf(role)];
      const secondFactor = kind === 'user' && people.find(name)?.totpSecret !== undefined;
      return { name, kind, role, permissions, sessionId, stepUpUntilUs, secondFactor };
    },
    async StepUp({ code }, { caller }) {
      return { tokens: wireOf(await signIn.stepUp(person(caller), code)) };
    },
    async Logout(_request, { caller }) {
      const { sessionId, name: actor, source } = person(caller);
      await sessions.end(sessionId);
      log.write({
        actor,
        actorKind: 'user',
        sessionId,
        source,
        action: 'session.logout',
        outcome: 'ok',
      });
      return {};
    },
    async BeginTotp(_request, { caller }) {
      const { name, steppedUpUntilUs } = person(caller);
      const enrolled = people.find(name)?.totpSecret !== undefined;
      if (enrolled && steppedUpUntilUs <= clock.nowUs()) throw codeOfOldOneFirst();
      const secret = await signIn.beginTotp(name);
      const uri = totpUri(secret, name);
      const { svg: qrSvg, text: qrText } = await qrCodes(uri);
      return { secret, uri, qrSvg, qrText };
    },
    async ConfirmTotp({ code }, { caller }) {
      return { backupCodes: [...(await signIn.confirmTotp(person(caller), code))] };
    },
    async ChangePassword({ currentPassword: current, newPassword: wanted }, { caller }) {
      await signIn.changePassword(person(caller), { current, wanted });
      return {};
    },
  };
}

type OfSessions = 'ListSessions' | 'RevokeSession' | 'Introspect';

function sessionHandlers({ people, sessions, clock, stepUpUs }: AccessParts): Part<OfSessions> {
  const lasting = async (sessionId: string) => {
    const session = await sessions.get(sessionId);
    return session && { session, expiresAtUs: sessions.endOf(session) };
  };
  return {
    async ListSessions({ userName }, { caller }) {
      const own = userName === '' || userName === caller.name;
      if (!own && !mayManage(caller)) throw others(userName);
      const found = await sessions.list(own ? caller.name : userName);
      const listed = found.map(({ id: sessionId, ...session }) => {
        return { ...session, sessionId, current: sessionId === caller.sessionId };
      });
      return { sessions: listed };
    },
    async RevokeSession({ sessionId }, { caller }) {
      const session = await sessions.get(sessionId);
      // The same answer for what is not there and what is not theirs.
      if (session === undefined || (session.userName !== caller.name && !mayManage(caller))) {
        throw unknown('session', sessionId);
      }
      await sessions.end(sessionId);
      return {};
    },
    async Introspect({ token, sessionId }) {
      const found = token === '' ? await lasting(sessionId) : await sessions.ofToken(token);
      const user = found === undefined ? undefined : people.find(found.session.userName);
      if (found === undefined || user === undefined || !user.enabled) return inactive;
      const { session, expiresAtUs } = found;
      const { name, role, accounts } = user;
      const nowUs = clock.nowUs();
      const until = session.steppedUpAtUs + stepUpUs;
      return {
        active: true,
        ...{ name, role, accounts: [...accounts], sessionId: session.id },
        expiresAtUs,
        stepUpUntilUs: session.steppedUpAtUs > 0 && until > nowUs ? until : 0,
      };
    },
  };
}

type OfUsers = 'ListUsers' | 'AddUser' | 'UpdateUser' | 'ResetUser';

function userHandlers({ people, sessions }: AccessParts): Part<OfUsers> {
  const changeOf = (before: User | undefined, after: User) => {
    return { before: before && viewOf(before), after: viewOf(after) };
  };
  return {
    ListUsers: () => ({ users: people.list().map(viewOf) }),
    async AddUser(request, context) {
      const { user, link } = await people.add(request);
      context.changed(changeOf(undefined, user));
      return withLinkOf(user, link);
    },
    async UpdateUser({ userName, role, state, accounts }, context) {
      const enabled = enabledOf(state);
      const { before, after } = await people.update(userName, (user) => ({
        ...user,
        ...(role === '' ? {} : { role: roleOf(role) }),
        ...(enabled === undefined ? {} : { enabled }),
        ...(accounts.length === 0 ? {} : { accounts: accountsSchema.parse(accounts) }),
      }));
      await sessions.endAll(userName);
      context.changed(changeOf(before, after));
      return withLinkOf(after, undefined);
    },
    async ResetUser({ userName }, context) {
      const before = people.find(userName);
      const { user, link } = await people.reset(userName);
      await sessions.endAll(userName);
      context.changed(changeOf(before, user));
      return withLinkOf(user, link);
    },
  };
}

type OfApprovals = 'ListApprovals' | 'DecideApproval' | 'ClaimApproval';

function approvalHandlers({ approvals }: AccessParts): Part<OfApprovals> {
  return {
    async ListApprovals({ all }) {
      const found = await approvals.list(all);
      return { approvals: found.map(({ id: approvalId, ...rest }) => ({ approvalId, ...rest })) };
    },
    async DecideApproval({ approvalId: id, approve }, context) {
      const by = context.caller.name;
      const { id: approvalId, ...rest } = await approvals.decide({ id, approve, by });
      context.changed({ before: { approvalId, state: 'pending' }, after: { approvalId, ...rest } });
      return { approval: { approvalId, ...rest } };
    },
    ClaimApproval: (request) => claimed(approvals, request),
  };
}

async function claimed(approvals: Approvals, wanted: Wanted) {
  const { state, id: approvalId } = await approvals.claim(wanted);
  return { state, approvalId };
}

type OfKeys =
  | 'PutExchangeKey'
  | 'ListExchangeKeys'
  | 'RemoveExchangeKey'
  | 'ReadExchangeKey'
  | 'RotateVaultKey';

function keyHandlers({ exchangeKeys, approvals, rotateVault }: AccessParts): Part<OfKeys> {
  return {
    async PutExchangeKey(request, context) {
      const { venue, apiKey } = request;
      const { caller } = context;
      const summary = `the key of ${venue} that ends in ${hintOf(apiKey)}`;
      const wanted = { kind: 'keys.live', subject: JSON.stringify(request), summary } as const;
      const claim = { ClaimApproval: (asked: Wanted) => claimed(approvals, asked) };
      await requireApproval(claim, { ...wanted, requestedBy: caller.name }, 0);
      const before = exchangeKeys.shown(venue);
      const key = await exchangeKeys.put({ ...request, addedBy: caller.name });
      context.changed({ before, after: key });
      return { key };
    },
    ListExchangeKeys: () => ({ keys: exchangeKeys.list() }),
    async RemoveExchangeKey({ venue }, context) {
      const before = exchangeKeys.shown(venue);
      await exchangeKeys.remove(venue);
      context.changed({ before, after: undefined });
      return {};
    },
    ReadExchangeKey({ venue }) {
      const key = exchangeKeys.read(venue);
      const { apiKey, secret, passphrase } = key ?? { apiKey: '', secret: '', passphrase: '' };
      return { found: key !== undefined, apiKey, secret, passphrase };
    },
    async RotateVaultKey(_request, context) {
      const { keyIdBefore, ...now } = await rotateVault();
      context.changed({ before: { keyId: keyIdBefore }, after: now });
      return now;
    },
  };
}

const inactive: WireMessages['ats.access.v1.IntrospectResponse'] = {
  ...{ active: false, name: '', role: '', sessionId: '', expiresAtUs: 0, stepUpUntilUs: 0 },
  accounts: [],
};

const wireOf = (tokens: Tokens): WireTokens => ({ ...tokens });

function viewOf(user: User): WireUser {
  const { name: userName, role, enabled, createdAtUs, accounts } = user;
  const secondFactor = user.totpSecret !== undefined;
  const passwordSet = user.passwordHash !== undefined;
  return {
    userName,
    role,
    enabled,
    secondFactor,
    passwordSet,
    createdAtUs,
    accounts: [...accounts],
  };
}

const withLinkOf = (user: User, link: NewLink | undefined) => {
  return {
    user: viewOf(user),
    linkToken: link?.token ?? '',
    linkExpiresAtUs: link?.expiresAtUs ?? 0,
  };
};

function enabledOf(state: string): boolean | undefined {
  if (state === '') return undefined;
  if (state === 'enabled' || state === 'disabled') return state === 'enabled';
  const remedy = 'Use enabled or disabled.';
  throw invalid({
    field: 'state',
    value: state.slice(0, 64),
    message: `no state "${state}"`,
    remedy,
  });
}

const mayManage = ({ role }: Caller): boolean => permissionsOf(role).has('users.manage');

/** A service says where the person is; whoever calls for themselves is where the call is from. */
const sourceOf = (said: string, { caller }: CallContext): string =>
  (caller.kind === 'service' && said !== '' ? said : caller.source).slice(0, 128);

/** @throws REQUEST_FORBIDDEN for a caller that has no session */
function person(caller: Caller): Caller {
  if (caller.kind === 'user') return caller;
  throw new AtsError({
    code: 'REQUEST_FORBIDDEN',
    message: `${caller.name} is no person: it has no session, password or authenticator`,
    remedy: 'Log in, and send the access token with the call.',
    context: { field: 'authorization', value: '' },
  });
}

function others(userName: string): AtsError {
  return new AtsError({
    code: 'REQUEST_FORBIDDEN',
    message: `the sessions of ${userName.slice(0, 64)} are not yours`,
    remedy: 'Ask an administrator.',
    context: { field: 'user_name', value: userName.slice(0, 64) },
  });
}

function codeOfOldOneFirst(): AtsError {
  return new AtsError({
    code: 'ACCESS_STEP_UP_REQUIRED',
    message: 'another authenticator takes the place of the one there is only with a code of that',
    remedy: 'Show a code (StepUp), then begin again; an administrator can reset the user.',
    context: { field: 'code', value: '' },
  });
}
