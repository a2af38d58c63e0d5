import type { SchemaNames } from '@ats/runtime';
import { z } from 'zod';
import type {
  FaultsView,
  HealthView,
  LoginAnswer,
  MeasuresView,
  Problem,
  ServerFrame,
  SessionView,
  SystemView,
} from '../../contract.ts';

/** What is asked and answered, by the names that the reference has for it. */
export const requestNames: SchemaNames = z.registry<{ readonly id: string }>();
export const answerNames: SchemaNames = z.registry<{ readonly id: string }>();

const text = z.string();
const seconds = z.number().nullable();

const systemView = z
  .object({
    version: text,
    mode: z.enum(['sim', 'paper', 'live']),
    profile: z.enum(['embedded', 'distributed']),
    numeraire: text.describe('The money that profit is counted in, such as USDT.'),
    account: text.describe('The account that the engine trades for.'),
    venues: z.array(text),
    stores: z.array(z.object({ name: text, url: text })).describe('Without secrets.'),
    startedAtUs: z.int(),
    login: z.boolean().describe('Whether people log in.'),
  })
  .describe('What does not change while the server runs.')
  .register(answerNames, { id: 'System' }) satisfies z.ZodType<SystemView>;

export const sessionView = z
  .object({
    user: z.object({
      name: text,
      role: text,
      permissions: z.array(text).describe('Names such as risk.halt.'),
      secondFactor: z.boolean().describe('Whether an authenticator is enrolled.'),
      stepUpUntilUs: z.int().describe('Until when dangerous actions need no new code, or 0.'),
    }),
    csrfToken: text.describe('For the header x-csrf-token.'),
    system: systemView,
  })
  .describe('Who is here, and what this system is.')
  .register(answerNames, { id: 'Session' }) satisfies z.ZodType<SessionView>;

export const loginAnswer = z
  .discriminatedUnion('next', [
    z
      .object({ next: z.literal('code'), challenge: text })
      .describe('A code of an authenticator is wanted: send it to complete.'),
    z
      .object({ next: z.literal('done'), session: sessionView })
      .describe('The session cookie is set.'),
  ])
  .describe('How logging in goes on.')
  .register(answerNames, { id: 'LoginAnswer' }) satisfies z.ZodType<LoginAnswer>;

export const healthView = z
  .object({
    atUs: z.int(),
    services: z.array(
      z.object({
        name: text,
        state: z
          .enum(['ready', 'not-ready', 'not-reachable'])
          .describe('not-reachable: it did not answer.'),
        version: text.describe('What runs there; empty where it could not be asked.'),
        reasons: z.array(text).describe('Why not; empty when ready.'),
      }),
    ),
  })
  .describe('Every service as it says it is.')
  .register(answerNames, { id: 'Health' }) satisfies z.ZodType<HealthView>;

export const measuresView = z
  .object({
    atUs: z.int(),
    stages: z
      .array(z.object({ metric: text, of: text, p50S: seconds, p99S: seconds, worstS: seconds }))
      .describe('How long stages take, seconds since the start; null where it is not known.'),
    breakers: z
      .array(z.object({ what: text, of: text, open: z.number() }))
      .describe('open is 1, on trial 0.5, closed 0.'),
    lags: z.array(z.object({ what: text, of: text, waiting: z.number() })).describe('What waits.'),
    archiveLagS: seconds.describe('Age of the oldest record that is not archived.'),
    processes: z.array(
      z.object({
        startedS: seconds,
        services: z.array(text),
        node: text,
        memoryBytes: z.number().nullable(),
        loopLagP99S: seconds,
      }),
    ),
  })
  .describe('How fast stages are, what is behind, which breakers are open.')
  .register(answerNames, { id: 'Measures' }) satisfies z.ZodType<MeasuresView>;

export const faultsView = z
  .object({ venues: z.record(text, z.array(text)) })
  .describe('Names of faults in force, by venue.')
  .register(answerNames, { id: 'Faults' }) satisfies z.ZodType<FaultsView>;

export const problem = z
  .object({
    code: text.describe('For programs.'),
    message: text.describe('One sentence for a person.'),
    field: text.describe('The field of the request that is wrong; empty when it is none.'),
    value: text.describe('What it said; empty when that is secret.'),
    remedy: text.describe('What to do about it; may be empty.'),
    requestId: text.describe('Leads to the logs of the services.'),
  })
  .describe('What is wrong and what to do.')
  .register(answerNames, { id: 'Problem' }) satisfies z.ZodType<Problem>;

export const contractRequest = z
  .record(text, z.unknown())
  .describe('The request of the contract in JSON. Any field may be left out.')
  .register(requestNames, { id: 'ContractRequest' });

export const contractAnswer = z
  .record(text, z.unknown())
  .describe('The answer of the contract in JSON: names in camelCase, bytes as base64.')
  .register(answerNames, { id: 'ContractAnswer' });

const [id, seq] = [text.describe('Of the subscription.'), z.int()];
const [session, data] = [text, z.unknown()];

export const serverFrame = z
  .union([
    z
      .object({ op: z.literal('welcome'), session, resumeMs: z.int() })
      .describe('First of a connection: a new session. Ignored when `resume` follows.'),
    z.object({ op: z.literal('resumed'), session }).describe('All ids are as they were.'),
    z
      .object({ op: z.literal('reset'), session, reason: text })
      .describe('Nothing of the session is left: subscribe to all again.'),
    z.object({ op: z.literal('heartbeat'), timeUs: z.int() }).describe('Every second.'),
    z
      .object({ id, seq, error: problem, retry: z.boolean() })
      .describe('The subscription is over; `retry` says whether to subscribe again later.'),
    z.object({ id, seq, end: z.literal(true) }).describe('The subscription is over.'),
    z.object({ id, seq, data }).describe('An event; `seq` counts up by 1, and none is missing.'),
    z.object({ id, data }).describe('A newest value, of methods whose newest is all that counts.'),
  ])
  .describe('What the server says. Nothing for 3 s means that the connection is gone.')
  .register(answerNames, { id: 'ServerFrame' }) satisfies z.ZodType<ServerFrame>;
