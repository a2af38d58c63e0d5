import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { asVisitor, login, openStage, post, type Stage } from './stage.ts';

const PATH = '/api/simulator/faults';

describe('faults of the simulated exchanges, from the dashboard', () => {
  let simulator: Server;
  let stage: Stage;
  const asked: string[] = [];
  beforeAll(async () => {
    simulator = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      asked.push(`${request.method} ${request.url} ${body}`);
      const wrong = body.includes('no-such');
      response.writeHead(wrong ? 400 : 200, { 'content-type': 'application/json' });
      const problems = { error: 'the request cannot be read', problems: ['kind: unknown'] };
      response.end(JSON.stringify(wrong ? problems : { venues: { kraken: ['latency'] } }));
    });
    await new Promise<void>((done) => simulator.listen(0, '127.0.0.1', done));
    const { port } = simulator.address() as AddressInfo;
    stage = await openStage(['mode=sim', `admin.ports.venue-simulator=${port}`]);
  });
  afterAll(async () => {
    await stage.close();
    simulator.close();
  });

  it('are passed on for who may control the engine, and for nobody else', async () => {
    const ann = asVisitor(await login(stage));
    const fault = { kind: 'latency', venue: 'kraken', amountMs: 300 };
    const answer = await post(stage, PATH, fault, ann);
    expect([answer.status, await answer.json()]).toEqual([
      200,
      { venues: { kraken: ['latency'] } },
    ]);
    expect(asked.at(-1)).toBe(`POST /admin/faults ${JSON.stringify(fault)}`);
    const before = asked.length;
    expect((await post(stage, PATH, fault, asVisitor(await login(stage, 'bob')))).status).toBe(403);
    expect((await post(stage, PATH, fault)).status).toBe(401);
    expect((await post(stage, PATH, { kind: 'latency', shell: 'x' }, ann)).status).toBe(400);
    expect(asked).toHaveLength(before);
  });

  it('say what the simulator finds wrong with them', async () => {
    const answer = await post(stage, PATH, { kind: 'no-such' }, asVisitor(await login(stage)));
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      ...{ code: 'REQUEST_INVALID', field: 'fault' },
      message: 'the request cannot be read; kind: unknown',
    });
  });

  it('are not there where exchanges are real', async () => {
    const live = await openStage(['mode=live']);
    try {
      const answer = await post(live, PATH, { kind: 'latency' }, asVisitor(await login(live)));
      expect(answer.status).toBe(404);
    } finally {
      await live.close();
    }
  });
});
