import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ErrorCode } from '@ats/domain';
import { selfSigned } from '@ats/testkit';
import Fastify from 'fastify';
import { WebSocket } from 'ws';
import { STATUSES } from '../src/adapters/http/openapi.ts';
import { keepRules } from '../src/adapters/http/route-rules.ts';
import { apiRoutes, ROUTES } from '../src/adapters/http/routes.ts';
import { problem } from '../src/adapters/http/views.ts';
import { Visitors } from '../src/adapters/http/visitors.ts';
import { httpStatusOf } from '../src/app/problem.ts';
import { FAULTS_PATH } from '../src/contract.ts';
import {
  asVisitor,
  login,
  openStage,
  openStream,
  post,
  type Stage,
  type Visitor,
} from './stage.ts';

const WEB = join(import.meta.dirname, '../web');
const PAYLOADS = ['"><script>alert(1)</script>', "'><img src=x onerror=alert(1)>", '</script>한글'];

describe('the routes of the dashboard', () => {
  let stage: Stage;
  let ann: Visitor;
  beforeAll(async () => {
    stage = await openStage();
    ann = await login(stage);
  });
  afterAll(() => stage.close());

  it('cannot be added without a rule', () => {
    const app = Fastify();
    keepRules(app, new Visitors({ logins: () => undefined as never, secure: false, hosts: [] }));
    expect(() => app.get('/api/secret', () => 'x')).toThrow('/api/secret');
  });

  it('all have one, and keep it', async () => {
    const { routes } = stage.running;
    const api = routes.filter(({ url }) => url.startsWith('/api/'));
    expect(api.length).toBeGreaterThan(10);
    expect(routes.filter(({ rule }) => rule === 'anyone').map(({ url }) => url)).toEqual(
      routes.map(({ url }) => url).filter((url) => !url.startsWith('/api/')),
    );
    for (const { method, url, rule } of api) {
      const ask = async (headers: Record<string, string>) => {
        const body = method === 'POST' ? { body: '{}' } : {};
        const all =
          method === 'POST' ? { 'content-type': 'application/json', ...headers } : headers;
        return (await fetch(`${stage.url}${url}`, { method, headers: all, ...body })).status;
      };
      const { cookie, csrf } = ann;
      const token = { 'x-csrf-token': csrf };
      const said = [method, url, rule];
      if (rule === 'own-page') {
        expect([...said, await ask({})]).toEqual([...said, 403]);
        expect([...said, await ask({ origin: 'null' })]).toEqual([...said, 403]);
        continue;
      }
      expect([...said, await ask({ origin: stage.url, ...token })]).toEqual([...said, 401]);
      if (rule !== 'person-acts') continue;
      expect(['POST', 'DELETE']).toContain(method);
      expect([...said, await ask({ cookie, origin: stage.url })]).toEqual([...said, 403]);
      const elsewhere = { cookie, ...token, origin: 'https://evil.example' };
      expect([...said, await ask(elsewhere)]).toEqual([...said, 403]);
    }
  });

  it('are those that the reference describes, and no other', () => {
    const served = stage.running.routes.filter(
      ({ method, url }) => url.startsWith('/api/') && method !== 'HEAD',
    );
    const described = apiRoutes.map(({ method, path, rule }) => ({ method, url: path, rule }));
    const inOrder = (all: readonly object[]) => all.map((one) => JSON.stringify(one)).toSorted();
    expect(inOrder(served)).toEqual(inOrder(described));
  });

  it.each(Object.entries(STATUSES))('name only codes that are told with %s', (status, meaning) => {
    const codes = (meaning.match(/[A-Z]+_[A-Z_]+/g) ?? []) as ErrorCode[];
    expect(codes.map((code) => [code, httpStatusOf(code)])).toEqual(
      codes.map((code) => [code, Number(status)]),
    );
  });

  it('answer with what the reference describes', async () => {
    for (const { method, path, answer } of Object.values(ROUTES)) {
      if (method !== 'GET' || !('schema' in answer)) continue;
      const body: unknown = await (
        await fetch(`${stage.url}${path}`, { headers: asVisitor(ann) })
      ).json();
      const schema = path === FAULTS_PATH ? problem : answer.schema;
      expect([path, schema.parse(body)]).toEqual([path, body]);
    }
  });

  it('have nothing that changes something behind a GET', () => {
    const { routes } = stage.running;
    const gets = routes.filter(({ method }) => method === 'GET');
    expect(gets.some(({ rule }) => rule === 'person-acts' || rule === 'own-page')).toBe(false);
    expect(routes.every(({ method }) => ['GET', 'HEAD', 'POST', 'DELETE'].includes(method))).toBe(
      true,
    );
  });

  it('do not serve metrics, health or readiness to whoever comes', async () => {
    for (const path of ['/metrics', '/healthz', '/readyz']) {
      const text = await (await fetch(`${stage.url}${path}`)).text();
      expect(text).toBe('<!doctype html><title>ATS</title>');
    }
  });

  it('give each answer a policy that runs no script within a page, problems too', async () => {
    for (const path of ['/', '/trades/x', '/assets/app-1234.js', '/api/session', '/api/gone']) {
      const { headers } = await fetch(`${stage.url}${path}`);
      const policy = headers.get('content-security-policy') ?? '';
      for (const part of ["script-src 'self'", "style-src 'self'", "object-src 'none'"]) {
        expect(policy.split(';')).toContain(part);
      }
      expect(policy).not.toMatch(/unsafe|\*|data:.*script/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      // Over plain HTTP on loopback it would lock out every other server of the machine.
      expect(headers.get('strict-transport-security')).toBeNull();
    }
    const { headers } = await fetch(`${stage.url}/api/session`);
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it.each(PAYLOADS)('say %j only as the text of JSON', async (payload) => {
    const visitor = asVisitor(ann);
    const halt = '/api/rpc/ats.risk.v1.RiskService/EmergencyHalt';
    await post(stage, halt, { reason: payload, mode: 'HALT_MODE_HALTED' }, visitor);
    const answers = [
      await post(stage, '/api/rpc/ats.risk.v1.RiskService/GetRiskStatus', {}, visitor),
      await post(stage, halt, { reason: 'x', mode: payload }, visitor),
      await post(stage, halt, { [payload]: 1 }, visitor),
      await post(stage, `/api/rpc/${encodeURIComponent(payload)}/x`, {}, visitor),
      await fetch(`${stage.url}/api/${encodeURIComponent(payload)}`),
      await fetch(`${stage.url}/api/reports/day.csv?date=${encodeURIComponent(payload)}`, {
        headers: { cookie: ann.cookie },
      }),
    ];
    for (const answer of answers) {
      expect(answer.headers.get('content-type')).toMatch(/^application\/json; charset=utf-8/);
      JSON.parse(await answer.text());
    }
  });

  it('are asked for by our own names alone, whatever the route', async () => {
    const { hostname, port } = new URL(stage.url);
    const ask = (path: string, host: string) =>
      answerOf(plainRequest({ hostname, port, path, headers: { host } }));
    for (const path of ['/', '/api/session', '/assets/app-1234.js', '/api/gone']) {
      for (const host of [
        'evil.example',
        `evil.example:${port}`,
        `127.0.0.1.evil.example:${port}`,
      ]) {
        expect((await ask(path, host)).statusCode).toBe(403);
      }
      expect((await ask(path, `localhost:${port}`)).statusCode).not.toBe(403);
    }
  });
});

describe('the sources of the web app', () => {
  it('never make a page out of text', () => {
    const wrong = readdirSync(join(WEB, 'src'), { recursive: true, encoding: 'utf8' }).filter(
      (name) =>
        /\.tsx?$/.test(name) &&
        /dangerouslySetInnerHTML|(inner|outer|Adjacent)HTML|document\.write|srcDoc/.test(
          readFileSync(join(WEB, 'src', name), 'utf8'),
        ),
    );
    expect(wrong).toEqual([]);
  });
});

describe("the stream's door", () => {
  let stage: Stage;
  let ann: Visitor;
  beforeAll(async () => {
    stage = await openStage(['dashboard.stream.frameBytesMax=2048']);
    ann = await login(stage);
  });
  afterAll(() => stage.close());

  it.each([
    { origin: '' },
    { origin: 'null' },
    { origin: 'http://127.0.0.1' },
    { host: 'evil.example' },
  ])('stays shut for %j', async (headers) => {
    await expect(openStream(stage, ann, headers as Record<string, string>)).rejects.toThrow('403');
  });

  /** A frame as RFC 6455, section 5.2, has it, masked with zeros. */
  const frame = (first: number, payload: Buffer): Buffer => {
    const size = Buffer.alloc(3);
    size[0] = 0x80 | 126;
    size.writeUInt16BE(payload.length, 1);
    return Buffer.concat([Buffer.of(first), size, Buffer.alloc(4), payload]);
  };
  const text = Buffer.from('{"op":"cancel","id":"a"}');
  it.each([
    ['an unknown opcode', [frame(0x83, text)], 1002],
    ['a compressed frame, which was not agreed on', [frame(0xc1, text)], 1002],
    ['a continuation of nothing', [frame(0x80, text)], 1002],
    ['text that is no UTF-8', [frame(0x81, Buffer.of(0xc3, 0x28))], 1007],
    ['a frame without a mask', [Buffer.concat([Buffer.of(0x81, text.length), text])], 1002],
    ['parts that are too large together', parts(30), 1009],
    ['a list', [frame(0x81, Buffer.from('[]'))], 4002],
    ['a prototype', [frame(0x81, Buffer.from('{"__proto__":{"op":"cancel","id":"a"}}'))], 4002],
    ['depth', [frame(0x81, Buffer.from('['.repeat(2000)))], 4002],
  ] as const)('ends with %s', async (_what, frames, code) => {
    const page = await openStream(stage, ann);
    page.socket.on('error', () => undefined);
    const { _socket: raw } = page.socket as unknown as { readonly _socket: Socket };
    for (const bytes of frames) raw.write(bytes);
    expect(await page.closed).toBe(code);
    // Others go on.
    const other = await openStream(stage, ann);
    other.socket.close();
  });

  function parts(count: number): readonly Buffer[] {
    return Array.from({ length: count }, (_, at) =>
      frame(at === 0 ? 0x01 : at === count - 1 ? 0x80 : 0x00, Buffer.alloc(200, 97)),
    );
  }
});

describe('the dashboard over TLS', () => {
  const { authority, certificate, key } = selfSigned();
  let stage: Stage;
  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ats-dashboard-tls-'));
    const files = { certificateFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') };
    writeFileSync(files.certificateFile, certificate);
    writeFileSync(files.keyFile, key);
    stage = await openStage(
      Object.entries(files).map(([name, path]) => `dashboard.tls.${name}=${path}`),
    );
  });
  afterAll(() => stage.close());

  const ask = async (path: string, body?: object, headers: Record<string, string> = {}) => {
    const { hostname, port } = new URL(stage.url);
    const request = tlsRequest({
      ...{ hostname, port, path, ca: authority, method: body === undefined ? 'GET' : 'POST' },
      headers: { origin: stage.url, 'content-type': 'application/json', ...headers },
    });
    if (body !== undefined) request.write(JSON.stringify(body));
    return answerOf(request);
  };

  it('takes no plain HTTP', async () => {
    expect(stage.url).toMatch(/^https:/);
    await expect(fetch(stage.url.replace('https', 'http'))).rejects.toThrow();
  });

  it('tells browsers to come over TLS alone, for a year', async () => {
    for (const path of ['/', '/api/session']) {
      const { headers } = await ask(path);
      expect(headers['strict-transport-security']).toBe('max-age=31536000');
    }
  });

  it('gives a cookie that goes over TLS alone, to this host alone', async () => {
    const form = { userName: 'ann', password: 'secret' };
    const { headers, statusCode } = await ask('/api/auth/login', form);
    expect(statusCode).toBe(200);
    const [cookie = ''] = headers['set-cookie'] ?? [];
    expect(cookie).toMatch(/^__Host-ats=[\w-]+; Path=\/; HttpOnly; Secure; SameSite=Strict$/);
    const named = cookie.split(';')[0] ?? '';
    expect((await ask('/api/session', undefined, { cookie: named })).statusCode).toBe(200);
    // A cookie of another name, such as one set over plain HTTP, is nobody's.
    const bare = named.replace('__Host-ats', 'ats');
    expect((await ask('/api/session', undefined, { cookie: bare })).statusCode).toBe(401);

    const open = (origin: string) =>
      new Promise<string>((resolve) => {
        const url = `${stage.url.replace('https', 'wss')}/api/stream`;
        const socket = new WebSocket(url, { ca: authority, headers: { cookie: named, origin } });
        socket.on('message', (data) => {
          resolve(data.toString());
          socket.close();
        });
        socket.on('error', ({ message }) => resolve(message));
      });
    expect(await open(stage.url)).toContain('welcome');
    expect(await open(stage.url.replace('https', 'http'))).toContain('403');
  });

  it('takes logins of pages that came over TLS alone', async () => {
    const form = { userName: 'ann', password: 'secret' };
    const origin = stage.url.replace('https', 'http');
    expect((await ask('/api/auth/login', form, { origin })).statusCode).toBe(403);
  });
});

function answerOf(request: ReturnType<typeof plainRequest>): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.on('response', (answer) => {
      answer.resume();
      resolve(answer);
    });
    request.on('error', reject);
    request.end();
  });
}
