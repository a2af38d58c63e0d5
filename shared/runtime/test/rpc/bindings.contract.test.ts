import { RISK_SERVICE } from '@ats/contracts';
import { AtsError } from '@ats/domain';
import { openSpanReceiver, silentLogger, until } from '@ats/testkit';
import { type CallContext, openTracing } from '../../src/index.ts';
import {
  openDirectPair,
  openGrpcPair,
  quietMetrics,
  type RiskHandlers,
  type RpcPair,
  riskHandlers,
  type StreamResponse,
  status,
} from './rpc-parts.ts';

const deadlineMs = 2000;
const NO_HALT = { reason: '', actor: '', mode: 'HALT_MODE_UNSPECIFIED' } as const;

describe.each([
  ['direct', openDirectPair],
  ['grpc', openGrpcPair],
])('a service bound %s', (binding, open) => {
  let pair: RpcPair | undefined;
  const start = async (changes: Partial<RiskHandlers>): Promise<RpcPair> => {
    pair = await open(riskHandlers(changes));
    return pair;
  };
  afterEach(async () => {
    await pair?.close();
    pair = undefined;
  });

  it('answers what the handler answers, with or without a promise', async () => {
    const { client } = await start({
      GetRiskStatus: () => status('at once'),
      EmergencyHalt: ({ reason, mode }) =>
        Promise.resolve(reason === 'why' ? { mode } : Promise.reject(reason)),
    });
    const risk = client.client(RISK_SERVICE);
    expect(await risk.GetRiskStatus({}, { deadlineMs })).toEqual(status('at once'));
    const halt = { ...NO_HALT, reason: 'why', mode: 'HALT_MODE_REDUCING' } as const;
    expect(await risk.EmergencyHalt(halt, { deadlineMs })).toEqual({ mode: halt.mode });
  });

  it('carries correlation id and trace context to the handler', async () => {
    const seen: CallContext[] = [];
    const { client } = await start({
      GetRiskStatus: (_request, context) => {
        seen.push(context);
        return status('');
      },
    });
    const traceparent = `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01`;
    const risk = client.client(RISK_SERVICE);
    await risk.GetRiskStatus({}, { deadlineMs, correlationId: 'frame-7', traceparent });
    await risk.GetRiskStatus({}, { deadlineMs, correlationId: 'not\nallowed' });
    expect(seen[0]).toMatchObject({ correlationId: 'frame-7', traceparent });
    expect(seen[1]?.correlationId).toMatch(/^[0-9a-f]{32}$/);
    // Made up where nothing is traced: nobody keeps it.
    expect(seen[1]?.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  });

  it('serves in a span of its own that follows from the caller, once traces are on', async () => {
    const receiver = await openSpanReceiver();
    const config = { endpoint: receiver.url, headers: '', sampleRatio: 0, queueSpans: 100 };
    const parts = { config, metrics: quietMetrics(), logger: silentLogger() };
    const tracing = await openTracing(parts);
    let seen = '';
    const asked = async (_request: object, context: CallContext) => {
      seen = context.traceparent;
      return status('');
    };
    pair = await open(riskHandlers({ GetRiskStatus: asked }), { tracer: tracing.of('test') });
    const risk = pair.client.client(RISK_SERVICE);
    const traceparent = `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01`;
    await risk.GetRiskStatus({}, { deadlineMs, traceparent });
    // Neither kept by its caller nor by the ratio.
    await risk.GetRiskStatus({}, { deadlineMs });
    await pair.close();
    await tracing.close();
    await receiver.close();
    const spans = receiver.spans.toReversed();
    expect(spans.map(({ name }) => name)).toEqual(spans.map(() => 'RiskService/GetRiskStatus'));
    // From the handler up to the caller.
    const [top] = spans.filter(({ parentSpanId }) => parentSpanId === 'cd'.repeat(8));
    expect(spans.length).toBe(binding === 'grpc' ? 2 : 1);
    expect(spans.every(({ traceId }) => traceId === 'ab'.repeat(16))).toBe(true);
    expect(top).toBeDefined();
    const below = spans.find((one) => one !== top);
    if (binding === 'grpc') expect(below?.parentSpanId).toBe(top?.spanId);
    expect(seen).toMatch(/-00$/);
  });

  it('gives the caller the code, remedy, retry and context of the error', async () => {
    const { client } = await start({
      EmergencyHalt: () => {
        throw new AtsError({
          code: 'VENUE_UNKNOWN',
          message: 'no venue "mötley"',
          remedy: 'Add it — or spell it right.',
          retry: 'safe',
          context: { field: 'venue', value: 'mötley' },
        });
      },
    });
    const call = client.client(RISK_SERVICE).EmergencyHalt(NO_HALT, { deadlineMs });
    await expect(call).rejects.toMatchObject({
      code: 'VENUE_UNKNOWN',
      message: 'no venue "mötley"',
      remedy: 'Add it — or spell it right.',
      retry: 'safe',
      context: expect.objectContaining({ field: 'venue', value: 'mötley' }),
    });
  });

  it('does not tell the caller what an unforeseen error said', async () => {
    const { client } = await start({ EmergencyHalt: () => Promise.reject(new Error('secret')) });
    const call = client.client(RISK_SERVICE).EmergencyHalt(NO_HALT, { deadlineMs });
    await expect(call).rejects.toMatchObject({
      code: 'RPC_INTERNAL',
      message: expect.not.stringContaining('secret'),
    });
  });

  it('stops waiting at the deadline and aborts the handler', async () => {
    let aborted = false;
    const { client } = await start({
      EmergencyHalt: (_request, { signal }) => {
        signal.addEventListener('abort', () => {
          aborted = true;
        });
        return new Promise(() => {});
      },
    });
    const call = client.client(RISK_SERVICE).EmergencyHalt(NO_HALT, { deadlineMs: 500 });
    await expect(call).rejects.toMatchObject({ code: 'RPC_DEADLINE_EXCEEDED', retry: 'unknown' });
    await until(() => aborted);
  });

  it.each([0, -1, Number.NaN])('refuses a call with a deadline of %d ms', async (none) => {
    let called = false;
    const { client } = await start({
      GetRiskStatus: () => {
        called = true;
        return status('');
      },
    });
    const call = client.client(RISK_SERVICE).GetRiskStatus({}, { deadlineMs: none });
    await expect(call).rejects.toMatchObject({ code: 'RPC_DEADLINE_EXCEEDED' });
    expect(called).toBe(false);
  });

  it('streams both ways and ends the session once', async () => {
    let closed = 0;
    const { client } = await start({
      CheckOpportunityStream: (peer) => ({
        onMessage: ({ correlationId }) =>
          void peer.send({ correlationId, decision: null, approval: '' }),
        onClosed: () => {
          closed += 1;
        },
      }),
    });
    const duplex = client.duplex(RISK_SERVICE, 'CheckOpportunityStream');
    const answers: StreamResponse[] = [];
    duplex.onMessage((answer) => answers.push(answer));
    await until(() => duplex.up);
    for (let id = 1; id <= 100; id += 1)
      duplex.send({ correlationId: id, opportunity: null, intent: null });
    await until(() => answers.length === 100);
    expect(answers.map((answer) => answer.correlationId)).toEqual(
      Array.from({ length: 100 }, (_, index) => index + 1),
    );
    duplex.close();
    await until(() => closed > 0);
    expect(duplex.up).toBe(false);
    expect(duplex.send({ correlationId: 101, opportunity: null, intent: null })).toBe(false);
    await pair?.close();
    expect(closed).toBe(1);
  });

  it('says that a stream was lost when its handler throws, and opens it again', async () => {
    let sessions = 0;
    const { client } = await start({
      CheckOpportunityStream: (peer) => {
        sessions += 1;
        return {
          onMessage({ correlationId }) {
            if (correlationId === 13) throw new Error('boom');
            peer.send({ correlationId, decision: null, approval: '' });
          },
          onClosed: () => {},
        };
      },
    });
    const duplex = client.duplex(RISK_SERVICE, 'CheckOpportunityStream');
    let lost = 0;
    let answered = 0;
    duplex.onLost(() => {
      lost += 1;
    });
    duplex.onMessage(() => {
      answered += 1;
    });
    await until(() => duplex.up);
    duplex.send({ correlationId: 13, opportunity: null, intent: null });
    await until(() => lost === 1);
    await until(() => duplex.send({ correlationId: 14, opportunity: null, intent: null }));
    await until(() => answered === 1);
    expect(sessions).toBe(2);
  });

  it('loses streams and refuses calls once the service stopped', async () => {
    const { client, serving } = await start({});
    const duplex = client.duplex(RISK_SERVICE, 'CheckOpportunityStream');
    let lost = 0;
    duplex.onLost(() => {
      lost += 1;
    });
    await until(() => duplex.up);
    duplex.send({ correlationId: 1, opportunity: null, intent: null });
    await serving.stop();
    await until(() => lost === 1);
    expect(duplex.send({ correlationId: 2, opportunity: null, intent: null })).toBe(false);
    const call = client.client(RISK_SERVICE).EmergencyHalt(NO_HALT, { deadlineMs: 300 });
    await expect(call).rejects.toBeInstanceOf(AtsError);
  });
});
