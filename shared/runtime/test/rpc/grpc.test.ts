import { type AddressInfo, createServer, type Socket } from 'node:net';
import { RISK_SERVICE } from '@ats/contracts';
import { AtsError } from '@ats/domain';
import { selfSigned } from '@ats/testkit';
import { Client, credentials, status as grpcStatus, type ServiceError } from '@grpc/grpc-js';
import { openMetrics, systemTimers } from '../../src/index.ts';
import { methodsOf } from '../../src/rpc/definitions.ts';
import {
  COUNTING_SERVICE,
  openCountingDirectory,
  openGrpcCounting,
  Seen,
} from './counting-parts.ts';
import {
  FIELD,
  openQuietDirectory,
  quietMetrics,
  riskHandlers,
  type StreamResponse,
  status,
} from './rpc-parts.ts';

const deadlineMs = 2000;
const halt = { reason: 'r', actor: 'a', mode: 'HALT_MODE_HALTED' } as const;

async function until(look: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await look()); tries += 1) {
    if (tries > 1000) throw new Error('it never came true');
    await systemTimers.sleep(5);
  }
}

describe('the gRPC server', () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  const open: typeof openQuietDirectory = (address, options) => {
    const directory = openQuietDirectory(address, options);
    closing.push(() => directory.close());
    return directory;
  };

  it('names field and remedy when its port is taken', async () => {
    const first = await open('127.0.0.1:0').serve(RISK_SERVICE, riskHandlers());
    const second = open(first.address).serve(RISK_SERVICE, riskHandlers());
    await expect(second).rejects.toMatchObject({
      code: 'PORT_IN_USE',
      message: expect.stringContaining(first.address),
      remedy: expect.stringContaining(FIELD),
      context: { field: FIELD, value: first.address },
    });
  });

  it('speaks the gRPC health protocol', async () => {
    const serving = await open('127.0.0.1:0').serve(RISK_SERVICE, riskHandlers());
    const raw = new Client(serving.address, credentials.createInsecure());
    closing.push(() => Promise.resolve(raw.close()));
    const { Check, Watch } = methodsOf('grpc.health.v1.Health');
    if (Check === undefined || Watch === undefined) throw new Error('health has both methods');
    const check = (service: string): Promise<unknown> =>
      new Promise((resolve, reject) => {
        raw.makeUnaryRequest(
          Check.path,
          Check.requestSerialize,
          Check.responseDeserialize,
          { service },
          (error: ServiceError | null, answer?: object) =>
            error ? reject(error) : resolve(answer),
        );
      });
    const { fullName } = RISK_SERVICE;
    expect(await check('')).toEqual({ status: 'SERVING' });
    expect(await check(fullName)).toEqual({ status: 'SERVING' });
    await expect(check('nobody')).rejects.toMatchObject({ code: grpcStatus.NOT_FOUND });
    const seen: unknown[] = [];
    const { path, requestSerialize, responseDeserialize } = Watch;
    const watch = raw.makeServerStreamRequest(path, requestSerialize, responseDeserialize, {
      service: fullName,
    });
    watch.on('data', (answer) => seen.push(answer.status)).on('error', () => {});
    await until(() => seen.length === 1);
    serving.setServing(false);
    await until(() => seen.length === 2);
    expect(seen).toEqual(['SERVING', 'NOT_SERVING']);
    expect(await check('')).toEqual({ status: 'NOT_SERVING' });
    await serving.stop();
    await until(() => seen.length === 3);
    expect(seen[2]).toBe('SERVICE_UNKNOWN');
  });

  it('describes its services by reflection', async () => {
    const serving = await open('127.0.0.1:0').serve(RISK_SERVICE, riskHandlers());
    const raw = new Client(serving.address, credentials.createInsecure());
    closing.push(() => Promise.resolve(raw.close()));
    const identity = (bytes: Buffer): Buffer => bytes;
    const path = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo';
    const call = raw.makeBidiStreamRequest(path, identity, identity);
    const answers: string[] = [];
    call.on('data', (bytes: Buffer) => answers.push(bytes.toString('latin1')));
    call.on('error', () => {});
    // ServerReflectionRequest { list_services = 7: "*" }
    call.write(Buffer.from([(7 << 3) | 2, 1, 42]));
    await until(() => answers.length === 1);
    call.cancel();
    expect(answers[0]).toContain(RISK_SERVICE.fullName);
    expect(answers[0]).toContain('grpc.health.v1.Health');
    expect(answers[0]).not.toContain('ats.order.v1.OrderService');
  });

  it('takes its port from the configuration again after it closed', async () => {
    const first = openQuietDirectory('127.0.0.1:0');
    const { address } = await first.serve(RISK_SERVICE, riskHandlers());
    await first.close();
    const again = await open(address).serve(RISK_SERVICE, riskHandlers());
    expect(again.address).toBe(address);
  });
});

describe('the gRPC client', () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  const open: typeof openQuietDirectory = (address, options) => {
    const directory = openQuietDirectory(address, options);
    closing.push(() => directory.close());
    return directory;
  };
  const unavailableOnce = (count: { calls: number }) => () => {
    count.calls += 1;
    if (count.calls > 1) return { mode: 'HALT_MODE_HALTED' as const };
    throw new AtsError({ code: 'RPC_UNAVAILABLE', message: 'not yet', retry: 'safe' });
  };

  it('repeats a call that the contract marks idempotent', async () => {
    const count = { calls: 0 };
    const handlers = riskHandlers({ EmergencyHalt: unavailableOnce(count) });
    const { address } = await open('127.0.0.1:0').serve(RISK_SERVICE, handlers);
    const metrics = quietMetrics();
    const risk = open(address, { metrics }).client(RISK_SERVICE);
    expect(await risk.EmergencyHalt(halt, { deadlineMs })).toEqual({ mode: halt.mode });
    expect(count.calls).toBe(2);
    expect(await metrics.text()).toMatch(
      /ats_rpc_retries_total\{[^}]*method="EmergencyHalt"[^}]*\} 1/,
    );
  });

  it('is served with rate, errors and duration, and the trace that it came with', async () => {
    const metrics = openMetrics({ service: 'server' });
    const refuse = () => {
      throw new AtsError({ code: 'RISK_LIMIT_INVALID', message: 'no' });
    };
    const handlers = riskHandlers({ EmergencyHalt: refuse });
    const { address } = await open('127.0.0.1:0', { metrics }).serve(RISK_SERVICE, handlers);
    const at = RISK_SERVICE.fullName;
    const of = (method: string, result: string): string =>
      `ats_rpc_served_total{service="${at}",method="${method}",result="${result}"}`;
    expect(await metrics.text()).toContain(`${of('GetRiskStatus', 'ok')} 0`);
    const risk = open(address).client(RISK_SERVICE);
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    await risk.GetRiskStatus({}, { deadlineMs, traceparent });
    await expect(risk.EmergencyHalt(halt, { deadlineMs })).rejects.toThrow('no');
    const text = await metrics.text();
    expect(text).toContain(`${of('GetRiskStatus', 'ok')} 1`);
    expect(text).toContain(`${of('EmergencyHalt', 'RISK_LIMIT_INVALID')} 1`);
    const seconds = (await metrics.collect()).find(({ name }) => name === 'ats_rpc_served_seconds');
    expect(seconds?.samples.map(({ exemplar }) => exemplar?.labelSet)).toContainEqual({
      trace_id: traceparent.slice(3, 35),
    });
  });

  it('does not repeat any other call', async () => {
    const count = { calls: 0 };
    const once = unavailableOnce(count);
    const handlers = riskHandlers({
      CheckOpportunity: () => ({ ...once(), decision: null, approval: '' }),
    });
    const { address } = await open('127.0.0.1:0').serve(RISK_SERVICE, handlers);
    const risk = open(address).client(RISK_SERVICE);
    const call = risk.CheckOpportunity({ opportunity: null, intent: null }, { deadlineMs });
    await expect(call).rejects.toMatchObject({ code: 'RPC_UNAVAILABLE' });
    expect(count.calls).toBe(1);
  });

  it('keeps retries within the deadline', async () => {
    let calls = 0;
    const fail = (): never => {
      calls += 1;
      throw new AtsError({ code: 'RPC_UNAVAILABLE', message: 'never', retry: 'safe' });
    };
    const { address } = await open('127.0.0.1:0').serve(
      RISK_SERVICE,
      riskHandlers({ EmergencyHalt: fail }),
    );
    const risk = open(address).client(RISK_SERVICE);
    await expect(risk.EmergencyHalt(halt, { deadlineMs: 60_000 })).rejects.toMatchObject({
      code: 'RPC_UNAVAILABLE',
    });
    expect(calls).toBe(4);
  });

  it('opens the breaker of an ill dependency, and closes it once it is well', async () => {
    let ill = true;
    let calls = 0;
    const handlers = riskHandlers({
      CheckOpportunity: () => {
        calls += 1;
        if (ill) throw new Error('ill');
        return { decision: null, approval: '' };
      },
    });
    const { address } = await open('127.0.0.1:0').serve(RISK_SERVICE, handlers);
    const risk = open(address).client(RISK_SERVICE);
    const ask = () => risk.CheckOpportunity({ opportunity: null, intent: null }, { deadlineMs });
    const code = (): Promise<string> =>
      ask().then(
        () => 'ok',
        (error: AtsError) => error.code,
      );
    await until(async () => (await code()) === 'RPC_CIRCUIT_OPEN');
    const before = calls;
    expect(await code()).toBe('RPC_CIRCUIT_OPEN');
    expect(calls).toBe(before);
    ill = false;
    await until(async () => (await code()) === 'ok');
  });

  it('does not open the breaker for refusals of the service', async () => {
    const handlers = riskHandlers({
      CheckOpportunity: () => {
        throw new AtsError({ code: 'RPC_INVALID_ARGUMENT', message: 'no' });
      },
    });
    const { address } = await open('127.0.0.1:0').serve(RISK_SERVICE, handlers);
    const risk = open(address).client(RISK_SERVICE);
    for (let count = 0; count < 20; count += 1) {
      const call = risk.CheckOpportunity({ opportunity: null, intent: null }, { deadlineMs });
      await expect(call).rejects.toMatchObject({ code: 'RPC_INVALID_ARGUMENT' });
    }
  });

  it('says that nobody listens, and where to look', async () => {
    const gone = openQuietDirectory('127.0.0.1:0');
    const { address } = await gone.serve(RISK_SERVICE, riskHandlers());
    await gone.close();
    const risk = open(address).client(RISK_SERVICE);
    const call = risk.CheckOpportunity({ opportunity: null, intent: null }, { deadlineMs });
    await expect(call).rejects.toMatchObject({ code: 'RPC_UNAVAILABLE' });
    const lost = open('').client(RISK_SERVICE).GetRiskStatus({}, { deadlineMs });
    await expect(lost).rejects.toMatchObject({ code: 'RPC_UNAVAILABLE', retry: 'safe' });
  });

  it('reopens its stream when the server comes back', async () => {
    let server = openQuietDirectory('127.0.0.1:0');
    const { address } = await server.serve(RISK_SERVICE, riskHandlers());
    const duplex = open(address).duplex(RISK_SERVICE, 'CheckOpportunityStream');
    const answers: StreamResponse[] = [];
    let lost = 0;
    duplex.onMessage((answer) => answers.push(answer));
    duplex.onLost(() => {
      lost += 1;
    });
    await until(() => duplex.up);
    await server.close();
    await until(() => lost === 1);
    expect(duplex.send({ correlationId: 1, opportunity: null, intent: null })).toBe(false);
    server = open(address);
    await server.serve(RISK_SERVICE, riskHandlers());
    await until(() => duplex.send({ correlationId: 2, opportunity: null, intent: null }));
    await until(() => answers.length === 1);
    expect(answers[0]?.correlationId).toBe(2);
  });
});

describe('a stream both ways over gRPC', () => {
  it('refuses answers that its buffer cannot hold, and counts them', async () => {
    const metrics = quietMetrics();
    let taken = 0;
    const server = openQuietDirectory('127.0.0.1:0', { metrics });
    const { address } = await server.serve(
      RISK_SERVICE,
      riskHandlers({
        CheckOpportunityStream: (peer) => ({
          onMessage({ correlationId }) {
            while (peer.send({ correlationId, decision: null, approval: '' })) taken += 1;
          },
          onClosed: () => {},
        }),
      }),
    );
    const client = openQuietDirectory(address);
    const duplex = client.duplex(RISK_SERVICE, 'CheckOpportunityStream');
    let received = 0;
    duplex.onMessage(() => {
      received += 1;
    });
    await until(() => duplex.send({ correlationId: 1, opportunity: null, intent: null }));
    await until(() => received > 0 && received === taken);
    expect(taken).toBe(1024);
    expect(await metrics.text()).toMatch(/ats_rpc_stream_refusals_total\{[^}]*\} 1/);
    await client.close();
    await server.close();
  });
});

describe('a stream of answers over gRPC', () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  const subscribe = (
    client: ReturnType<typeof openCountingDirectory>,
    options: { readonly deadlineMs: number },
  ): Seen => {
    const seen = new Seen();
    const { onMessage, onEnd } = seen;
    client.subscribe(COUNTING_SERVICE, 'Count', { to: 0 }, { ...options, onMessage, onEnd });
    return seen;
  };

  it('gives up when the other side does not take it in time', async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => void sockets.push(socket)).listen(0, '127.0.0.1');
    await until(() => silent.listening);
    const client = openCountingDirectory(`127.0.0.1:${(silent.address() as AddressInfo).port}`);
    closing.push(async () => {
      for (const socket of sockets) socket.destroy();
      silent.close();
    });
    closing.push(() => client.close());
    const seen = subscribe(client, { deadlineMs: 100 });
    await until(() => seen.ends.length > 0);
    expect(seen.ends).toEqual(['RPC_DEADLINE_EXCEEDED']);
  });

  it('ends when the other side goes away, and is not asked of one that stays away', async () => {
    const pair = await openGrpcCounting((_request, stream) => void stream.send({ number: 1 }));
    closing.push(() => pair.close());
    const { client } = pair;
    const seen = subscribe(client, { deadlineMs });
    await until(() => seen.numbers.length === 1);
    await pair.server.close();
    await until(() => seen.ends.length > 0);
    expect(seen.ends).toEqual(['RPC_UNAVAILABLE']);
    let again = subscribe(client, { deadlineMs });
    await until(() => {
      if (again.ends[0] === 'RPC_UNAVAILABLE') again = subscribe(client, { deadlineMs });
      return again.ends[0] === 'RPC_CIRCUIT_OPEN';
    });
  });
});

describe('mutual TLS', () => {
  it('lets in who has a certificate and nobody else', async () => {
    const tls = selfSigned();
    const server = openQuietDirectory('localhost:0', { tls });
    const handlers = riskHandlers({ GetRiskStatus: () => status('secure') });
    const { address } = await server.serve(RISK_SERVICE, handlers);
    const inside = openQuietDirectory(address, { tls });
    const outside = openQuietDirectory(address, {
      tls: { ...selfSigned(), authority: tls.authority },
    });
    const plain = openQuietDirectory(address);
    const ask = (directory: typeof inside) =>
      directory.client(RISK_SERVICE).GetRiskStatus({}, { deadlineMs: 1000 });
    expect((await ask(inside)).haltReason).toBe('secure');
    await expect(ask(outside)).rejects.toBeInstanceOf(AtsError);
    await expect(ask(plain)).rejects.toBeInstanceOf(AtsError);
    for (const directory of [inside, outside, plain, server]) await directory.close();
  });
});
