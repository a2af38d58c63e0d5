import type { WireMessages } from '@ats/contracts';
import { AtsError, type BookTop } from '@ats/domain';
import { readExecutionReport } from '@ats/orders';
import { ATS_VERSION, type Clock, type ConfigTree, type Timers } from '@ats/runtime';
import { type LogRecord, type NewRecord, shownUrl } from '@ats/storage';
import type { OrderCall, venueGateway } from '@ats/venue-gateway';
import { SessionWriter } from '../../adapters/parity/session-writer.ts';
import {
  type CallError,
  type InputRow,
  SESSION_VERSION,
  type SessionHead,
} from '../../domain/parity/session-rows.ts';
import { type EngineContext, type EngineTap, orderWord, tappedContext } from './engine-tap.ts';

type VenueContext = Parameters<typeof venueGateway.start>[0];
type Decided = WireMessages['ats.risk.v1.CheckOpportunityStreamResponse']['decision'];
type Unnumbered<Row> = Row extends unknown ? Omit<Row, 'order' | 'atUs'> : never;

/** Calls whose answers depend on how fast this machine was; a replay gives them as they were. */
const KEPT = new Set(['GetBalances', 'GetRiskStatus', 'GetOrder']);

/**
 * Notes everything that reaches the engine, in order, and what became of its orders. The engine
 * and the desks run as ever: what they wait for is not a moment longer on its way.
 */
export class SessionRecorder {
  private readonly writer: SessionWriter;
  private readonly clock: Clock;
  private order = 0;
  /** What reached the engine last, and the clock readings since. */
  private last: { readonly row: InputRow; readonly times: number[] } | undefined;

  constructor(options: {
    readonly folder: string;
    readonly clock: Clock;
    readonly timers: Timers;
  }) {
    this.writer = new SessionWriter(options);
    this.clock = options.clock;
  }

  get dropped(): number {
    return this.writer.dropped;
  }

  /** Writes what the session is; again at its end, when it is known how it went. */
  describe(about: SessionHead): void {
    this.writer.describe(about);
  }

  engine(context: EngineContext): EngineContext {
    return tappedContext(context, this.tap(context));
  }

  venues(context: VenueContext): VenueContext {
    const { ports } = context;
    return {
      ...context,
      ports: {
        marketBus: () => ports.marketBus(),
        stateStore: () => ports.stateStore(),
        eventLog: async () => {
          const log = await ports.eventLog();
          const append = (record: NewRecord) => {
            if (record.topic === 'exec.reports') this.report(record);
            return log.append(record);
          };
          return new Proxy(log, {
            get: (target, name) => {
              if (name === 'append') return append;
              const value: unknown = Reflect.get(target, name);
              return typeof value === 'function' ? value.bind(target) : value;
            },
          });
        },
        onOrderCall: (call) => this.sent(call),
      },
    };
  }

  /** The engine is asked to stop. */
  stopping(): void {
    this.input({ kind: 'stop' });
  }

  /** Ends the files. @throws what the disk throws */
  close(): Promise<void> {
    this.flush();
    return this.writer.close();
  }

  private input(row: Unnumbered<InputRow>): void {
    this.flush();
    this.last = { row: this.numbered(row), times: [] };
  }

  private numbered(row: Unnumbered<InputRow>): InputRow {
    this.order += 1;
    return { order: this.order, atUs: this.clock.nowUs(), ...row } as InputRow;
  }

  private flush(): void {
    const { last } = this;
    this.last = undefined;
    if (last === undefined) return;
    const { row, times } = last;
    this.writer.row(times.length === 0 ? row : { ...row, times });
  }

  private tap({ timers, clock }: EngineContext): EngineTap {
    const counts = new Map<string, number>();
    let times: number[] | undefined;
    return {
      firstBooks: true,
      nowUs: () => {
        const nowUs = clock.nowUs();
        (times ?? this.last?.times)?.push(nowUs);
        return nowUs;
      },
      market: (event, handle) => {
        if (event.kind === 'status') this.input({ kind: 'status', event });
        if (event.kind !== 'book') {
          handle();
          return;
        }
        this.flush();
        this.order += 1;
        const { order } = this;
        times = [clock.nowUs()];
        try {
          handle();
        } finally {
          this.writer.book(event as BookTop, order, times);
          times = undefined;
        }
      },
      every: ({ index, periodMs, run }) =>
        timers.every(periodMs, () => {
          this.input({ kind: 'timer', timer: index });
          run();
        }),
      call: (key, work) => {
        const count = counts.get(key) ?? 0;
        counts.set(key, count + 1);
        return this.call(`${key} #${count}`, work);
      },
      orders: (batch, orders, handle) => {
        this.input({ kind: 'orders', orders: orders.map(orderWord) });
        return handle(batch);
      },
      verdict: (answer) => {
        const { decision } = answer;
        if (decision !== null) this.decided(decision as NonNullable<Decided>);
        return answer;
      },
    };
  }

  private async call<Answer>(key: string, work: () => Promise<Answer>): Promise<Answer> {
    try {
      const answer = await work();
      const kept = KEPT.has(key.split(' ')[0] ?? '') ? { answer } : {};
      this.input({ kind: 'call', key, ...kept });
      return answer;
    } catch (error) {
      this.input({ kind: 'call', key, error: errorOf(error) });
      throw error;
    }
  }

  private decided({ opportunityId, reason, quantity }: NonNullable<Decided>): void {
    const answer = { opportunityId, reason, quantity: String(quantity ?? '') };
    this.writer.row(this.numbered({ kind: 'verdict', ...answer }));
  }

  private sent({ venue, order, answer, sentAtUs, answeredAtUs }: OrderCall): void {
    const { clientOrderId, instrument, side, limitPrice, quantity, timeInForce } = order;
    const detail = 'detail' in answer ? answer.detail : '';
    this.writer.row({
      ...{ kind: 'sent', clientOrderId, venue, instrument, side, timeInForce },
      ...{ price: String(limitPrice), quantity: String(quantity) },
      ...{ sentAtUs, answeredAtUs, answer: answer.kind, detail },
    });
  }

  private report(record: NewRecord): void {
    const report = readExecutionReport(record as LogRecord);
    const { orderId, executionId, venue, instrument, side, fill } = report;
    if (fill === undefined) return;
    const { price, quantity, fee } = fill;
    this.writer.row({
      ...{ kind: 'fill', orderId, executionId, venue, instrument, side },
      ...{ price: String(price), quantity: String(quantity) },
      ...{ fee: String(fee.amount), feeAsset: fee.asset },
      ...{ venueAtUs: report.exchangeTimeUs, reportedAtUs: report.receivedAtUs },
    });
  }
}

const SECRET = /token|secret|password|passphrase|apikey|privatekey|webhookurl|approvalkey$/i;

/** The same without what must be known to nobody: keys, passwords, and those in addresses. */
function withoutSecrets(value: unknown): unknown {
  if (typeof value === 'string') return shownUrl(value);
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) =>
      SECRET.test(key) && typeof inner === 'string' ? [key, '***'] : [key, withoutSecrets(inner)],
    ),
  );
}

/** What `session.json` says of a session as it begins. */
export function describeSession(parts: {
  readonly values: ConfigTree;
  readonly startedAtUs: number;
}): SessionHead {
  const { notification: _, ...values } = parts.values;
  return {
    version: SESSION_VERSION,
    startedAtUs: parts.startedAtUs,
    versions: { ats: ATS_VERSION, node: process.version },
    configuration: withoutSecrets(values) as ConfigTree,
    ended: undefined,
  };
}

function errorOf(error: unknown): CallError {
  if (error instanceof AtsError) {
    const { code, message, retry } = error;
    return { code, message, retry };
  }
  return { code: '', message: String(error), retry: 'unknown' };
}
