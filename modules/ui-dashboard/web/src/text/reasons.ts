import type { Message } from '../../../src/contract.ts';
import { sumTexts, timesTexts } from './decimal-text.ts';
import { bare } from './format.ts';

type OpportunityRecord = Message<'ats.opportunity.v1.OpportunityRecord'>;
export type Reason = OpportunityRecord['reason'];

export const reasonName = (reason: Reason): string => bare(reason, 'REASON_CODE_');

/** Where opportunities fall out, in the order in which they are looked at. */
export type Stage = 'fresh' | 'edge' | 'size' | 'funds' | 'risk' | 'trade';

const STAGES: readonly Stage[] = ['fresh', 'edge', 'size', 'funds', 'risk', 'trade'];

const STAGE_OF: Readonly<Record<string, Stage>> = {
  BOOK_STALE: 'fresh',
  BOOK_NOT_LIVE: 'fresh',
  CONVERSION_MISSING: 'fresh',
  CONVERSION_STALE: 'fresh',
  EDGE_BELOW_MIN: 'edge',
  EDGE_GONE_EXACT: 'edge',
  CONFIDENCE_LOW: 'edge',
  SPREAD_ABOVE_CEILING: 'edge',
  ASSET_IDENTITY_MISMATCH: 'edge',
  SIZE_BELOW_MIN: 'size',
  BALANCE_INSUFFICIENT: 'funds',
  INVENTORY_SHORT: 'funds',
  INVENTORY_UNKNOWN: 'funds',
};

/** @returns where it fell out; undefined where it was approved */
export function stageOf(reason: Reason): Stage | undefined {
  const name = reasonName(reason);
  if (name === 'APPROVED') return undefined;
  const known = STAGE_OF[name];
  if (known !== undefined) return known;
  return name.startsWith('RISK_') ? 'risk' : 'trade';
}

export interface FunnelReason {
  readonly reason: Reason;
  readonly count: number;
  /** Decimal text, in the numeraire: what all would have kept at their best, losses as well. */
  readonly profit: string;
  /** Decimal text, in the numeraire: what buying all would have taken. */
  readonly committed: string;
}

export interface FunnelStage {
  readonly stage: Stage;
  /** How many came so far. */
  readonly entered: number;
  readonly passed: number;
  /** What took the rest, the most first. */
  readonly reasons: readonly FunnelReason[];
}

const costOf = ({ opportunity }: OpportunityRecord): string =>
  timesTexts(opportunity?.buy?.notional ?? '', opportunity?.buy?.conversionRate ?? '');

/** @returns for each stage how many came to it, how many passed, and what took the rest */
export function funnel(records: readonly OpportunityRecord[]): readonly FunnelStage[] {
  let entered = records.length;
  return STAGES.map((stage) => {
    const fallen = records.filter(({ reason }) => stageOf(reason) === stage);
    const byReason = Map.groupBy(fallen, ({ reason }) => reason);
    const reasons = [...byReason]
      .map(([reason, of]) => ({
        reason,
        count: of.length,
        profit: sumTexts(of.map(({ bestNetProfit }) => bestNetProfit)),
        committed: sumTexts(of.map(costOf)),
      }))
      .toSorted((a, b) => b.count - a.count);
    const result = { stage, entered, passed: entered - fallen.length, reasons };
    entered = result.passed;
    return result;
  });
}

export interface Minute {
  /** Seconds since the Unix epoch. */
  readonly at: number;
  /** Null for a minute that the records do not reach back to. */
  readonly taken: number | null;
  readonly refused: number | null;
}

const MINUTE_US = 60_000_000;
const MINUTES = 30;

interface Counting {
  /** The newest first. */
  readonly records: readonly OpportunityRecord[];
  /** How many there are at most: with so many the oldest are missing. */
  readonly recordsMax: number;
  readonly nowUs: number;
}

/** @returns how many were taken and refused in each of the last 30 minutes, this one included */
export function perMinute({ records, recordsMax, nowUs }: Counting): readonly Minute[] {
  const last = Math.floor(nowUs / MINUTE_US);
  const first = last - MINUTES + 1;
  const oldest = records.length < recordsMax ? 0 : (records.at(-1)?.openedAtUs ?? 0);
  const counts = Array.from({ length: MINUTES }, () => ({ taken: 0, refused: 0 }));
  for (const { openedAtUs, reason } of records) {
    const minute = counts[Math.floor(openedAtUs / MINUTE_US) - first];
    if (minute === undefined) continue;
    if (stageOf(reason) === undefined) minute.taken += 1;
    else minute.refused += 1;
  }
  return counts.map((minute, index) => {
    const at = (first + index) * 60;
    const known = (first + index) * MINUTE_US >= oldest;
    return known ? { at, ...minute } : { at, taken: null, refused: null };
  });
}
