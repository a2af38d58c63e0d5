import { type AccountId, accountId, assetId, Decimal, type VenueId } from '@ats/domain';
import { decimalText, sharedConfigShape } from '@ats/runtime';
import { z } from 'zod';
import type { AdoptRule, ReconciliationRules } from './app/venue-reconciliation.ts';

const account = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'expected a name such as "main"');

const ADOPT = ['by-mode', 'none', 'opening', 'start'] as const;

const reconciliationSchema = z.strictObject({
  intervalMs: z.int().min(100).max(3_600_000),
  /** How soon it compares again while something is not settled. */
  retryMs: z.int().min(10).max(60_000),
  /** Comparisons in which a difference must be the same before it counts. */
  comparisonsMin: z.int().min(2).max(100),
  /** A difference that never goes away counts after so long, though it keeps changing. */
  unsettledMsMax: z.int().min(1000).max(3_600_000),
  /** The same while orders on their way explain it. */
  explainedMsMax: z.int().min(1000).max(86_400_000),
  /** A verdict without a comparison since then is no longer believed. */
  verdictAgeMsMax: z.int().min(1000).max(3_600_000),
  /** How far back fills are asked for at each comparison. */
  fillsOverlapMs: z.int().min(1000).max(86_400_000),
  /** Longest that a venue may take to say what it holds. */
  deadlineMs: z.int().min(100).max(60_000),
  adopt: z.enum(ADOPT),
  /** Differences up to this are posted as fees by rule; units by asset. */
  feeTolerance: z.record(z.string(), decimalText),
});

const omsSectionSchema = z.strictObject({
  /** Orders kept in memory. */
  cachedOrdersMax: z.int().min(1).max(10_000_000),
  /** Records worked at once in each partition. */
  batchMax: z.int().min(1).max(1000),
  /** Who owns deposits at venues that `accounts` does not name. */
  account,
  accounts: z.record(z.string(), account),
  reconciliation: reconciliationSchema,
});

/** The sections of the configuration that the OMS reads. */
export const omsConfigSchema = z
  .object({
    mode: sharedConfigShape.mode,
    assets: sharedConfigShape.assets,
    venues: sharedConfigShape.venues,
    sharing: sharedConfigShape.sharing,
    oms: omsSectionSchema,
  })
  .superRefine(({ venues, assets, oms }, context) => {
    const unknown = (path: readonly string[], message: string): void => {
      context.addIssue({ code: 'custom', path: ['oms', ...path], message });
    };
    for (const venue of Object.keys(oms.accounts)) {
      if (venues[venue] !== undefined) continue;
      const known = Object.keys(venues).join(', ');
      unknown(['accounts', venue], `no such venue: use one of ${known}`);
    }
    for (const asset of Object.keys(oms.reconciliation.feeTolerance)) {
      if (assets[asset] !== undefined) continue;
      const message = `asset ${asset} is not described: add it under assets`;
      unknown(['reconciliation', 'feeTolerance', asset], message);
    }
  });

export type OmsConfig = z.output<typeof omsConfigSchema>;

/** Simulated exchanges begin anew with each run; real ones never do. */
function adoptRule({ mode, oms }: Pick<OmsConfig, 'mode' | 'oms'>): AdoptRule {
  const { adopt } = oms.reconciliation;
  if (adopt !== 'by-mode') return adopt;
  return mode === 'sim' ? 'start' : 'none';
}

/** The account that owns what comes to a venue. */
export function accountAt({ oms }: Pick<OmsConfig, 'oms'>, venue: VenueId): AccountId {
  return accountId(oms.accounts[venue] ?? oms.account);
}

/** Every account that can have money. */
export function accountsOf({ oms }: Pick<OmsConfig, 'oms'>): readonly AccountId[] {
  return [...new Set([oms.account, ...Object.values(oms.accounts)])].map(accountId);
}

export function reconciliationRules(config: Pick<OmsConfig, 'mode' | 'oms'>): ReconciliationRules {
  const { reconciliation } = config.oms;
  const tolerances = Object.entries(reconciliation.feeTolerance);
  return {
    adopt: adoptRule(config),
    feeTolerance: new Map(tolerances.map(([name, most]) => [assetId(name), Decimal.parse(most)])),
    comparisonsMin: reconciliation.comparisonsMin,
    unsettledUsMax: reconciliation.unsettledMsMax * 1000,
    explainedUsMax: reconciliation.explainedMsMax * 1000,
    verdictAgeUsMax: reconciliation.verdictAgeMsMax * 1000,
    fillsOverlapUs: reconciliation.fillsOverlapMs * 1000,
  };
}
