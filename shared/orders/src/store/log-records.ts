import {
  alertFromWire,
  alertToWire,
  executionReportFromWire,
  executionReportToWire,
  ledgerEntryFromWire,
  ledgerEntryToWire,
  orderCommandFromWire,
  orderCommandToWire,
  orderEventFromWire,
  orderEventToWire,
  wireCodec,
} from '@ats/contracts';
import type {
  AccountId,
  Alert,
  ExecutionReport,
  LedgerEntry,
  OrderCommand,
  OrderEvent,
} from '@ats/domain';
import type { LogRecord, NewRecord } from '@ats/storage';

const COMMAND = wireCodec('ats.order.v1.OrderCommand');
const EVENT = wireCodec('ats.order.v1.OrderEvent');
const REPORT = wireCodec('ats.execution.v1.ExecutionReport');
const ENTRY = wireCodec('ats.ledger.v1.LedgerEntry');
const ALERT = wireCodec('ats.alert.v1.Alert');

/** What leads from a record to the call or market frame that caused it. */
export interface Cause {
  readonly correlationId: string;
  readonly traceparent?: string | undefined;
}

const causeHeaders = ({ correlationId, traceparent }: Cause) =>
  traceparent === undefined ? { correlationId } : { correlationId, traceparent };

function commandId(command: OrderCommand): string {
  switch (command.kind) {
    case 'submit':
      return `${command.order.orderId}:submit`;
    case 'cancel':
      return `${command.orderId}:cancel:${command.requestId}`;
    case 'replace':
      return `${command.orderId}:replace:${command.replacement.requestId}`;
  }
}

export function orderCommandRecord(
  command: OrderCommand,
  about: Cause & { readonly accountId: AccountId },
): NewRecord {
  return {
    topic: 'orders.commands',
    key: about.accountId,
    headers: {
      schema: COMMAND.fullName,
      eventId: commandId(command),
      ...causeHeaders(about),
    },
    payload: COMMAND.encode(orderCommandToWire(command)),
  };
}

export function orderEventRecord(event: OrderEvent, cause: Cause): NewRecord {
  const { orderId, version, accountId } = event.order;
  return {
    topic: 'orders.events',
    key: accountId,
    headers: { schema: EVENT.fullName, eventId: `${orderId}:${version}`, ...causeHeaders(cause) },
    payload: EVENT.encode(orderEventToWire(event)),
  };
}

/** @param about `accountId` is the owner of the order that the report is about */
export function executionReportRecord(
  report: ExecutionReport,
  about: Cause & { readonly accountId: AccountId },
): NewRecord {
  return {
    topic: 'exec.reports',
    key: about.accountId,
    headers: {
      schema: REPORT.fullName,
      eventId: `${report.orderId}:${report.executionId}`,
      ...causeHeaders(about),
    },
    payload: REPORT.encode(executionReportToWire(report)),
  };
}

/** @param about `accountId` is the account whose money moves; the other sides are counters */
export function ledgerEntryRecord(
  entry: LedgerEntry,
  about: Cause & { readonly accountId: AccountId },
): NewRecord {
  return {
    topic: 'ledger.entries',
    key: about.accountId,
    headers: { schema: ENTRY.fullName, eventId: entry.entryId, ...causeHeaders(about) },
    payload: ENTRY.encode(ledgerEntryToWire(entry)),
  };
}

/**
 * A condition that a person should know of, or its end; one condition's records are in order.
 * @param change tells the records of one alert apart, such as `raised` and `resolved`
 */
export function alertRecord(alert: Alert, change: string): NewRecord {
  const { key, alertId, correlationId } = alert;
  return {
    topic: 'alerts',
    key,
    headers: { schema: ALERT.fullName, eventId: `${alertId}:${change}`, correlationId },
    payload: ALERT.encode(alertToWire(alert)),
  };
}

/** @throws MESSAGE_MALFORMED: park the record, trying again is useless */
export const readAlert = ({ payload }: LogRecord): Alert => alertFromWire(ALERT.decode(payload));
/** @throws MESSAGE_MALFORMED: park the record, trying again is useless */
export const readOrderCommand = ({ payload }: LogRecord): OrderCommand =>
  orderCommandFromWire(COMMAND.decode(payload));
/** @throws MESSAGE_MALFORMED: park the record, trying again is useless */
export const readOrderEvent = ({ payload }: LogRecord): OrderEvent =>
  orderEventFromWire(EVENT.decode(payload));
/** @throws MESSAGE_MALFORMED: park the record, trying again is useless */
export const readExecutionReport = ({ payload }: LogRecord): ExecutionReport =>
  executionReportFromWire(REPORT.decode(payload));
/** @throws MESSAGE_MALFORMED: park the record, trying again is useless */
export const readLedgerEntry = ({ payload }: LogRecord): LedgerEntry =>
  ledgerEntryFromWire(ENTRY.decode(payload));
