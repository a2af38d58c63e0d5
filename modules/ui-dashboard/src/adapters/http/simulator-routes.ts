import { ACCESS_SERVICE } from '@ats/contracts';
import { AtsError } from '@ats/domain';
import type { Logger } from '@ats/runtime';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { FaultsView } from '../../contract.ts';
import type { AuthParts } from './auth-routes.ts';
import { parseBody } from './bodies.ts';
import { heldTo, ROUTES } from './routes.ts';
import { faultsView } from './views.ts';

const ASK_MS = 2000;
/** Who may stop and start the engine may trouble the exchanges that it plays with. */
const PERMISSION = 'engine.control';

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
  app.get(ROUTES.faults.path, heldTo(ROUTES.faults), () => ask(url, { method: 'GET' }));
  app.post(ROUTES.beginFault.path, heldTo(ROUTES.beginFault), (request) => {
    const body = JSON.stringify(parseBody(ROUTES.beginFault.body, request.body));
    return change(request, { method: 'POST', body });
  });
  app.delete(ROUTES.endFaults.path, heldTo(ROUTES.endFaults), (request) =>
    change(request, { method: 'DELETE' }),
  );
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
  if (answer.ok) return faultsView.parse(body);
  const { error, problems } = refusal.parse(body);
  throw new AtsError({
    code: 'REQUEST_INVALID',
    message: [error, ...problems].join('; '),
    remedy: 'Correct the fault that is asked for.',
    context: { field: 'fault', value: String(init.body).slice(0, 100) },
  });
}
