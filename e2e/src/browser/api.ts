import type { WireServices } from '@ats/contracts';
import type { BrowserContext } from 'playwright-core';
import { Authenticator } from './authenticator.ts';

export const PASSWORD = 'granite-otter-wallpaper-71';

interface Answer {
  readonly status: number;
  /** What the server says is the test's to judge. */
  readonly json: unknown;
}

/** Answers of every method by its name without `ats.`, such as `risk.v1.RiskService/GetPnL`. */
type Answers = {
  [Service in keyof WireServices as Service extends `ats.${infer Short}`
    ? `${Short}/${keyof WireServices[Service] & string}`
    : never]: WireServices[Service];
};

export type ApiMethod = keyof Answers;

type AnswerTo<Method extends ApiMethod> = Method extends `${string}/${infer Name}`
  ? Name extends keyof Answers[Method]
    ? Answers[Method][Name] extends { readonly response: infer Response }
      ? Response
      : never
    : never
  : never;

interface Session {
  readonly csrfToken?: string;
}

/** The server's API as whoever is logged in within a window. */
export class Api {
  private readonly context: BrowserContext;
  private readonly url: string;

  /** @param url of the server, as pages of it name their origin */
  constructor(context: BrowserContext, url: string) {
    this.context = context;
    this.url = url;
  }

  async post(path: string, data: object): Promise<Answer> {
    const { status, text } = await this.raw(path, data);
    return { status, json: text === '' ? {} : JSON.parse(text) };
  }

  /** The answer as it came. */
  async raw(path: string, data: object) {
    const { request } = this.context;
    const session = await request.get(`${this.url}/api/session`);
    const { csrfToken: csrf = '' } = session.ok() ? ((await session.json()) as Session) : {};
    const headers = { 'x-csrf-token': csrf, origin: this.url };
    const answer = await request.post(`${this.url}${path}`, { data, headers });
    return { status: answer.status(), headers: answer.headers(), text: await answer.text() };
  }

  call(method: ApiMethod, request: object = {}): Promise<Answer> {
    return this.post(`/api/rpc/ats.${method}`, request);
  }

  /** @throws where the server refuses */
  async must<Method extends ApiMethod>(
    method: Method,
    request: object = {},
  ): Promise<AnswerTo<Method>> {
    const { status, json } = await this.call(method, request);
    if (status !== 200) throw new Error(`${method}: ${status} ${JSON.stringify(json)}`);
    return json as AnswerTo<Method>;
  }

  /** From a link to a password and an authenticator; the window is logged in afterwards. */
  async setUp(token: string, userName: string): Promise<Authenticator> {
    await this.accept('set-up', { token, userName, password: PASSWORD });
    await this.accept('login', { userName, password: PASSWORD });
    const { secret } = await this.must('access.v1.AccessService/BeginTotp');
    const authenticator = new Authenticator(secret);
    const code = await authenticator.code();
    await this.must('access.v1.AccessService/ConfirmTotp', { code });
    await this.accept('step-up', { code: await authenticator.code() });
    return authenticator;
  }

  /** From a link to a password alone. */
  async join(token: string, userName: string): Promise<void> {
    await this.accept('set-up', { token, userName, password: PASSWORD });
    await this.accept('login', { userName, password: PASSWORD });
  }

  private async accept(step: string, form: object): Promise<void> {
    const { status, json } = await this.post(`/api/auth/${step}`, form);
    if (status >= 300) throw new Error(`${step}: ${status} ${JSON.stringify(json)}`);
  }
}
