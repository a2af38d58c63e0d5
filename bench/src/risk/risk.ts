import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  opportunityToWire,
  RISK_SERVICE,
  riskDecisionToWire,
  tradeIntentToWire,
  wireCodec,
} from '@ats/contracts';
import {
  accountId,
  assetId,
  Decimal,
  type InstrumentId,
  type Opportunity,
  type OpportunityLeg,
  opportunityId,
  type RiskAnswer,
  requestId,
  venueId,
} from '@ats/domain';
import {
  LatencyRecorder,
  openRiskGate,
  openRpcDirectory,
  seededRandom,
  systemClock,
  systemTimers,
  UNGUARDED,
} from '@ats/runtime';
import { memoryMetrics, silentLogger } from '@ats/testkit';
import { startChild } from '../child.ts';
import { BACK_TO_BACK_MS, pause } from '../market/floors.ts';
import { type BenchOptions, figure, type Report } from '../report.ts';
import { openRawEcho } from './raw-echo.ts';
import type { RiskJob } from './risk-process.ts';

export const RISK_PARTS = ['pre-trade'] as const;

const QUESTION = wireCodec('ats.risk.v1.CheckOpportunityStreamRequest');
const ANSWER = wireCodec('ats.risk.v1.CheckOpportunityStreamResponse');

const FULL = { trips: 6000, warmUp: 3000, positions: 10_000 };
const TINY = { trips: 100, warmUp: 20, positions: 500 };
/** Different requests: approvals of one count once, so that they stay below what risk keeps. */
const REQUESTS = 1000;
const READY_MS = 30_000;
const DEADLINE_MS = 5000;

/**
 * A question to risk and its answer over one stream, in processes of their own, with ten thousand
 * positions and every limit on, against a raw stream that carries the bytes of the same messages;
 * for comparison beside one whose messages gRPC's own libraries write and read. They go in turns:
 * what disturbs the machine disturbs all.
 */
export async function benchRisk(options: BenchOptions): Promise<Report> {
  const sizes = options.tiny ? TINY : FULL;
  const folder = await mkdtemp(join(tmpdir(), 'ats-bench-risk-'));
  const job: RiskJob = { folder, positions: sizes.positions };
  const risk = startChild<{ address: string }>(new URL('./risk-process.ts', import.meta.url), job);
  try {
    const { address } = await risk.next();
    const { floor, written, measured } = await measure(address, sizes);
    const { p50, p99 } = written.summary();
    process.stderr.write(
      `the echo with its messages written and read: p50 ${p50}, p99 ${p99} us\n`,
    );
    const figures = (
      [
        ['p50', 0.5, 1.5],
        ['p99', 0.99, 2],
      ] as const
    ).map(([name, quantile, atMost]) =>
      figure({
        name: `pre-trade check over the stream, ${name}`,
        unit: 'us',
        value: measured.quantile(quantile),
        floorName: `raw gRPC stream echo, ${name}`,
        floor: floor.quantile(quantile),
        target: { atMost },
      }),
    );
    return { bench: 'risk', node: process.version, tiny: options.tiny, figures, skipped: [] };
  } finally {
    await risk.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(address: string, sizes: typeof FULL) {
  const metrics = memoryMetrics({ keepsObservations: false });
  const rpc = openRpcDirectory({
    guard: UNGUARDED,
    addresses: { [RISK_SERVICE.fullName]: { address, field: 'rpc.riskAddress' } },
    ...{ clock: systemClock, timers: systemTimers, logger: silentLogger(), metrics },
    random: seededRandom(1),
  });
  const duplex = rpc.duplex(RISK_SERVICE, 'CheckOpportunityStream');
  const gate = openRiskGate({
    ...{ duplex, clock: systemClock, timers: systemTimers, metrics, deadlineMs: DEADLINE_MS },
  });
  const ask = async (question: Opportunity): Promise<RiskAnswer> =>
    gate.check(question, intentOf(question.id));
  const first = await firstApproval(ask);
  const { question, answer } = messagesOf(first);
  const [bytes, messages] = await Promise.all([
    openRawEcho({
      messages: 'bytes',
      question: Buffer.from(QUESTION.encode(question)),
      answer: Buffer.from(ANSWER.encode(answer)),
    }),
    openRawEcho({ messages: 'contract', question, answer }),
  ]);
  const timed = async (run: () => Promise<unknown>): Promise<number> => {
    await pause(BACK_TO_BACK_MS);
    const began = performance.now();
    await run();
    return (performance.now() - began) * 1000;
  };
  const [floor, written] = [new LatencyRecorder(), new LatencyRecorder()];
  const measured = new LatencyRecorder();
  for (let index = -sizes.warmUp; index < sizes.trips; index += 1) {
    const bytesUs = await timed(() => bytes.trip());
    const asked = questionOf(`bench-${(index + sizes.warmUp) % REQUESTS}`);
    const riskUs = await timed(async () => {
      const { reason } = await ask(asked);
      if (reason !== 'APPROVED') throw new Error(`risk refused the bench: ${reason}`);
    });
    const writtenUs = await timed(() => messages.trip());
    if (index < 0) continue;
    floor.record(bytesUs);
    written.record(writtenUs);
    measured.record(riskUs);
  }
  await Promise.all([bytes.close(), messages.close()]);
  gate.close();
  duplex.close();
  await rpc.close();
  return { floor, written, measured };
}

/** Waits until risk approves: after a start it does not for a while. */
async function firstApproval(
  ask: (question: Opportunity) => Promise<RiskAnswer>,
): Promise<RiskAnswer> {
  const until = performance.now() + READY_MS;
  for (;;) {
    const answer = await ask(questionOf('bench-0'));
    if (answer.verdict === 'approved') return answer;
    if (performance.now() > until) throw new Error(`risk refuses: ${answer.detail}`);
    await systemTimers.sleep(50);
  }
}

/** A question and its answer as they are sent. */
function messagesOf({ approval, ...decision }: RiskAnswer) {
  const id = `bench-${REQUESTS - 1}`;
  return {
    question: {
      correlationId: REQUESTS,
      opportunity: opportunityToWire(questionOf(id)),
      intent: tradeIntentToWire(intentOf(id)),
    },
    answer: { correlationId: REQUESTS, decision: riskDecisionToWire(decision), approval },
  };
}

const intentOf = (id: string) => ({
  accountId: accountId('main'),
  requestId: requestId(id),
  worstCaseLoss: Decimal.parse('1.25'),
});

const QUANTITY = Decimal.parse('0.00250');

function legOf(venue: string, price: string): OpportunityLeg {
  const limitPrice = Decimal.parse(price);
  return {
    venue: venueId(venue),
    instrument: 'BTC/USDT' as InstrumentId,
    limitPrice,
    averagePrice: limitPrice,
    notional: limitPrice.multiply(QUANTITY),
    fee: Decimal.parse('0.2425'),
    conversionRate: Decimal.ONE,
    levels: 2,
    bookAgeUs: 1500,
    conversionAgeUs: 0,
    clockSkewUs: -250,
  };
}

function questionOf(id: string): Opportunity {
  const nowUs = systemClock.nowUs();
  return {
    id: opportunityId(id),
    base: assetId('BTC'),
    numeraire: assetId('USDT'),
    quantity: QUANTITY,
    buy: legOf('binance', '97010.20'),
    sell: legOf('bitfinex', '97400'),
    grossProfit: Decimal.parse('0.9745'),
    fees: Decimal.parse('0.4850'),
    slippageReserve: Decimal.parse('0.0243'),
    netProfit: Decimal.parse('0.4652'),
    netEdgeBps: 19.18,
    confidence: 0.83,
    times: { frameAtUs: nowUs - 90, bookAtUs: nowUs - 60, decidedAtUs: nowUs, riskAnsweredAtUs: 0 },
  };
}
