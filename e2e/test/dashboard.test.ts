import { until } from '@ats/testkit';
import { generateSync } from 'otplib';
import { WebSocket } from 'ws';
import { FREE_PORTS, ownData, type RunningAts, startAts } from '../src/ats.ts';

const PASSWORD = 'granite-otter-wallpaper-71';
const SLOW = { timeoutMs: 90_000 };

interface Frame {
  readonly op?: string;
  readonly id?: string;
  readonly seq?: number;
  readonly session?: string;
  readonly data?: unknown;
}

describe('the dashboard of a running system', () => {
  let running: RunningAts;
  let base: string;
  let cookie = '';
  let csrf = '';
  let secret = '';

  const post = async (path: string, body: object) => {
    const answer = await fetch(`${base}${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        origin: base,
        ...(cookie === '' ? {} : { cookie, 'x-csrf-token': csrf }),
      },
      body: JSON.stringify(body),
    });
    const set = answer.headers.get('set-cookie');
    if (set !== null) cookie = set.split(';')[0] ?? '';
    const text = await answer.text();
    const json = text === '' ? {} : JSON.parse(text);
    csrf = json.session?.csrfToken ?? csrf;
    return { status: answer.status, json };
  };
  const rpc = (method: string, request: object = {}) => post(`/api/rpc/ats.${method}`, request);

  /** A code that was not shown before: each is good once. */
  const nextCode = async (last = '') =>
    until(() => {
      const code = generateSync({ secret });
      return code === last ? undefined : code;
    }, SLOW);

  beforeAll(async () => {
    running = startAts(['up', '--summary', 'json', ...FREE_PORTS, ...ownData()]);
    base = await until(() => /Dashboard: (\S+)/.exec(running.stderr())?.[1], SLOW);
  }, 120_000);
  afterAll(async () => {
    running.signal('SIGINT');
    await running.outcome;
  }, 60_000);

  it('makes the first administrator by the link, who enrols an authenticator', async () => {
    const token = await until(() => /set-up#(\S+)/.exec(running.stderr())?.[1], SLOW);
    const made = await post('/api/auth/set-up', { token, userName: 'ann', password: PASSWORD });
    expect(made.status).toBe(204);
    const first = await post('/api/auth/login', { userName: 'ann', password: PASSWORD });
    expect(first.json).toMatchObject({ next: 'done', session: { user: { name: 'ann' } } });
    ({ secret } = (await rpc('access.v1.AccessService/BeginTotp')).json);
    const code = generateSync({ secret });
    const { json } = await rpc('access.v1.AccessService/ConfirmTotp', { code });
    expect(json.backupCodes.length).toBeGreaterThan(3);
    await post('/api/auth/logout', {});
    cookie = '';
    const again = await post('/api/auth/login', { userName: 'ann', password: PASSWORD });
    expect(again.json).toMatchObject({ next: 'code' });
    const { challenge } = again.json;
    const done = await post('/api/auth/complete', { challenge, code: await nextCode(code) });
    expect(done.json).toMatchObject({ next: 'done', session: { user: { secondFactor: true } } });
  }, 120_000);

  it('halts, and resumes once a fresh code was shown', async () => {
    const halt = { reason: 'e2e', actor: 'mallory', mode: 'HALT_MODE_HALTED' };
    expect((await rpc('risk.v1.RiskService/EmergencyHalt', halt)).status).toBe(200);
    const { json } = await rpc('risk.v1.RiskService/GetRiskStatus');
    expect(json).toMatchObject({ halted: true, haltReason: 'e2e', haltedBy: 'ann' });
    const shown = generateSync({ secret });
    const stepUp = async () => post('/api/auth/step-up', { code: await nextCode(shown) });
    expect((await stepUp()).status).toBe(200);
    const resumed = await rpc('risk.v1.RiskService/ResumeTrading', { actor: '', reason: 'e2e' });
    expect([resumed.status, resumed.json.code]).toEqual([200, undefined]);
  }, 120_000);

  it('streams quotes, edges and opportunities, and resumes where it was', async () => {
    const open = async () => {
      const url = `${base.replace('http', 'ws')}/api/stream`;
      const socket = new WebSocket(url, { headers: { cookie, origin: base } });
      const frames: Frame[] = [];
      socket.on('message', (data) => frames.push(JSON.parse(data.toString())));
      const session = await until(() => frames[0]?.session, SLOW);
      const say = (frame: object) => socket.send(JSON.stringify(frame));
      return { socket, frames, session, say };
    };
    const first = await open();
    const wanted = {
      quotes: 'ats.marketdata.v1.MarketDataService/StreamQuotes',
      edges: 'ats.opportunity.v1.EngineService/StreamSpreadMatrix',
      trades: 'ats.marketdata.v1.MarketDataService/StreamTrades',
    };
    for (const [id, method] of Object.entries(wanted)) {
      first.say({ op: 'subscribe', id, method, request: {} });
    }
    for (const id of Object.keys(wanted)) {
      await until(() => first.frames.some((frame) => frame.id === id && frame.data), SLOW);
    }
    const numbers = (frames: readonly Frame[]) => frames.flatMap(({ seq }) => seq ?? []);
    await until(() => numbers(first.frames).length > 5, SLOW);
    first.socket.terminate();
    const lastSeq = numbers(first.frames).at(-1) ?? 0;
    const second = await open();
    second.say({ op: 'resume', session: first.session, lastSeq });
    await until(() => numbers(second.frames).length > 5, SLOW);
    expect(second.frames.some(({ op }) => op === 'resumed')).toBe(true);
    const all = [...numbers(first.frames), ...numbers(second.frames)];
    expect(all).toEqual(all.map((_, index) => index + 1));
    await until(() => second.frames.some(({ id }) => id === 'quotes'), SLOW);
    second.socket.terminate();
  }, 120_000);
});
