import type { BrowserContext } from 'playwright-core';
import { Authenticator } from './authenticator.ts';

export const PASSWORD = 'granite-otter-wallpaper-71';

interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: what the server says is the test's to judge.
  readonly json: any;
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
    const csrf = session.ok() ? (await session.json()).csrfToken : '';
    const headers = { 'x-csrf-token': csrf, origin: this.url };
    const answer = await request.post(`${this.url}${path}`, { data, headers });
    return { status: answer.status(), headers: answer.headers(), text: await answer.text() };
  }

  /** @param method such as `risk.v1.RiskService/GetRiskStatus` */
  call(method: string, request: object = {}): Promise<Answer> {
    return this.post(`/api/rpc/ats.${method}`, request);
  }

  /** @throws where the server refuses */
  async must(method: string, request: object = {}): Promise<Answer['json']> {
    const { status, json } = await this.call(method, request);
    if (status !== 200) throw new Error(`${method}: ${status} ${JSON.stringify(json)}`);
    return json;
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
