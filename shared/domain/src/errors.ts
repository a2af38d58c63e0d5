/**
 * Whether the caller may try again: `never` (the answer will not change), `safe` (nothing
 * happened, or doing it twice is harmless), `unknown` (it may have happened: ask first).
 */
export type Retry = 'never' | 'safe' | 'unknown';

/** The closed list of error codes. `docs/errors.md` says what causes each and what to do. */
export const ERROR_CODES = [
  'CONFIG_INVALID',
  'CONFIG_UNREADABLE',
  'CONFIG_VERSION_UNSUPPORTED',
  'CONFIG_SEALED',
  'DECIMAL_INVALID',
  'INSTRUMENT_UNKNOWN',
  'VENUE_UNKNOWN',
  'PORT_IN_USE',
  'ENGINE_MISSING',
  'TAPE_UNREADABLE',
  'SESSION_UNREADABLE',
  'SESSION_EXISTS',
  'TAPE_INVALID',
  'BACKTEST_NETWORK_REFUSED',
  'TAPE_BAD_ROW',
  'TAPE_EXISTS',
  'FRAME_MALFORMED',
  'VENUE_DISCONNECTED',
  'VENUE_RATE_LIMITED',
  'VENUE_PROTOCOL',
  'VENUE_SNAPSHOT_FAILED',
  'ADAPTER_INVALID',
  'PREDICTOR_INVALID',
  'MESSAGE_MALFORMED',
  'RPC_DEADLINE_EXCEEDED',
  'RPC_UNAVAILABLE',
  'RPC_INVALID_ARGUMENT',
  'RPC_CIRCUIT_OPEN',
  'RPC_INTERNAL',
  'ORDER_RULE_BROKEN',
  'ORDER_FUNDS_INSUFFICIENT',
  'ORDER_UNKNOWN',
  'ORDER_CLOSED',
  'ORDER_REQUEST_PENDING',
  'ORDER_PRICE_UNKNOWN',
  'ORDER_GATE_CLOSED',
  'ORDER_NOT_APPROVED',
  'ORDER_RISK_REFUSED',
  'RISK_KILL_SWITCH_ON',
  'RISK_LIMIT_INVALID',
  'RISK_LIMITS_CHANGED',
  'RISK_ALERT_UNKNOWN',
  'LEDGER_FILLS_UNBOOKED',
  'LEDGER_DIFFERENCE_UNKNOWN',
  'LEDGER_CONFIRMATION_INVALID',
  'REQUEST_ID_REUSED',
  'REQUEST_INVALID',
  'REQUEST_TOO_LARGE',
  'REQUEST_MEDIA_TYPE',
  'REPORT_QUEUE_FULL',
  'REQUEST_UNAUTHENTICATED',
  'REQUEST_FORBIDDEN',
  'ACCESS_LOGIN_REFUSED',
  'ACCESS_TOO_MANY_TRIES',
  'ACCESS_PASSWORD_WEAK',
  'ACCESS_LINK_INVALID',
  'ACCESS_STEP_UP_REQUIRED',
  'ACCESS_APPROVAL_PENDING',
  'ACCESS_UNKNOWN',
  'ACCESS_INVALID',
  'VAULT_TAMPERED',
  'VAULT_LOCKED',
  'KEY_CAN_WITHDRAW',
  'ROUTE_UNKNOWN',
  'STREAM_TOO_SLOW',
  'NOTIFICATION_CHANNEL_FAILED',
  'NOTIFICATION_INVALID',
  'NOTIFICATION_UNKNOWN',
  'BACKTEST_RESULT_UNKNOWN',
  'BACKTEST_RESULT_DAMAGED',
  'BACKTEST_QUEUE_FULL',
  'BACKTEST_CANCELED',
  'STORAGE_UNAVAILABLE',
  'STORAGE_QUEUE_FULL',
  'STORAGE_INPUT_INVALID',
  'STORAGE_URL_INVALID',
  'BACKUP_EXISTS',
  'BACKUP_DAMAGED',
  'RESTORE_REFUSED',
  'LEASE_LOST',
  'SERVICE_START_FAILED',
  'DRAIN_DEADLINE_EXCEEDED',
  'INVARIANT_VIOLATED',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

export interface AtsErrorOptions {
  readonly code: ErrorCode;
  /** One sentence for a person: what is wrong, and with which value. */
  readonly message: string;
  /** What to do about it, as an imperative sentence. */
  readonly remedy?: string;
  readonly retry?: Retry;
  /** Small, printable facts: the field, the value, the venue. Never a secret. */
  readonly context?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** The one error class of the project. Classify by `code`, never by message text. */
export class AtsError extends Error {
  readonly code: ErrorCode;
  readonly retry: Retry;
  readonly remedy: string | undefined;
  readonly context: Readonly<Record<string, unknown>>;

  constructor(options: AtsErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AtsError';
    this.code = options.code;
    this.retry = options.retry ?? 'never';
    this.remedy = options.remedy;
    this.context = options.context ?? {};
  }
}

/** Stops the work at once when something that must hold does not; on in production. */
export function assert(
  holds: boolean,
  message: string,
  context?: Readonly<Record<string, unknown>>,
): asserts holds {
  if (!holds) {
    throw new AtsError({
      code: 'INVARIANT_VIOLATED',
      message,
      ...(context === undefined ? {} : { context }),
    });
  }
}
