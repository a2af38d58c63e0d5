import { ACCESS_SERVICE, type WireMessages } from '@ats/contracts';
import type { RpcDirectory } from '@ats/runtime';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Login, type Logins, loggedOut } from '../../app/logins.ts';
import type { LoginAnswer, SessionView, SystemView } from '../../contract.ts';
import { parseBody } from './bodies.ts';
import { heldTo, ROUTES } from './routes.ts';
import type { Visitors } from './visitors.ts';

export interface AuthParts {
  readonly rpc: RpcDirectory;
  readonly logins: Logins;
  readonly visitors: Visitors;
  readonly system: SystemView;
  readonly deadlineMs: number;
}

/** Logging in and out: the only place where passwords, codes and tokens pass. */
export function authRoutes(app: FastifyInstance, parts: AuthParts): void {
  const { rpc, logins, visitors, deadlineMs } = parts;
  const access = () => rpc.client(ACCESS_SERVICE);
  const call = (request: FastifyRequest) => ({ deadlineMs, correlationId: request.id });
  const done = async (
    request: FastifyRequest,
    reply: FastifyReply,
    tokens: WireMessages['ats.access.v1.Tokens'],
  ): Promise<LoginAnswer> => {
    const authorization = `Bearer ${tokens.accessToken}`;
    const person = { authorization, personSource: request.ip };
    const { name } = await access().WhoAmI({}, { ...call(request), ...person });
    const before = visitors.loginOf(request);
    if (before !== undefined) logins.end(before.id);
    const login = logins.open(name, tokens);
    reply.setCookie(visitors.cookieName, login.id, visitors.cookie);
    return { next: 'done', session: await sessionView(parts, request, login) };
  };

  app.post(ROUTES.setUp.path, heldTo(ROUTES.setUp), async (request, reply) => {
    const form = parseBody(ROUTES.setUp.body, request.body);
    await access().SetUp({ ...form, source: request.ip }, call(request));
    return reply.code(204).send();
  });
  app.post(
    ROUTES.login.path,
    heldTo(ROUTES.login),
    async (request, reply): Promise<LoginAnswer> => {
      const form = parseBody(ROUTES.login.body, request.body);
      const answer = await access().Login({ ...form, source: request.ip }, call(request));
      if (answer.tokens === null) return { next: 'code', challenge: answer.challenge };
      return done(request, reply, answer.tokens);
    },
  );
  app.post(
    ROUTES.complete.path,
    heldTo(ROUTES.complete),
    async (request, reply): Promise<LoginAnswer> => {
      const form = parseBody(ROUTES.complete.body, request.body);
      const { tokens } = await access().CompleteLogin(
        { ...form, source: request.ip },
        call(request),
      );
      if (tokens === null) throw loggedOut();
      return done(request, reply, tokens);
    },
  );
  app.post(ROUTES.stepUp.path, heldTo(ROUTES.stepUp), async (request): Promise<SessionView> => {
    const login = visitors.mustBe(request);
    const { code } = parseBody(ROUTES.stepUp.body, request.body);
    const person = await logins.personCall(login, request.ip);
    const { tokens } = await access().StepUp({ code }, { ...call(request), ...person });
    if (tokens !== null) logins.replace(login, tokens);
    return sessionView(parts, request, login);
  });
  app.post(ROUTES.logout.path, heldTo(ROUTES.logout), async (request, reply) => {
    const login = visitors.mustBe(request);
    try {
      const person = await logins.personCall(login, request.ip);
      await access().Logout({}, { ...call(request), ...person });
    } finally {
      logins.end(login.id);
      reply.clearCookie(visitors.cookieName, visitors.cookie);
    }
    return reply.code(204).send();
  });
  app.get(ROUTES.session.path, heldTo(ROUTES.session), (request) =>
    sessionView(parts, request, visitors.mustBe(request)),
  );
}

async function sessionView(
  { rpc, logins, system, deadlineMs }: AuthParts,
  request: FastifyRequest,
  login: Login,
): Promise<SessionView> {
  const person = await logins.personCall(login, request.ip);
  const options = { deadlineMs, correlationId: request.id, ...person };
  const who = await rpc.client(ACCESS_SERVICE).WhoAmI({}, options);
  const { name, role, permissions, secondFactor, stepUpUntilUs } = who;
  return {
    user: { name, role, permissions, secondFactor, stepUpUntilUs },
    csrfToken: login.csrfToken,
    system,
  };
}
