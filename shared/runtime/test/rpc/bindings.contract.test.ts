import { RISK_SERVICE } from '@ats/contracts';
import { AtsError } from '@ats/domain';
import { type CallContext, type ServerStream, systemTimers } from '../../src/index.ts';
import {
  COUNTING_SERVICE,
  type CountingHandler,
  type CountingPair,
  type CountResponse,
  openDirectCounting,
  openGrpcCounting,
  Seen,
  upTo,
} from './counting-parts.ts';
import {
  openDirectPair,
  openGrpcPair,
  type RiskHandlers,
  type RpcPair,
  riskHandlers,
  type StreamResponse,
  status,
} from './rpc-parts.ts';

const deadlineMs = 2000;

/** Resolves at the first time `look` holds; gives up after a few seconds. */
async function until(look: () => boolean): Promise<void> {
  for (let tries = 0; !look(); tries += 1) {
    if (tries > 1000) throw new Error('it never came true');
    await systemTimers.sleep(5);
  }
}

describe.each([
  ['direct', openDirectPair],
  ['grpc', openGrpcPair],
])('a service bound %s', (_binding, open) => {
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
      Halt: ({ reason }) => Promise.resolve(reason === 'why' ? {} : Promise.reject(reason)),
    });
    const risk = client.client(RISK_SERVICE);
    expect(await risk.GetRiskStatus({}, { deadlineMs })).toEqual(status('at once'));
    expect(await risk.Halt({ reason: 'why', actor: 'me' }, { deadlineMs })).toEqual({});
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
    expect(seen[1]?.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  });

  it('gives the caller the code, remedy, retry and context of the error', async () => {
    const { client } = await start({
      Halt: () => {
        throw new AtsError({
          code: 'VENUE_UNKNOWN',
          message: 'no venue "mötley"',
          remedy: 'Add it — or spell it right.',
          retry: 'safe',
          context: { field: 'venue', value: 'mötley' },
        });
      },
    });
    const call = client.client(RISK_SERVICE).Halt({ reason: '', actor: '' }, { deadlineMs });
    await expect(call).rejects.toMatchObject({
      code: 'VENUE_UNKNOWN',
      message: 'no venue "mötley"',
      remedy: 'Add it — or spell it right.',
      retry: 'safe',
      context: expect.objectContaining({ field: 'venue', value: 'mötley' }),
    });
  });

  it('does not tell the caller what an unforeseen error said', async () => {
    const { client } = await start({ Halt: () => Promise.reject(new Error('secret')) });
    const call = client.client(RISK_SERVICE).Halt({ reason: '', actor: '' }, { deadlineMs });
    await expect(call).rejects.toMatchObject({
      code: 'RPC_INTERNAL',
      message: expect.not.stringContaining('secret'),
    });
  });

  it('stops waiting at the deadline and aborts the handler', async () => {
    let aborted = false;
    const { client } = await start({
      Halt: (_request, { signal }) => {
        signal.addEventListener('abort', () => {
          aborted = true;
        });
        return new Promise(() => {});
      },
    });
    const call = client.client(RISK_SERVICE).Halt({ reason: '', actor: '' }, { deadlineMs: 500 });
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
        onMessage: ({ correlationId }) => void peer.send({ correlationId, decision: null }),
        onClosed: () => {
          closed += 1;
        },
      }),
    });
    const duplex = client.duplex(RISK_SERVICE, 'CheckOpportunityStream');
    const answers: StreamResponse[] = [];
    duplex.onMessage((answer) => answers.push(answer));
    await until(() => duplex.up);
    for (let id = 1; id <= 100; id += 1) duplex.send({ correlationId: id, opportunity: null });
    await until(() => answers.length === 100);
    expect(answers.map((answer) => answer.correlationId)).toEqual(
      Array.from({ length: 100 }, (_, index) => index + 1),
    );
    duplex.close();
    await until(() => closed > 0);
    expect(duplex.up).toBe(false);
    expect(duplex.send({ correlationId: 101, opportunity: null })).toBe(false);
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
            peer.send({ correlationId, decision: null });
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
    duplex.send({ correlationId: 13, opportunity: null });
    await until(() => lost === 1);
    await until(() => duplex.send({ correlationId: 14, opportunity: null }));
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
    duplex.send({ correlationId: 1, opportunity: null });
    await serving.stop();
    await until(() => lost === 1);
    expect(duplex.send({ correlationId: 2, opportunity: null })).toBe(false);
    const call = client.client(RISK_SERVICE).Halt({ reason: '', actor: '' }, { deadlineMs: 300 });
    await expect(call).rejects.toBeInstanceOf(AtsError);
  });
});

describe.each([
  ['direct', openDirectCounting],
  ['grpc', openGrpcCounting],
])('a stream of answers bound %s', (_binding, open) => {
  let pair: CountingPair | undefined;
  const start = async (handler: CountingHandler): Promise<CountingPair> => {
    pair = await open(handler);
    return pair;
  };
  afterEach(async () => {
    await pair?.close();
    pair = undefined;
  });
  const subscribe = ({ client }: CountingPair, to = 0, options: { deadlineMs?: number } = {}) => {
    const seen = new Seen();
    const subscription = client.subscribe(
      COUNTING_SERVICE,
      'Count',
      { to },
      { deadlineMs, onMessage: seen.onMessage, onEnd: seen.onEnd, ...options },
    );
    return { seen, close: () => subscription.close() };
  };
  /** A handler that keeps its streams, for the test to use. */
  const keeping = () => {
    const streams: ServerStream<CountResponse>[] = [];
    let closed = 0;
    const handler: CountingHandler = (_request, stream) => {
      streams.push(stream);
      return () => {
        closed += 1;
      };
    };
    return { streams, handler, closed: () => closed };
  };

  it('delivers all in order once the caller has it, and then the end', async () => {
    let closed = 0;
    const counting = await start(({ to }, stream) => {
      for (const number of upTo(to)) stream.send({ number });
      stream.end();
      expect(stream.send({ number: 0 })).toBe(false);
      return () => {
        closed += 1;
      };
    });
    const { seen, close } = subscribe(counting, 500);
    expect(seen.numbers).toEqual([]);
    await until(() => seen.ends.length > 0);
    expect(seen.numbers).toEqual(upTo(500));
    close();
    expect(seen.ends).toEqual([undefined]);
    expect(closed).toBe(1);
  });

  it('delivers what was sent before an error, and then the error', async () => {
    const counting = await start(({ to }, stream) => {
      for (const number of upTo(to)) stream.send({ number });
      stream.end(new AtsError({ code: 'VENUE_UNKNOWN', message: 'no venue', remedy: 'Add it.' }));
    });
    const { client } = counting;
    const seen = new Seen();
    let error: AtsError | undefined;
    const onEnd = (told: AtsError | undefined): void => {
      error = told;
    };
    const options = { deadlineMs, onMessage: seen.onMessage, onEnd };
    client.subscribe(COUNTING_SERVICE, 'Count', { to: 500 }, options);
    await until(() => error !== undefined);
    expect(error).toMatchObject({ code: 'VENUE_UNKNOWN', message: 'no venue', remedy: 'Add it.' });
    expect(seen.numbers).toEqual(upTo(500));
  });

  it.each([
    ['of a code', new AtsError({ code: 'VENUE_UNKNOWN', message: 'no' }), 'VENUE_UNKNOWN'],
    ['nobody foresaw', new Error('secret'), 'RPC_INTERNAL'],
  ])('ends with an error %s that the handler throws', async (_what, thrown, code) => {
    const counting = await start(() => {
      throw thrown;
    });
    const { seen } = subscribe(counting);
    await until(() => seen.ends.length > 0);
    expect(seen.ends).toEqual([code]);
  });

  it('refuses what its buffer cannot hold, counts it, and says when it is empty', async () => {
    const total = 5000;
    const taken: number[] = [];
    const counting = await start((_request, stream) => {
      let number = 0;
      const fill = (): void => {
        let sent = 0;
        while (number < total && stream.send({ number: number + 1 })) {
          number += 1;
          sent += 1;
        }
        taken.push(sent);
        if (number === total) stream.end();
        else expect(stream.writable).toBe(false);
      };
      stream.onDrain(fill);
      fill();
    });
    const { seen } = subscribe(counting);
    await until(() => seen.ends.length > 0);
    expect(seen.numbers).toEqual(upTo(total));
    expect(taken).toEqual([1024, 1024, 1024, 1024, 904]);
    expect(await counting.metrics.text()).toMatch(
      /ats_rpc_stream_refusals_total\{[^}]*method="Count"[^}]*\} 4/,
    );
  });

  it('ends with the error that a handler throws when it is told to go on', async () => {
    const counting = await start((_request, stream) => {
      stream.onDrain(() => {
        throw new AtsError({ code: 'VENUE_UNKNOWN', message: 'no' });
      });
      while (stream.send({ number: 1 }));
    });
    const { seen } = subscribe(counting);
    await until(() => seen.ends.length > 0);
    expect(seen.ends).toEqual(['VENUE_UNKNOWN']);
  });

  it('tells the handler once that the caller went away', async () => {
    const { streams, handler, closed } = keeping();
    const counting = await start(handler);
    const { seen, close } = subscribe(counting);
    await until(() => streams.length === 1);
    streams[0]?.send({ number: 1 });
    await until(() => seen.numbers.length === 1);
    streams[0]?.send({ number: 2 });
    close();
    await until(() => closed() === 1);
    expect(streams[0]?.context.signal.aborted).toBe(true);
    expect(streams[0]?.writable).toBe(false);
    expect(streams[0]?.send({ number: 3 })).toBe(false);
    streams[0]?.end();
    close();
    await counting.serving.stop();
    expect(closed()).toBe(1);
    expect(seen).toMatchObject({ numbers: [1], ends: [] });
  });

  it('ends, and is refused, once the service stopped', async () => {
    const { streams, handler, closed } = keeping();
    const counting = await start(handler);
    const { seen } = subscribe(counting);
    await until(() => streams.length === 1);
    streams[0]?.send({ number: 1 });
    await counting.serving.stop();
    await until(() => seen.ends.length > 0);
    expect(seen).toMatchObject({ numbers: [1], ends: ['RPC_UNAVAILABLE'] });
    expect(closed()).toBe(1);
    const late = subscribe(counting);
    expect(late.seen.ends).toEqual([]);
    await until(() => late.seen.ends.length > 0);
    expect(late.seen.ends).not.toEqual([undefined]);
    expect(streams.length).toBe(1);
  });

  it('lasts longer than the deadline of its opening', async () => {
    const { streams, handler } = keeping();
    const counting = await start(handler);
    const { seen, close } = subscribe(counting, 0, { deadlineMs: 200 });
    await until(() => streams.length === 1);
    await systemTimers.sleep(300);
    streams[0]?.send({ number: 1 });
    await until(() => seen.numbers.length === 1);
    expect(seen.ends).toEqual([]);
    close();
  });

  it('is not opened with no time to do so', async () => {
    const { streams, handler } = keeping();
    const { seen } = subscribe(await start(handler), 0, { deadlineMs: 0 });
    expect(seen.ends).toEqual([]);
    await until(() => seen.ends.length > 0);
    expect(seen.ends).toEqual(['RPC_DEADLINE_EXCEEDED']);
    expect(streams).toEqual([]);
  });

  it('carries the correlation id to the handler', async () => {
    const { streams, handler } = keeping();
    const { client } = await start(handler);
    const { onMessage, onEnd } = new Seen();
    const options = { deadlineMs, correlationId: 'order-7', onMessage, onEnd };
    client.subscribe(COUNTING_SERVICE, 'Count', { to: 0 }, options);
    await until(() => streams.length === 1);
    expect(streams[0]?.context.correlationId).toBe('order-7');
  });

  it('closes its streams with the directory of the caller', async () => {
    const { streams, handler, closed } = keeping();
    const counting = await start(handler);
    const { seen } = subscribe(counting);
    await until(() => streams.length === 1);
    await counting.client.close();
    await until(() => closed() === 1);
    expect(seen.ends).toEqual([]);
  });
});
