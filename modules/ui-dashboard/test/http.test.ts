import { request } from 'node:http';
import { asVisitor, login, openStage, post, type Stage, type Visitor } from './stage.ts';

const HALT = '/api/rpc/ats.risk.v1.RiskService/EmergencyHalt';
const PREVIEW = '/api/rpc/ats.risk.v1.RiskService/PreviewOrders';
const STATUS = '/api/rpc/ats.risk.v1.RiskService/GetRiskStatus';

describe("the dashboard's server over HTTP", () => {
  let stage: Stage;
  let ann: Visitor;
  beforeAll(async () => {
    stage = await openStage(['dashboard.bodyBytesMax=2048']);
    ann = await login(stage);
  });
  afterAll(() => stage.close());

  const problemOf = async (answer: Response) => {
    const { code, field, remedy } = (await answer.json()) as Record<string, string>;
    return { status: answer.status, code, field, told: remedy !== '' };
  };

  it('keeps tokens to itself: the browser gets a cookie that scripts cannot read', async () => {
    const answer = await post(stage, '/api/auth/login', { userName: 'bob', password: 'x' });
    expect(answer.headers.get('set-cookie')).toMatch(/; HttpOnly; SameSite=Strict/);
    expect(await answer.text()).not.toContain('token-bob');
  });

  it('makes calls as who is logged in, whatever the page says of the actor', async () => {
    const answer = await post(
      stage,
      HALT,
      { reason: 'smoke', actor: 'somebody else', mode: 'HALT_MODE_HALTED' },
      asVisitor(ann),
    );
    expect(answer.status).toBe(200);
    expect(stage.services.actors.at(-1)).toBe('ann');
    // Every call so far was told as from the browser, not from this server.
    expect([...stage.places]).toEqual(['127.0.0.1']);
  });

  it('answers with the fields of the contract and no others', async () => {
    const answer = await post(stage, STATUS, {}, asVisitor(ann));
    const text = await answer.text();
    expect(JSON.parse(text)).toMatchObject({ halted: true, haltedBy: '', changes: [] });
    expect(text).not.toContain('secret');
  });

  it('asks risk about an order beforehand, as who is logged in, and fails closed', async () => {
    const request = { accountId: 'main', orders: [{ venue: 'kraken', quantity: '1' }] };
    const ask = (visitor: Visitor) => post(stage, PREVIEW, request, asVisitor(visitor));
    expect(await (await ask(ann)).json()).toEqual({
      decision: expect.objectContaining({
        ...{ verdict: 'VERDICT_REFUSED', detail: 'ann for main', limit: '5', value: '9' },
      }),
      ...{ limitName: 'grossExposure', limitOf: '', standsAt: '4', prices: [] },
    });
    const refused = await problemOf(await ask(await login(stage, 'stranger')));
    expect(refused).toMatchObject({ status: 403, code: 'REQUEST_FORBIDDEN' });
    stage.services.riskAway = true;
    const silent = await problemOf(await ask(ann));
    stage.services.riskAway = false;
    expect(silent).toMatchObject({ status: 503, code: 'RPC_UNAVAILABLE' });
  });

  it('refuses who is not logged in, lacks the token, or comes from elsewhere', async () => {
    const { cookie, csrf } = ann;
    expect(await problemOf(await post(stage, HALT, {}))).toMatchObject({
      ...{ status: 401, code: 'REQUEST_UNAUTHENTICATED' },
    });
    expect(await problemOf(await post(stage, HALT, {}, { cookie }))).toMatchObject({
      ...{ status: 403, code: 'REQUEST_FORBIDDEN', field: 'x-csrf-token', told: true },
    });
    const elsewhere = { cookie, 'x-csrf-token': csrf, origin: 'https://evil.example' };
    expect(await problemOf(await post(stage, HALT, {}, elsewhere))).toMatchObject({
      ...{ status: 403, field: 'origin' },
    });
    const form = { userName: 'ann', password: 'x' };
    const answer = await post(stage, '/api/auth/login', form, { origin: 'https://evil.example' });
    expect(await problemOf(answer)).toMatchObject({ status: 403, field: 'origin' });
  });

  it('is called by its own names alone', async () => {
    const { hostname, port } = new URL(stage.url);
    const status = await new Promise<number | undefined>((resolve) => {
      const headers = { host: `evil.example:${port}` };
      request({ hostname, port, path: '/', headers }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      }).end();
    });
    expect(status).toBe(403);
  });

  it('passes on what a service says of the person', async () => {
    const stranger = await login(stage, 'stranger');
    const answer = await post(stage, STATUS, {}, asVisitor(stranger));
    expect(await problemOf(answer)).toMatchObject({ status: 403, code: 'REQUEST_FORBIDDEN' });
  });

  it('refuses bodies that are malformed, too large or not of the contract', async () => {
    const visitor = asVisitor(ann);
    const refused = async (body: unknown, more: Record<string, string> = {}) =>
      problemOf(await post(stage, HALT, body, { ...visitor, ...more }));
    expect(await refused('{"a":')).toMatchObject({ status: 400, code: 'REQUEST_INVALID' });
    expect(await refused({ reason: 'x'.repeat(4000) })).toMatchObject({ status: 413 });
    expect(await refused('a=b', { 'content-type': 'text/plain' })).toMatchObject({ status: 415 });
    expect(await refused({ nonsense: 1 })).toMatchObject({ status: 400, field: 'nonsense' });
    expect(await refused({ reason: { $ne: '' } })).toMatchObject({ status: 400, field: 'reason' });
    expect(await refused({ mode: 'HALT_MODE_WISHED' })).toMatchObject({ field: 'mode' });
    expect(await refused('[1]')).toMatchObject({ status: 400, code: 'REQUEST_INVALID' });
    expect(await refused('{"__proto__":{"actor":"x"}}')).toMatchObject({ status: 400 });
  });

  it('keeps what looks like a page as the text that it is', async () => {
    const reason = '"><script>alert(1)</script>';
    await post(stage, HALT, { reason, mode: 'HALT_MODE_HALTED' }, asVisitor(ann));
    const answer = await post(stage, STATUS, {}, asVisitor(ann));
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await answer.json()).toMatchObject({ haltReason: reason });
  });

  it('lets pages run nothing but their own scripts, and be framed by nobody', async () => {
    const answer = await fetch(stage.url);
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    expect(answer.headers.get('cache-control')).toBe('no-cache');
  });

  it('serves the report of a run in a sandbox, and to nobody who is not logged in', async () => {
    const url = `${stage.url}/api/backtests/tight-1/report.html`;
    const answer = await fetch(url, { headers: { cookie: ann.cookie } });
    expect(await answer.text()).toContain('<title>tight-1</title>');
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/^sandbox allow-scripts; default-src 'none';/);
    expect(policy).not.toContain('allow-same-origin');
    expect(answer.headers.get('content-disposition')).toBeNull();
    const kept = await fetch(`${url}?save`, { headers: { cookie: ann.cookie } });
    expect(kept.headers.get('content-disposition')).toBe('attachment; filename="tight-1.html"');
    expect((await fetch(url)).status).toBe(401);
  });

  it('serves files with a hash for ever, and the page for addresses of the app', async () => {
    const asset = await fetch(`${stage.url}/assets/app-1234.js`);
    expect(asset.headers.get('cache-control')).toContain('immutable');
    const page = await fetch(`${stage.url}/trades/t-1?tab=legs`);
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('ATS')]);
    expect((await fetch(`${stage.url}/assets/gone-1.js`)).status).toBe(404);
    expect((await fetch(`${stage.url}/api/gone`)).status).toBe(404);
    expect((await fetch(`${stage.url}/..%2f..%2fpackage.json`)).status).not.toBe(500);
  });

  it('renews tokens once however many calls wait for it', async () => {
    stage.services.accessLastsUs = 0;
    const bob = await login(stage, 'bob');
    stage.services.accessLastsUs = 3_600_000_000;
    const before = stage.services.refreshed;
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => post(stage, STATUS, {}, asVisitor(bob))),
    );
    expect(answers.every(({ ok }) => ok)).toBe(true);
    // The view of the session at the login was the first to renew.
    expect(stage.services.refreshed - before).toBeLessThanOrEqual(1);
  });

  it('forgets a login at its end', async () => {
    const bob = await login(stage, 'bob');
    const out = await post(stage, '/api/auth/logout', {}, asVisitor(bob));
    expect(out.status).toBe(204);
    expect((await post(stage, STATUS, {}, asVisitor(bob))).status).toBe(401);
  });
});
