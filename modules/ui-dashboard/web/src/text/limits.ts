import type { Message } from '../../../src/contract.ts';
import { approximate } from './decimal-text.ts';

type RiskLimit = Message<'ats.risk.v1.RiskLimit'>;

/** How much of a limit is used, for its bar. */
export interface Use {
  readonly percent: number;
  readonly warnPercent: number | undefined;
}

const FULL = 100;

/** @returns undefined for one that is not measured, or has no figure to compare with */
export function useOfLimit({ value, warn, max }: RiskLimit): Use | undefined {
  const full = approximate(max === '' ? warn : max);
  const used = approximate(value);
  if (!Number.isFinite(full) || !Number.isFinite(used) || full <= 0) return undefined;
  const clamp = (part: number): number => Math.min(FULL, Math.max(0, (part / full) * FULL));
  const warns = max !== '' && warn !== '';
  return { percent: clamp(used), warnPercent: warns ? clamp(approximate(warn)) : undefined };
}
