import { ACCESS_SERVICE } from '@ats/contracts';
import { AtsError } from '@ats/domain';
import type { Logger } from '@ats/runtime';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { FAULTS_PATH, type FaultsView } from '../../contract.ts';
import type { AuthParts } from './auth-routes.ts';
import { parseBody } from './bodies.ts';

const ASK_MS = 2000;
/** Who may stop and start the engine may trouble the exchanges that it plays with. */
const PERMISSION = 'engine.control';
const ACTS = { config: { rule: 'person-acts' } } as const;

/** What a page may ask for; the simulator itself knows which kinds there are. */
const faultForm = z.strictObject({
  kind: z.string().min(1).max(40),
  venue: z.string().min(1).max(40).optional(),
  durationMs: z.int().min(0).max(86_400_000).optional(),
  count: z.int().min(1).max(100_000).optional(),
  amountMs: z.int().min(-86_400_000).max(86_400_000).optional(),
});

const faultsAnswer = z.object({ venues: z.record(z.string(), z.array(z.string())) });
const refusal = z.object({ error: z.string(), problems: z.array(z.string()).default([]) });

export interface SimulatorParts extends AuthParts {
  readonly logger: Logger;
  /** Where the simulated exchanges take faults; undefined where none are simulated. */
  readonly simulatorUrl: string | undefined;
}

/** Faults of the simulated exchanges: which are in force, begin one, end all. */
export function simulatorRoutes(app: FastifyInstance, parts: SimulatorParts): void {
  const { visitors, logger, simulatorUrl } = parts;
  if (simulatorUrl === undefined) return;
  const url = `${simulatorUrl}/admin/faults`;
  const change = async (request: FastifyRequest, init: RequestInit): Promise<FaultsView> => {
    const { name: actor } = visitors.mustBe(request);
    await mustMay(parts, request);
    const faults = await ask(url, init);
    const asked = { actor, method: init.method, body: init.body };
    logger.warn('dashboard.faults', 'faults of the simulator were changed', asked);
    return faults;
  };
  app.get(FAULTS_PATH, { config: { rule: 'person' } }, () => ask(url, { method: 'GET' }));
  app.post(FAULTS_PATH, ACTS, (request) => {
    const body = JSON.stringify(parseBody(faultForm, request.body));
    return change(request, { method: 'POST', body });
  });
  app.delete(FAULTS_PATH, ACTS, (request) => change(request, { method: 'DELETE' }));
}

/** @throws REQUEST_FORBIDDEN */
async function mustMay(parts: AuthParts, request: FastifyRequest): Promise<void> {
  const { rpc, logins, visitors, deadlineMs } = parts;
  const person = await logins.personCall(visitors.mustBe(request), request.ip);
  const options = { deadlineMs, correlationId: request.id, ...person };
  const { permissions, role } = await rpc.client(ACCESS_SERVICE).WhoAmI({}, options);
  if (permissions.includes(PERMISSION)) return;
  throw new AtsError({
    code: 'REQUEST_FORBIDDEN',
    message: `the role ${role} may not change faults: it lacks ${PERMISSION}`,
    remedy: 'Ask an administrator.',
    context: { field: 'role', value: role },
  });
}

async function ask(url: string, init: RequestInit): Promise<FaultsView> {
  let answer: Response;
  try {
    answer = await fetch(url, { ...init, signal: AbortSignal.timeout(ASK_MS) });
  } catch (cause) {
    throw new AtsError({
      code: 'RPC_UNAVAILABLE',
      message: 'the simulated exchanges do not answer',
      remedy: 'Look at venue-simulator under System.',
      retry: 'safe',
      cause,
    });
  }
  const body: unknown = await answer.json();
  if (answer.ok) return faultsAnswer.parse(body);
  const { error, problems } = refusal.parse(body);
  throw new AtsError({
    code: 'REQUEST_INVALID',
    message: [error, ...problems].join('; '),
    remedy: 'Correct the fault that is asked for.',
    context: { field: 'fault', value: String(init.body).slice(0, 100) },
  });
}
