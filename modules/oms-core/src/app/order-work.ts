import { AtsError, type ExecutionReport, type OrderCommand, type OrderId } from '@ats/domain';
import {
  type Cause,
  type OrderInput,
  readExecutionReport,
  readOrderCommand,
  readReport,
  type StoredOrder,
} from '@ats/orders';
import { type LogRecord, readingOf } from '@ats/storage';

/** The OMS as a reader of the log. */
export const READER = 'oms-core';

/** One record of the log as work on one order. */
export interface OrderWork {
  readonly orderId: OrderId;
  readonly input: OrderInput;
  /** The same input has the same id whenever it comes. */
  readonly inputId: string;
  readonly cause: Cause;
  /** What the input was read from; absent for a command. */
  readonly report?: ExecutionReport;
}

export type Reading =
  | { readonly kind: 'work'; readonly work: OrderWork }
  | { readonly kind: 'impossible'; readonly reason: string };

/** Reads a record of `orders.commands` or `exec.reports`. Pure. */
export function readWork(record: LogRecord): Reading {
  try {
    const { correlationId } = record.headers;
    const cause = { correlationId, traceparent: readingOf(record, READER) };
    return record.topic === 'exec.reports'
      ? workOfReport(readExecutionReport(record), cause)
      : workOfCommand(readOrderCommand(record), cause);
  } catch (error) {
    if (!(error instanceof AtsError) || error.retry !== 'never') throw error;
    return { kind: 'impossible', reason: `${error.code}: ${error.message}` };
  }
}

/** What a report is to its order; `impossible` where it says nothing that can be true. */
export function workOfReport(report: ExecutionReport, cause: Cause): Reading {
  const reading = readReport(report);
  if (reading.kind === 'impossible') return reading;
  const { orderId, executionId } = report;
  const inputId = `report:${executionId}`;
  return { kind: 'work', work: { orderId, input: reading.input, inputId, cause, report } };
}

function workOfCommand(command: OrderCommand, cause: Cause): Reading {
  const atUs = command.issuedAtUs;
  switch (command.kind) {
    case 'submit': {
      const { orderId } = command.order;
      return work({ orderId, input: { kind: 'submit', atUs }, inputId: 'submit', cause });
    }
    case 'cancel': {
      const { orderId, requestId } = command;
      const detail = 'Cancelled as it was asked for.';
      const input: OrderInput = { kind: 'cancel-requested', requestId, detail, atUs };
      return work({ orderId, input, inputId: `cancel:${requestId}`, cause });
    }
    case 'replace': {
      const { orderId, replacement } = command;
      const input: OrderInput = { kind: 'replace-requested', replacement, atUs };
      return work({ orderId, input, inputId: `replace:${replacement.requestId}`, cause });
    }
  }
}

const work = (value: OrderWork): Reading => ({ kind: 'work', work: value });

/** Why a report cannot be about this order: it names another venue, instrument or side. */
export function mismatchOf(
  report: ExecutionReport | undefined,
  { order }: StoredOrder,
): string | undefined {
  if (report === undefined) return undefined;
  const { venue, instrument, side } = order.terms;
  const reported = `${report.venue} ${report.instrument} ${report.side}`;
  const ordered = `${venue} ${instrument} ${side}`;
  return reported === ordered ? undefined : `reported for ${reported}, ordered for ${ordered}`;
}
