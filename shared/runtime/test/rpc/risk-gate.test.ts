import type { WireMessages } from '@ats/contracts';
import {
  accountId,
  assetId,
  Decimal,
  type InstrumentId,
  type Opportunity,
  type OpportunityLeg,
  opportunityId,
  requestId,
  venueId,
} from '@ats/domain';
import { openRiskGate, type RpcDuplex, type Timers } from '../../src/index.ts';
import { quietMetrics, type StreamRequest, type StreamResponse } from './rpc-parts.ts';

const one = Decimal.ONE;
const decimal = Decimal.parse;
const leg = (venue: string): OpportunityLeg => ({
  venue: venueId(venue),
  instrument: 'BTC/USDT' as InstrumentId,
  limitPrice: one,
  averagePrice: one,
  notional: one,
  fee: one,
  conversionRate: one,
  levels: 1,
  bookAgeUs: 0,
  conversionAgeUs: 0,
  clockSkewUs: 0,
});
const opportunity: Opportunity = {
  id: opportunityId('o-1'),
  base: assetId('BTC'),
  numeraire: assetId('USDT'),
  quantity: one,
  buy: leg('alpha'),
  sell: leg('beta'),
  grossProfit: one,
  fees: one,
  slippageReserve: one,
  netProfit: one,
  netEdgeBps: 1,
  confidence: 1,
  times: { frameAtUs: 1, bookAtUs: 1, decidedAtUs: 1, riskAnsweredAtUs: 0 },
};

type Decision = WireMessages['ats.opportunity.v1.RiskDecision'];
const approval: Decision = {
  opportunityId: 'o-1',
  verdict: 'VERDICT_APPROVED',
  reason: 'REASON_CODE_APPROVED',
  detail: 'fine',
  limit: '',
  value: '',
  quantity: '0.5',
};
const intent = {
  accountId: accountId('main'),
  requestId: requestId('r-1'),
  worstCaseLoss: one,
};

/** A stream in the test's hand: it sees questions and gives answers when it wants to. */
function handStream(within?: (question: StreamRequest) => StreamResponse | undefined) {
  const questions: StreamRequest[] = [];
  let deliver: (answer: StreamResponse) => void = () => {};
  let lose: (reason: string) => void = () => {};
  const state = { up: true };
  const duplex: RpcDuplex<StreamRequest, StreamResponse> = {
    get up() {
      return state.up;
    },
    send(question) {
      if (!state.up) return false;
      questions.push(question);
      const answer = within?.(question);
      if (answer !== undefined) deliver(answer);
      return true;
    },
    onMessage(handler) {
      deliver = handler;
    },
    onLost(handler) {
      lose = handler;
    },
    close() {},
  };
  const answer = (response: StreamResponse): void => deliver(response);
  return { duplex, questions, answer, lose: (reason: string) => lose(reason), state };
}

/** Timers and a clock that move by hand. */
function handTime() {
  let nowUs = 0;
  const waiting = new Set<{ atUs: number; run: () => void }>();
  const timers: Timers = {
    after(delayMs, run) {
      const entry = { atUs: nowUs + delayMs * 1000, run };
      waiting.add(entry);
      return { cancel: () => void waiting.delete(entry) };
    },
    every: () => ({ cancel: () => {} }),
    sleep: () => Promise.resolve(),
  };
  const advance = (ms: number): void => {
    nowUs += ms * 1000;
    for (const entry of [...waiting]) {
      if (entry.atUs > nowUs) continue;
      waiting.delete(entry);
      entry.run();
    }
  };
  return { timers, clock: { nowUs: () => nowUs }, advance, waiting };
}

function start(
  options: {
    within?: (question: StreamRequest) => StreamResponse | undefined;
    pendingMax?: number;
  } = {},
) {
  const stream = handStream(options.within);
  const time = handTime();
  const metrics = quietMetrics();
  const gate = openRiskGate({
    duplex: stream.duplex,
    clock: time.clock,
    timers: time.timers,
    metrics,
    deadlineMs: 100,
    ...(options.pendingMax === undefined ? {} : { pendingMax: options.pendingMax }),
  });
  return { ...stream, ...time, metrics, gate };
}

const answerTo = (question: StreamRequest | undefined, decision: Decision | null = approval) => ({
  correlationId: question?.correlationId ?? -1,
  decision,
  approval: 'signed',
});

describe('the risk gate', () => {
  it('gives an answer that comes at once without promise or timer', () => {
    const { gate, waiting } = start({ within: (question) => answerTo(question) });
    expect(gate.check(opportunity, intent)).toMatchObject({
      ...{ verdict: 'approved', detail: 'fine', approval: 'signed' },
      quantity: decimal('0.5'),
    });
    expect(waiting.size).toBe(0);
  });

  it('waits for an answer and lets its timer go', async () => {
    const { gate, questions, answer, waiting } = start();
    const decision = gate.check(opportunity, intent);
    expect(waiting.size).toBe(1);
    answer(answerTo(questions[0]));
    expect(await decision).toMatchObject({ verdict: 'approved' });
    expect(waiting.size).toBe(0);
  });

  it('matches answers that come in another order', async () => {
    const { gate, questions, answer } = start();
    const first = gate.check(opportunity, intent);
    const second = gate.check({ ...opportunity, id: opportunityId('o-2') }, intent);
    answer(answerTo(questions[1], { ...approval, opportunityId: 'o-2', detail: 'second' }));
    answer(answerTo(questions[0], { ...approval, detail: 'first' }));
    expect((await first).detail).toBe('first');
    expect((await second).detail).toBe('second');
  });

  it('refuses at the deadline and does not use the late answer', async () => {
    const { gate, questions, answer, advance, metrics } = start();
    const decision = gate.check(opportunity, intent);
    advance(99);
    advance(1);
    expect(await decision).toMatchObject({
      verdict: 'refused',
      reason: 'RISK_TIMEOUT',
      limit: '100 ms',
    });
    answer(answerTo(questions[0]));
    expect(await metrics.text()).toMatch(/ats_rpc_risk_answers_late_total\S* 1/);
  });

  it('refuses an answer that came at once and yet too late', () => {
    const late = start({
      within: (question) => {
        late.advance(101);
        return answerTo(question);
      },
    });
    expect(late.gate.check(opportunity, intent)).toMatchObject({ reason: 'RISK_TIMEOUT' });
  });

  it('refuses when the stream is down', () => {
    const { gate, state } = start();
    state.up = false;
    expect(gate.check(opportunity, intent)).toMatchObject({
      verdict: 'refused',
      reason: 'RISK_UNAVAILABLE',
    });
  });

  it('refuses all that wait when the stream is lost', async () => {
    const { gate, lose, waiting } = start();
    const decisions = [gate.check(opportunity, intent), gate.check(opportunity, intent)];
    lose('gone');
    for (const decision of await Promise.all(decisions)) {
      expect(decision).toMatchObject({ verdict: 'refused', reason: 'RISK_UNAVAILABLE' });
    }
    expect(waiting.size).toBe(0);
  });

  it('refuses when too many wait, and counts it', async () => {
    const { gate, metrics } = start({ pendingMax: 1 });
    void gate.check(opportunity, intent);
    expect(gate.check(opportunity, intent)).toMatchObject({ reason: 'RISK_UNAVAILABLE' });
    expect(await metrics.text()).toMatch(/ats_rpc_risk_pending_full_total\S* 1/);
  });

  it.each<[string, Decision | null]>([
    ['holds no decision', null],
    ['is about another opportunity', { ...approval, opportunityId: 'o-9' }],
    ['approves without a quantity', { ...approval, quantity: '' }],
    ['has no verdict', { ...approval, verdict: 'VERDICT_UNSPECIFIED' }],
    ['approves with a reason to refuse', { ...approval, reason: 'REASON_CODE_RISK_HALTED' }],
    ['refuses with the reason to approve', { ...approval, verdict: 'VERDICT_REFUSED' }],
  ])('approves nothing on an answer that %s', (_what, decision) => {
    const { gate } = start({ within: (question) => answerTo(question, decision) });
    expect(gate.check(opportunity, intent)).toMatchObject({
      verdict: 'refused',
      reason: 'RISK_UNAVAILABLE',
    });
  });
});
