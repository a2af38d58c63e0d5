import { AtsError, ERROR_CODES, type ErrorCode, type Retry } from '@ats/domain';
import { Metadata, type StatusObject, status } from '@grpc/grpc-js';

/** The gRPC status of every error code. The code itself travels in the metadata. */
export const STATUS_OF: Readonly<Record<ErrorCode, status>> = {
  CONFIG_INVALID: status.FAILED_PRECONDITION,
  CONFIG_UNREADABLE: status.FAILED_PRECONDITION,
  CONFIG_VERSION_UNSUPPORTED: status.FAILED_PRECONDITION,
  CONFIG_SEALED: status.FAILED_PRECONDITION,
  DECIMAL_INVALID: status.INVALID_ARGUMENT,
  INSTRUMENT_UNKNOWN: status.NOT_FOUND,
  VENUE_UNKNOWN: status.NOT_FOUND,
  PORT_IN_USE: status.FAILED_PRECONDITION,
  ENGINE_MISSING: status.FAILED_PRECONDITION,
  TAPE_UNREADABLE: status.NOT_FOUND,
  SESSION_UNREADABLE: status.NOT_FOUND,
  SESSION_EXISTS: status.ALREADY_EXISTS,
  TAPE_INVALID: status.INVALID_ARGUMENT,
  BACKTEST_NETWORK_REFUSED: status.FAILED_PRECONDITION,
  TAPE_BAD_ROW: status.INVALID_ARGUMENT,
  TAPE_EXISTS: status.ALREADY_EXISTS,
  FRAME_MALFORMED: status.INVALID_ARGUMENT,
  VENUE_DISCONNECTED: status.UNAVAILABLE,
  VENUE_RATE_LIMITED: status.RESOURCE_EXHAUSTED,
  VENUE_PROTOCOL: status.INTERNAL,
  VENUE_SNAPSHOT_FAILED: status.UNAVAILABLE,
  ADAPTER_INVALID: status.FAILED_PRECONDITION,
  PREDICTOR_INVALID: status.FAILED_PRECONDITION,
  MESSAGE_MALFORMED: status.INVALID_ARGUMENT,
  RPC_DEADLINE_EXCEEDED: status.DEADLINE_EXCEEDED,
  RPC_UNAVAILABLE: status.UNAVAILABLE,
  RPC_INVALID_ARGUMENT: status.INVALID_ARGUMENT,
  RPC_CIRCUIT_OPEN: status.UNAVAILABLE,
  RPC_INTERNAL: status.INTERNAL,
  ORDER_RULE_BROKEN: status.INVALID_ARGUMENT,
  ORDER_FUNDS_INSUFFICIENT: status.FAILED_PRECONDITION,
  ORDER_UNKNOWN: status.NOT_FOUND,
  ORDER_CLOSED: status.FAILED_PRECONDITION,
  ORDER_REQUEST_PENDING: status.FAILED_PRECONDITION,
  ORDER_PRICE_UNKNOWN: status.UNAVAILABLE,
  ORDER_GATE_CLOSED: status.UNAVAILABLE,
  ORDER_NOT_APPROVED: status.PERMISSION_DENIED,
  ORDER_RISK_REFUSED: status.FAILED_PRECONDITION,
  RISK_KILL_SWITCH_ON: status.FAILED_PRECONDITION,
  RISK_LIMIT_INVALID: status.INVALID_ARGUMENT,
  RISK_LIMITS_CHANGED: status.FAILED_PRECONDITION,
  RISK_ALERT_UNKNOWN: status.NOT_FOUND,
  LEDGER_FILLS_UNBOOKED: status.FAILED_PRECONDITION,
  LEDGER_DIFFERENCE_UNKNOWN: status.NOT_FOUND,
  LEDGER_CONFIRMATION_INVALID: status.INVALID_ARGUMENT,
  REQUEST_ID_REUSED: status.ALREADY_EXISTS,
  REQUEST_INVALID: status.INVALID_ARGUMENT,
  REQUEST_TOO_LARGE: status.INVALID_ARGUMENT,
  REQUEST_MEDIA_TYPE: status.INVALID_ARGUMENT,
  REPORT_QUEUE_FULL: status.RESOURCE_EXHAUSTED,
  REQUEST_UNAUTHENTICATED: status.UNAUTHENTICATED,
  REQUEST_FORBIDDEN: status.PERMISSION_DENIED,
  ACCESS_LOGIN_REFUSED: status.UNAUTHENTICATED,
  ACCESS_TOO_MANY_TRIES: status.RESOURCE_EXHAUSTED,
  ACCESS_PASSWORD_WEAK: status.INVALID_ARGUMENT,
  ACCESS_LINK_INVALID: status.UNAUTHENTICATED,
  ACCESS_STEP_UP_REQUIRED: status.PERMISSION_DENIED,
  ACCESS_APPROVAL_PENDING: status.FAILED_PRECONDITION,
  ACCESS_UNKNOWN: status.NOT_FOUND,
  ACCESS_INVALID: status.INVALID_ARGUMENT,
  VAULT_TAMPERED: status.DATA_LOSS,
  VAULT_LOCKED: status.FAILED_PRECONDITION,
  KEY_CAN_WITHDRAW: status.FAILED_PRECONDITION,
  ROUTE_UNKNOWN: status.UNIMPLEMENTED,
  STREAM_TOO_SLOW: status.RESOURCE_EXHAUSTED,
  NOTIFICATION_CHANNEL_FAILED: status.UNAVAILABLE,
  NOTIFICATION_INVALID: status.INVALID_ARGUMENT,
  NOTIFICATION_UNKNOWN: status.NOT_FOUND,
  BACKTEST_RESULT_UNKNOWN: status.NOT_FOUND,
  BACKTEST_RESULT_DAMAGED: status.DATA_LOSS,
  BACKTEST_QUEUE_FULL: status.RESOURCE_EXHAUSTED,
  BACKTEST_CANCELED: status.ABORTED,
  STORAGE_UNAVAILABLE: status.UNAVAILABLE,
  STORAGE_QUEUE_FULL: status.RESOURCE_EXHAUSTED,
  STORAGE_URL_INVALID: status.FAILED_PRECONDITION,
  STORAGE_INPUT_INVALID: status.INVALID_ARGUMENT,
  BACKUP_EXISTS: status.ALREADY_EXISTS,
  BACKUP_DAMAGED: status.DATA_LOSS,
  RESTORE_REFUSED: status.FAILED_PRECONDITION,
  LEASE_LOST: status.ABORTED,
  SERVICE_START_FAILED: status.FAILED_PRECONDITION,
  DRAIN_DEADLINE_EXCEEDED: status.DEADLINE_EXCEEDED,
  INVARIANT_VIOLATED: status.INTERNAL,
};

/** What a status means when the other side sent no code: it is not one of ours, or it is gone. */
const CODE_OF: Readonly<Partial<Record<status, ErrorCode>>> = {
  [status.CANCELLED]: 'RPC_UNAVAILABLE',
  [status.INVALID_ARGUMENT]: 'RPC_INVALID_ARGUMENT',
  [status.DEADLINE_EXCEEDED]: 'RPC_DEADLINE_EXCEEDED',
  [status.NOT_FOUND]: 'RPC_INVALID_ARGUMENT',
  [status.ALREADY_EXISTS]: 'RPC_INVALID_ARGUMENT',
  [status.RESOURCE_EXHAUSTED]: 'RPC_UNAVAILABLE',
  [status.FAILED_PRECONDITION]: 'RPC_INVALID_ARGUMENT',
  [status.ABORTED]: 'RPC_UNAVAILABLE',
  [status.OUT_OF_RANGE]: 'RPC_INVALID_ARGUMENT',
  [status.UNIMPLEMENTED]: 'RPC_INVALID_ARGUMENT',
  [status.UNAVAILABLE]: 'RPC_UNAVAILABLE',
  [status.UNAUTHENTICATED]: 'REQUEST_UNAUTHENTICATED',
  [status.PERMISSION_DENIED]: 'REQUEST_FORBIDDEN',
};

/** Whether a call may be repeated is not known once it may have reached the other side. */
const RETRY_OF: Readonly<Partial<Record<ErrorCode, Retry>>> = {
  RPC_DEADLINE_EXCEEDED: 'unknown',
  RPC_UNAVAILABLE: 'unknown',
  RPC_INTERNAL: 'unknown',
};

const CODE_KEY = 'ats-code';
const REMEDY_KEY = 'ats-remedy';
const RETRY_KEY = 'ats-retry';
const CONTEXT_KEY = 'ats-context';
/** Metadata has a limit for the whole call; one value may take at most this. */
const VALUE_LENGTH_MAX = 2000;

const KNOWN_CODES: ReadonlySet<string> = new Set(ERROR_CODES);

/** What is not an `AtsError` is a defect: callers learn that it happened, logs learn what. */
export function asAtsError(thrown: unknown): AtsError {
  if (thrown instanceof AtsError) return thrown;
  return new AtsError({
    code: 'RPC_INTERNAL',
    message: 'The service failed in a way it did not foresee',
    remedy: 'Find the correlation id in its log.',
    retry: 'unknown',
    cause: thrown,
  });
}

function put(metadata: Metadata, key: string, text: string): void {
  const encoded = encodeURIComponent(text.toWellFormed());
  if (encoded.length <= VALUE_LENGTH_MAX) metadata.set(key, encoded);
}

function take(metadata: Metadata, key: string): string | undefined {
  const value = metadata.get(key)[0];
  if (typeof value !== 'string') return undefined;
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}

/** The error as gRPC carries it: status, sentence, and the rest in metadata. */
export function toStatus(error: AtsError): StatusObject {
  const metadata = new Metadata();
  put(metadata, CODE_KEY, error.code);
  put(metadata, RETRY_KEY, error.retry);
  if (error.remedy !== undefined) put(metadata, REMEDY_KEY, error.remedy);
  put(metadata, CONTEXT_KEY, JSON.stringify(error.context));
  return { code: STATUS_OF[error.code], details: error.message, metadata };
}

function contextOf(text: string | undefined): Readonly<Record<string, unknown>> {
  if (text === undefined) return {};
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
  } catch {
    return {};
  }
}

/** The error that a status stands for; the other way of `toStatus`. */
export function fromStatus(received: Partial<StatusObject>, method: string): AtsError {
  const metadata = received.metadata ?? new Metadata();
  const named = take(metadata, CODE_KEY);
  const code =
    named !== undefined && KNOWN_CODES.has(named)
      ? (named as ErrorCode)
      : (CODE_OF[received.code ?? status.UNKNOWN] ?? 'RPC_INTERNAL');
  const remedy = take(metadata, REMEDY_KEY);
  const retryText = take(metadata, RETRY_KEY);
  const retry =
    retryText === 'safe' || retryText === 'unknown' || retryText === 'never'
      ? retryText
      : (RETRY_OF[code] ?? 'never');
  const name = status[received.code ?? status.UNKNOWN] ?? 'UNKNOWN';
  return new AtsError({
    code,
    message:
      named === undefined ? `${method}: ${name}: ${received.details}` : `${received.details}`,
    retry,
    context: { method, ...contextOf(take(metadata, CONTEXT_KEY)) },
    ...(remedy === undefined ? {} : { remedy }),
  });
}

export function deadlineExceeded(method: string, deadlineMs: number): AtsError {
  return new AtsError({
    code: 'RPC_DEADLINE_EXCEEDED',
    message: `${method} did not answer within ${deadlineMs} ms`,
    remedy: 'Look at the load of the service, or give the call a longer deadline.',
    retry: 'unknown',
    context: { method, field: 'deadlineMs', value: deadlineMs },
  });
}

export function unavailable(service: string, why: string): AtsError {
  return new AtsError({
    code: 'RPC_UNAVAILABLE',
    message: `${service} ${why}`,
    remedy: 'Start the service, or correct its address in the rpc section.',
    retry: 'safe',
    context: { service },
  });
}
