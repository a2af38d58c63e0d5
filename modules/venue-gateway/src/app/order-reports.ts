import type { ExecutionId, ExecutionReport, ExecutionType, Order, RequestId } from '@ats/domain';
import type { Cause } from '@ats/orders';
import type { PathStage } from '@ats/runtime';
import type { PricedFill } from '../domain/fee-shares.ts';
import type { DeskTools } from './desk-tools.ts';
import { untilDone } from './until-done.ts';

/** What reporting takes of a desk. */
export type ReportTools = Pick<
  DeskTools,
  'report' | 'clock' | 'timers' | 'random' | 'metrics' | 'logger'
>;

/** What a report says besides which order it is about. */
export interface Saying {
  readonly type: ExecutionType;
  /** Tells reports of one type apart; the same cause gives the same execution id. */
  readonly cause?: string;
  readonly venueOrderId?: string | undefined;
  readonly detail?: string;
  readonly requestId?: RequestId | undefined;
  readonly tooLate?: boolean;
  readonly cumulativeQuantity?: ExecutionReport['cumulativeQuantity'];
  readonly quantity?: ExecutionReport['quantity'];
  readonly limitPrice?: ExecutionReport['limitPrice'];
  readonly exchangeTimeUs?: number;
}

/** Reports on one order: each until it is durable, repeats recognisable by their ids. */
export class OrderReports {
  private readonly tools: ReportTools;
  private readonly order: Order;
  private readonly cause: Cause;
  private readonly pending = new Set<Promise<void>>();
  /** What the log has been given and has not answered. */
  private readonly writing = new Set<Promise<void>>();
  private stopped = false;
  /** When it left first, 0 for what an earlier run sent; and which stages were measured. */
  private leftAtUs = 0;
  private readonly measured = new Set<PathStage>();

  constructor(
    tools: ReportTools,
    { order, correlationId, traceparent }: Cause & { readonly order: Order },
  ) {
    this.tools = tools;
    this.order = order;
    this.cause = { correlationId, traceparent };
  }

  /** It is on its way to the venue. @returns when, microseconds */
  leaves(): number {
    const nowUs = this.tools.clock.nowUs();
    this.measure('log_to_venue', nowUs - this.order.createdAtUs);
    this.leftAtUs ||= nowUs;
    return nowUs;
  }

  say(saying: Saying): Promise<void> {
    if (saying.type === 'accepted') this.measureAnswer('venue_to_answer');
    const cause = saying.cause === undefined ? '' : `:${saying.cause}`;
    const executionId = `${this.order.orderId}:${saying.type}${cause}` as ExecutionId;
    return this.send({ ...this.common(saying), executionId, type: saying.type, fill: undefined });
  }

  fill(fill: PricedFill): Promise<void> {
    const { quantity, price, fee, timeUs, venueOrderId } = fill;
    this.measureAnswer('venue_to_fill');
    return this.send({
      ...this.common({ type: 'fill', venueOrderId, exchangeTimeUs: timeUs }),
      executionId: fill.tradeId as ExecutionId,
      type: 'fill',
      fill: { quantity, price, fee },
    });
  }

  /** Resolves when everything said so far is durable. */
  async settled(): Promise<void> {
    while (this.pending.size > 0) await Promise.all(this.pending);
  }

  /** Tries no more, and ends what is being written; the rest is said again by the next run. */
  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.allSettled(this.writing);
  }

  private measureAnswer(stage: PathStage): void {
    if (this.leftAtUs > 0) this.measure(stage, this.tools.clock.nowUs() - this.leftAtUs);
  }

  /** Each stage counts once: a second submit or fill tells nothing of it. */
  private measure(stage: PathStage, tookUs: number): void {
    if (this.measured.has(stage)) return;
    this.measured.add(stage);
    const { venue } = this.order.terms;
    this.tools.metrics.stages.observe({ stage, venue }, Math.max(0, tookUs) / 1e6);
  }

  private common(saying: Saying): Omit<ExecutionReport, 'executionId' | 'type' | 'fill'> {
    const { terms, orderId } = this.order;
    return {
      orderId,
      venueOrderId: saying.venueOrderId,
      venue: terms.venue,
      instrument: terms.instrument,
      side: terms.side,
      requestId: saying.requestId,
      tooLate: saying.tooLate ?? false,
      cumulativeQuantity: saying.cumulativeQuantity,
      quantity: saying.quantity,
      limitPrice: saying.limitPrice,
      exchangeTimeUs: saying.exchangeTimeUs ?? 0,
      receivedAtUs: this.tools.clock.nowUs(),
      detail: saying.detail ?? '',
    };
  }

  private send(report: ExecutionReport): Promise<void> {
    this.tools.metrics.reports.add({ venue: report.venue, type: report.type });
    const sent = this.untilDurable(report).finally(() => this.pending.delete(sent));
    this.pending.add(sent);
    return sent;
  }

  private untilDurable(report: ExecutionReport): Promise<void> {
    const { report: append, timers, random, metrics, logger } = this.tools;
    const about = { accountId: this.order.accountId, ...this.cause };
    const { venue, orderId } = report;
    const write = (): Promise<void> => {
      const written = append(report, about).finally(() => this.writing.delete(written));
      this.writing.add(written);
      return written;
    };
    return untilDone(write, {
      timers,
      random,
      isStopped: () => this.stopped,
      onFailure: (error, before) => {
        metrics.reportRetries.add({ venue });
        if (before > 0) return;
        const fields = { venue, orderId, error };
        logger.warn('venue.report_waits', 'the log takes no report; it is tried again', fields);
      },
    });
  }
}
