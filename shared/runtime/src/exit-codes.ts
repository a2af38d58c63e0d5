import { AtsError, type ErrorCode } from '@ats/domain';

/** What the process tells the shell. The same table stands in the help and in the README. */
export const EXIT = {
  /** All went well. */
  ok: 0,
  /** Something broke while running: an invariant, a service, a drain that took too long. */
  failed: 1,
  /** The input was wrong: a flag, a setting, a file, a port in use. Nothing was started. */
  usage: 2,
} as const;

const USAGE_CODES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'CONFIG_INVALID',
  'CONFIG_UNREADABLE',
  'CONFIG_VERSION_UNSUPPORTED',
  'CONFIG_SEALED',
  'DECIMAL_INVALID',
  'INSTRUMENT_UNKNOWN',
  'VENUE_UNKNOWN',
  'PORT_IN_USE',
  'TAPE_UNREADABLE',
  'SESSION_UNREADABLE',
  'SESSION_EXISTS',
  'TAPE_INVALID',
  'TAPE_BAD_ROW',
  'TAPE_EXISTS',
  'ADAPTER_INVALID',
  'PREDICTOR_INVALID',
  'STORAGE_URL_INVALID',
  'RPC_INVALID_ARGUMENT',
  'LEDGER_DIFFERENCE_UNKNOWN',
  'LEDGER_CONFIRMATION_INVALID',
  'RISK_LIMIT_INVALID',
  'NOTIFICATION_INVALID',
  'NOTIFICATION_UNKNOWN',
  'BACKTEST_RESULT_UNKNOWN',
  'BACKUP_EXISTS',
  'BACKUP_DAMAGED',
  'RESTORE_REFUSED',
]);

export function exitCodeOf(problem: unknown): number {
  if (problem instanceof AtsError) return USAGE_CODES.has(problem.code) ? EXIT.usage : EXIT.failed;
  const code = problem instanceof Error && 'code' in problem ? String(problem.code) : '';
  return code.startsWith('ERR_PARSE_ARGS') ? EXIT.usage : EXIT.failed;
}

/** One message for a person: what is wrong, then what to do. */
export function describeProblem(problem: unknown): string {
  if (problem instanceof AtsError) {
    const remedy = problem.remedy === undefined ? '' : `\n  ${problem.remedy}`;
    return `ats: ${problem.message} [${problem.code}]${remedy}`;
  }
  const detail = problem instanceof Error ? (problem.stack ?? problem.message) : String(problem);
  return `ats: unexpected failure: ${detail}`;
}
