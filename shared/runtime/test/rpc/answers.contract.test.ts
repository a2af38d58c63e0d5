import { AtsError } from '@ats/domain';
import { until } from '@ats/testkit';
import { type ServerStream, systemTimers } from '../../src/index.ts';
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

const deadlineMs = 2000;

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
