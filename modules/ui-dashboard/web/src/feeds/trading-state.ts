import type { Message } from '../../../src/contract.ts';
import { useLateMs } from './late.ts';
import { useRpc } from './use-rpc.ts';

const EVERY_MS = 1000;

const STATES = {
  HALT_MODE_UNSPECIFIED: ['RUNNING', 'good'],
  HALT_MODE_REDUCING: ['REDUCING', 'warn'],
  HALT_MODE_HALTED: ['HALTED', 'danger'],
  HALT_MODE_FLATTEN: ['FLATTENING', 'danger'],
} as const;

export interface TradingState {
  /** A sentence to translate. */
  readonly word: string;
  readonly tone: 'good' | 'warn' | 'danger' | 'faint';
  /** Why it is halted, and by whom; empty when it is not. */
  readonly why: string;
  /** Since when it is halted, microseconds since the Unix epoch; 0 when it is not. */
  readonly sinceUs: number;
  /** How old the answer is, milliseconds; undefined while it counts as now. */
  readonly lateMs: number | undefined;
}

const UNKNOWN: TradingState = {
  word: 'STATE UNKNOWN',
  tone: 'faint',
  why: '',
  sinceUs: 0,
  lateMs: undefined,
};

type Status = Message<'ats.risk.v1.GetRiskStatusResponse'>;

function stateOf(status: Status, lateMs: number | undefined): TradingState {
  const { halted, mode, haltReason, haltedBy, haltedAtUs } = status;
  const [word, tone] =
    STATES[halted && mode === 'HALT_MODE_UNSPECIFIED' ? 'HALT_MODE_HALTED' : mode];
  const why = halted ? `${haltReason} (${haltedBy})` : '';
  return { word, tone: lateMs === undefined ? tone : 'faint', why, sinceUs: haltedAtUs, lateMs };
}

/** Whether trading runs, as risk says. An answer that is late is not shown as the state that is. */
export function useTradingState(): TradingState {
  const status = useRpc('ats.risk.v1.RiskService', 'GetRiskStatus', {}, { everyMs: EVERY_MS });
  const lateMs = useLateMs(status);
  return status.data === undefined ? UNKNOWN : stateOf(status.data, lateMs);
}
