import {
  CSRF_HEADER,
  type DashboardService,
  PROBLEM,
  type Problem,
  type RequestOf,
  type ResponseOf,
  RPC_PATH,
  type UnaryName,
} from '../../../src/contract.ts';

/** What a request may leave out: everything. */
export type Loose<T> = T extends readonly (infer Item)[]
  ? readonly Loose<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]?: Loose<T[Key]> }
    : T;

/** A refusal of the server, with what to do about it. */
export class ProblemError extends Error {
  readonly problem: Problem;
  readonly status: number;

  constructor(problem: Problem, status: number) {
    super(problem.message);
    this.name = 'ProblemError';
    this.problem = problem;
    this.status = status;
  }
}

const UNREACHABLE: Problem = {
  code: PROBLEM.unavailable,
  message: 'The dashboard server does not answer.',
  field: '',
  value: '',
  remedy: 'Check that it runs and that this machine reaches it; the page tries again by itself.',
  requestId: '',
};

const isProblem = (body: unknown): body is Problem =>
  typeof body === 'object' && body !== null && 'code' in body && 'message' in body;

/** Asks a person for a fresh code. @returns whether one was given. */
type StepUp = () => Promise<boolean>;

let csrfToken = '';
let stepUp: StepUp = () => Promise.resolve(false);

export const setCsrfToken = (token: string): void => {
  csrfToken = token;
};

export const onStepUp = (ask: StepUp): void => {
  stepUp = ask;
};

async function send(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, { credentials: 'same-origin', ...init });
  } catch {
    throw new ProblemError(UNREACHABLE, 0);
  }
}

async function bodyOf(response: Response): Promise<unknown> {
  const text = await response.text();
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function answerOf(response: Response): Promise<unknown> {
  const body = await bodyOf(response);
  if (response.ok) return body;
  const message = `The server answered with ${response.status}.`;
  const problem = isProblem(body) ? body : { ...UNREACHABLE, message };
  throw new ProblemError(problem, response.status);
}

/** @throws ProblemError with what the server says. */
export async function getJson<T>(path: string): Promise<T> {
  return (await answerOf(await send(path, {}))) as T;
}

/** @throws ProblemError with what the server says. */
export async function postJson<T>(path: string, body: unknown): Promise<T> {
  const headers = { 'content-type': 'application/json', [CSRF_HEADER]: csrfToken };
  const init: RequestInit = { method: 'POST', headers, body: JSON.stringify(body) };
  return (await answerOf(await send(path, init))) as T;
}

/** @throws ProblemError with what the server says. */
export async function deleteJson<T>(path: string): Promise<T> {
  const init: RequestInit = { method: 'DELETE', headers: { [CSRF_HEADER]: csrfToken } };
  return (await answerOf(await send(path, init))) as T;
}

/** Calls one method. Where a fresh code is asked for, the person is, and the call is repeated. */
export async function callRpc<S extends DashboardService, M extends UnaryName<S>>(
  service: S,
  method: M,
  request: Loose<RequestOf<S, M>>,
): Promise<ResponseOf<S, M>> {
  const path = `${RPC_PATH}/${service}/${method}`;
  try {
    return await postJson(path, request);
  } catch (error) {
    const asked = error instanceof ProblemError && error.problem.code === PROBLEM.stepUpRequired;
    if (!asked || !(await stepUp())) throw error;
    return await postJson(path, request);
  }
}
