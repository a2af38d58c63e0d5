import { type AccountId, accountId, assetId, Decimal, type VenueId } from '@ats/domain';
import { decimalText, sharedConfigShape } from '@ats/runtime';
import { z } from 'zod';
import type { AdoptRule, ReconciliationRules } from './app/venue-reconciliation.ts';

const account = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'expected a name such as "main"');

const ADOPT = ['by-mode', 'none', 'opening', 'start'] as const;

const reconciliationSchema = z.strictObject({
  intervalMs: z
    .int()
    .min(100)
    .max(3_600_000)
    .describe('How often each venue is compared with the ledger.'),
  retryMs: z
    .int()
    .min(10)
    .max(60_000)
    .describe('How soon it compares again while something is not settled.'),
  comparisonsMin: z
    .int()
    .min(2)
    .max(100)
    .describe('Comparisons in which a difference must be the same before it closes a venue.'),
  unsettledMsMax: z
    .int()
    .min(1000)
    .max(3_600_000)
    .describe(
      'A difference that never goes away closes it after so long, though it keeps changing.',
    ),
  explainedMsMax: z
    .int()
    .min(1000)
    .max(86_400_000)
    .describe('The same while orders on their way explain it.'),
  verdictAgeMsMax: z
    .int()
    .min(1000)
    .max(3_600_000)
    .describe('A venue that was not compared for so long takes no new orders.'),
  fillsOverlapMs: z
    .int()
    .min(1000)
    .max(86_400_000)
    .describe('How far back fills are asked for at each comparison.'),
  deadlineMs: z
    .int()
    .min(100)
    .max(60_000)
    .describe('Longest that a venue may take to say what it holds.'),
  adopt: z
    .enum(ADOPT)
    .describe(
      "What is posted without a person's word. `none`; `opening`: what a venue has " +
        'while the ledger has nothing there; `start`: also whatever differs when the ' +
        'service starts; `by-mode`: `start` in mode sim, `none` in the others.',
    ),
  feeTolerance: z
    .record(z.string(), decimalText)
    .describe('Differences up to this are posted as fees; units by asset.'),
});

const omsSectionSchema = z.strictObject({
  cachedOrdersMax: z.int().min(1).max(10_000_000).describe('Orders kept in memory.'),
  batchMax: z
    .int()
    .min(1)
    .max(1000)
    .describe('Records worked at once in each partition of the log.'),
  account: account.describe('Who owns what comes to venues that `accounts` does not name.'),
  accounts: z.record(z.string(), account).describe('Who owns it, by venue.'),
  reconciliation: reconciliationSchema.describe(
    'Compares the ledger with what venues say they hold.',
  ),
});

/** The sections of the configuration that the OMS reads. */
export const omsConfigSchema = z
  .object({
    mode: sharedConfigShape.mode,
    assets: sharedConfigShape.assets,
    venues: sharedConfigShape.venues,
    sharing: sharedConfigShape.sharing,
    oms: omsSectionSchema.describe('Keeps orders and the ledger.'),
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
