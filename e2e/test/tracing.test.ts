import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSpanReceiver } from '@ats/testkit';
import { FREE_PORTS, ownData, PROFILE, type RunningAts, startAts } from '../src/ats.ts';
import { named, pathOf, type Trace, tradeThatEnded, whole } from '../src/traces.ts';

const folder = mkdtempSync(join(tmpdir(), 'ats-e2e-tracing-'));
/** Processes that share little of a machine are late: then one leg fills, and is unwound. */
const ENDS = PROFILE === 'distributed' ? ['COMPLETED', 'UNWOUND'] : ['COMPLETED'];
let receiver: Awaited<ReturnType<typeof openSpanReceiver>>;
let running: RunningAts;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function until<Found>(look: () => Found | undefined | Promise<Found | undefined>) {
  for (let attempt = 0; attempt < 450; attempt += 1) {
    const found = await look();
    if (found !== undefined) return found;
    await pause(200);
  }
  throw new Error(`still not there; the last lines: ${running.stdout().slice(-2000)}`);
}

const traceOf = (traceId: string): Trace =>
  receiver.spans.filter((span) => span.traceId === traceId);

const completed = (): Trace | undefined => tradeThatEnded(receiver.spans, ENDS);

async function sendOrder(headers: Record<string, string>): Promise<Response> {
  const gateway = await until(
    () => /"gateway\.serving".*?"url":"([^"]+)"/.exec(running.stdout())?.[1],
  );
  const token = readFileSync(join(folder, 'gateway-token'), 'utf8').trim();
  const answer = await fetch(`${gateway}/orders`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({
      requestId: `traced-${performance.now()}`,
      ...{ venue: 'binance', instrument: 'BTC/USDT', side: 'buy' },
      ...{ quantity: '0.001', limitPrice: '50000.00' },
    }),
  });
  await answer.arrayBuffer();
  return answer;
}

describe('one trace leads from a market frame to the ledger', () => {
  beforeAll(async () => {
    receiver = await openSpanReceiver();
    running = startAts([
      ...['up', '--seed', '7', '--plain', '--set', `tracing.endpoint=${receiver.url}`],
      ...['--set', 'engine.legTimeoutMs=10000', '--set', 'engine.gatewayDeadlineMs=5000'],
      // No request is kept by chance: what is there is there because it is an order.
      ...['--set', 'tracing.sampleRatio=0'],
      ...FREE_PORTS,
      ...ownData(folder),
    ]);
  });

  afterAll(async () => {
    running.signal('SIGINT');
    await running.outcome;
    await receiver.close();
  });

  test("a person's order goes on in the trace that it came with", async () => {
    const traceId = 'ab'.repeat(16);
    const traceparent = `00-${traceId}-${'cd'.repeat(8)}-01`;
    const answer = await until(async () => {
      const response = await sendOrder({ traceparent });
      return response.status === 201 ? response : undefined;
    });
    expect(answer.headers.get('x-trace-id')).toBe(traceId);
    const trace = await until(() => {
      const spans = traceOf(traceId);
      return named(spans, 'exec.reports process').length > 0 ? spans : undefined;
    });
    const [report] = named(trace, 'exec.reports process');
    if (report === undefined) throw new Error('no report');
    const top = pathOf(report, trace).at(-1);
    expect(top).toMatchObject({ name: 'POST /orders', parentSpanId: 'cd'.repeat(8) });
  });

  test('an order is kept though its sender keeps nothing, from where it came in', async () => {
    const traceId = 'ef'.repeat(16);
    const traceparent = `00-${traceId}-${'cd'.repeat(8)}-00`;
    await until(async () => {
      const { status } = await sendOrder({ traceparent });
      return status === 201 ? status : undefined;
    });
    const [request] = await until(() => {
      const spans = named(traceOf(traceId), 'POST /orders');
      return spans.length > 0 ? spans : undefined;
    });
    expect(request?.parentSpanId).toBe('');
  });

  test('all spans of a trade are in one trace, with one root and every parent', async () => {
    const found = await until(completed);
    // A child can be exported before its parent, which has a batch of its own in another process.
    const trace = await until(() => whole(traceOf(found[0]?.traceId ?? '')));
    const roots = trace.filter(({ parentSpanId }) => parentSpanId === '');
    expect(roots.map(({ name }) => name)).toEqual(['market.frame']);
    const ids = new Set(trace.map(({ spanId }) => spanId));
    expect(ids.size).toBe(trace.length);
    expect(roots[0]?.attributes).toMatchObject({
      'ats.venue': expect.any(String),
      'ats.instrument': expect.stringContaining('/'),
    });
  });

  test('a posting follows from the fill, the log, the orders and the frame', async () => {
    const trace = await until(completed);
    const [post] = named(trace, 'ledger.post');
    if (post === undefined) throw new Error('a trade without a posting');
    const calls = PROFILE === 'distributed' ? ['OrderService/SubmitOrders'] : [];
    expect(pathOf(post, trace).map(({ name }) => name)).toEqual([
      'ledger.post',
      ...['exec.reports process', 'exec.reports publish'],
      ...['orders.events process', 'orders.events publish'],
      ...['orders.commands process', 'orders.commands publish'],
      ...['orders.commit', 'OrderService/SubmitOrders', ...calls],
      ...['saga', 'market.frame'],
    ]);
    const [answer] = named(trace, 'risk.answer');
    if (answer === undefined) throw new Error('a trade that risk was not asked about');
    expect(pathOf(answer, trace).map(({ name }) => name)).toEqual([
      ...['risk.answer', 'risk.check', 'opportunity.decide', 'book.update', 'market.frame'],
    ]);
  });

  test('the times are in order: nothing begins before what it follows from', async () => {
    const trace = await until(completed);
    for (const span of trace) {
      expect(span.endUs).toBeGreaterThanOrEqual(span.startUs);
      const [, parent] = pathOf(span, trace);
      // Clocks of several processes differ by a little.
      const slackUs = PROFILE === 'distributed' ? 20_000 : 0;
      if (parent !== undefined) {
        expect(span.startUs + slackUs).toBeGreaterThanOrEqual(parent.startUs);
      }
    }
    const [saga] = named(trace, 'saga');
    const states = saga?.events.map(({ name }) => name) ?? [];
    expect(states[0]).toBe('RISK_APPROVED');
    expect(ENDS).toContain(states.at(-1));
    const times = saga?.events.map(({ atUs }) => atUs) ?? [];
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });
});
