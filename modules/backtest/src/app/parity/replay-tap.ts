import { AtsError, type ErrorCode, type MarketEvent, type Order } from '@ats/domain';
import type { TimerHandle, VirtualTimers } from '@ats/runtime';
import type { LogBatch, LogRecord } from '@ats/storage';
import type { InputRow, OrderWord } from '../../domain/parity/session-rows.ts';
import { type EngineTap, type Handle, orderWord, type RiskMessage } from './engine-tap.ts';

type CallRow = Extract<InputRow, { kind: 'call' }>;

/** A decision of risk that is not what the session saw. */
export interface OtherVerdict {
  readonly opportunityId: string;
  readonly atUs: number;
  readonly live: string;
  readonly backtest: string;
}

/** Answers that depend on how fast the session's machine was: they are given as they were. */
const GIVEN = new Set(['GetBalances', 'GetRiskStatus']);
/** Calls that change something, when they are made and not when they are answered. */
const CHANGES = new Set(['SubmitOrders', 'CancelOrder', 'trade']);

/** Risk could not be asked yet, or did not know enough: here it always starts in time. */
const ABSENT = 'REASON_CODE_RISK_UNAVAILABLE';
const NO_ANSWER = {
  ...{ verdict: 'VERDICT_REFUSED', reason: ABSENT },
  ...{ detail: 'so it was in the session', limit: '', value: '', quantity: '' },
};

const methodOf = (name: string): string => name.split(' ')[0] ?? '';

/** An order is no further than the session knew: here it gets there sooner. */
function heldBack<Answer>(now: Answer, then: Answer | undefined): Answer {
  const version = (answer: unknown): number =>
    (answer as { order?: { version?: number } | null } | undefined)?.order?.version ?? 0;
  return then !== undefined && version(now) > version(then) ? then : now;
}

interface Heard {
  readonly key: string;
  readonly order: Order;
  readonly batch: LogBatch;
  readonly record: LogRecord;
  readonly handle: Handle;
}

interface Timer {
  readonly periodMs: number;
  readonly run: () => void;
  later: TimerHandle | undefined;
  canceled: boolean;
}

/**
 * Lets the engine have what reaches it when it had it in the session, and in that order: the live
 * parts compute what it is, and wait here until the recording has come to it.
 */
export class ReplayTap implements EngineTap {
  readonly firstBooks = false;
  readonly verdicts: OtherVerdict[] = [];
  /** What came later than it had come in the session, by its key. */
  readonly late: string[] = [];
  private readonly timers: VirtualTimers;
  private readonly calls = new Map<string, CallRow>();
  private readonly counts = new Map<string, number>();
  private readonly reachedCalls = new Set<string>();
  private readonly waiting = new Map<string, () => void>();
  /** What the log said of orders in the session, and what the recording has come to of it. */
  private readonly words = new Set<string>();
  private readonly reachedWords = new Set<string>();
  private readonly heard = new Map<string, Heard>();
  private readonly expected = new Map<string, string[]>();
  private readonly periodic: Timer[] = [];
  private times: ArrayLike<number> = [];
  private timesRead = -1;
  private isOver = false;

  constructor(timers: VirtualTimers, inputs: readonly InputRow[]) {
    this.timers = timers;
    for (const row of inputs) {
      if (row.kind === 'call') this.calls.set(row.key, row);
      if (row.kind === 'orders') for (const word of row.orders) this.words.add(keyOf(word));
      if (row.kind !== 'verdict') continue;
      const of = this.expected.get(row.opportunityId) ?? [];
      of.push(verdictText(row));
      this.expected.set(row.opportunityId, of);
    }
  }

  /** The clock readings from now on, until time goes on. */
  readings(times: ArrayLike<number>): void {
    this.times = times;
    this.timesRead = 0;
  }

  nowUs(): number {
    const said = this.times[this.timesRead];
    this.timesRead += 1;
    return said ?? this.timers.clock.nowUs();
  }

  market(_event: MarketEvent, handle: () => void): void {
    handle();
  }

  every(options: { readonly index: number; readonly periodMs: number; run(): void }): TimerHandle {
    const { index, periodMs, run } = options;
    const timer: Timer = { periodMs, run, later: undefined, canceled: false };
    this.periodic[index] = timer;
    if (this.isOver) this.goOn(timer);
    return {
      cancel() {
        timer.canceled = true;
        timer.later?.cancel();
      },
    };
  }

  fire(index: number): void {
    const timer = this.periodic[index];
    if (timer !== undefined && !timer.canceled) timer.run();
  }

  async call<Answer>(name: string, work: () => Promise<Answer>): Promise<Answer> {
    const count = this.counts.get(name) ?? 0;
    this.counts.set(name, count + 1);
    const key = `${name} #${count}`;
    const row = this.calls.get(key);
    if (row === undefined || this.isOver) return work();
    if (row.error !== undefined || GIVEN.has(methodOf(name))) {
      // An answer that was lost may be about something that was done.
      if (row.error?.retry === 'unknown') work().catch(() => undefined);
      await this.reached(key);
      if (row.error !== undefined) throw errorOf(row.error);
      return row.answer as Answer;
    }
    if (row.atUs < this.timers.clock.nowUs()) this.late.push(key);
    if (!CHANGES.has(methodOf(name))) {
      // What is only looked at is what it is by then.
      await this.reached(key);
      return heldBack(await work(), row.answer as Answer | undefined);
    }
    const answer = work();
    // It is waited for later: until then nobody has missed it.
    answer.catch(() => undefined);
    await this.reached(key);
    return answer;
  }

  /** The recording has come to the end of a call. */
  reach({ key }: CallRow): void {
    this.reachedCalls.add(key);
    this.waiting.get(key)?.();
    this.waiting.delete(key);
  }

  async orders(batch: LogBatch, orders: readonly Order[], handle: Handle): Promise<void> {
    for (const [index, record] of batch.records.entries()) {
      const order = orders[index] as Order;
      const key = keyOf(orderWord(order));
      const one = { key, order, batch, record, handle };
      // What the session did not hear like this, or had heard by now, waits for nothing.
      if (this.isOver || !this.words.has(key) || this.reachedWords.has(key)) handOver([one]);
      else this.heard.set(key, one);
    }
    // Here one order may be ahead of another that the session heard of first: nothing is held up.
    await batch.commit();
  }

  /** The recording has come to what the log said of orders: it says so at once, here too. */
  reachOrders(words: readonly OrderWord[]): void {
    const ready = words.flatMap((word) => {
      const key = keyOf(word);
      this.reachedWords.add(key);
      const one = this.heard.get(key);
      this.heard.delete(key);
      return one ?? [];
    });
    if (ready.length > 0) handOver(ready);
  }

  verdict(answer: RiskMessage): RiskMessage {
    const { decision } = answer;
    if (decision === null || this.isOver) return answer;
    const made = decision as { opportunityId: string; reason: string; quantity?: unknown };
    const { opportunityId } = made;
    const backtest = verdictText(made);
    const live = this.expected.get(opportunityId)?.shift() ?? 'it was not asked';
    if (live === backtest) return answer;
    if (live === ABSENT) return { ...answer, decision: { ...decision, ...NO_ANSWER } };
    this.verdicts.push({ opportunityId, atUs: this.timers.clock.nowUs(), live, backtest });
    return answer;
  }

  /** The recording has ended: nothing is held back any more, and timers run by themselves. */
  end(): void {
    this.isOver = true;
    for (const pass of this.waiting.values()) pass();
    this.waiting.clear();
    for (const one of this.heard.values()) handOver([one]);
    this.heard.clear();
    for (const timer of this.periodic) if (!timer.canceled) this.goOn(timer);
  }

  private goOn(timer: Timer): void {
    timer.later = this.timers.every(timer.periodMs, timer.run);
  }

  private reached(key: string): Promise<void> {
    if (this.isOver || this.reachedCalls.has(key)) return Promise.resolve();
    return new Promise((resolve) => this.waiting.set(key, resolve));
  }
}

const keyOf = ({ orderId, status, filled }: OrderWord): string => `${orderId} ${status} ${filled}`;

/** Records reach the engine in one batch, as they did. */
function handOver(ready: readonly Heard[]): void {
  const [{ batch, handle }] = ready as [Heard];
  const { topic, partition } = batch;
  const records = ready.map(({ record }) => record);
  const commit = async () => ({ kind: 'committed' }) as const;
  const park: LogBatch['park'] = (record, reason) => batch.park(record, reason);
  // It rejects when storage is closed under it: nothing is stored after the end of a replay.
  handle({ topic, partition, records, commit, park }).catch(() => undefined);
}

const verdictText = (row: { readonly reason: string; readonly quantity?: unknown }): string =>
  `${row.reason} ${String(row.quantity ?? '')}`.trim();

function errorOf({ code, message, retry }: NonNullable<CallRow['error']>): Error {
  if (code === '') return new Error(message);
  return new AtsError({ code: code as ErrorCode, message, retry });
}
