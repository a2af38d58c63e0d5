import { type AssetId, assetId, assetIdentity, Decimal, type VenueId, venueId } from '@ats/domain';
import { decimalText, listingsOf, type SharedConfig } from '@ats/runtime';
import { z } from 'zod';
import { reserveKey, type SharingRules } from './domain/inventory/allowance.ts';
import type { FlowRules } from './domain/inventory/flow.ts';
import type { PlanRules } from './domain/inventory/option.ts';
import type { TransferTermsOf } from './domain/inventory/transfer.ts';

const MINUTE_US = 60_000_000;
/** Stretches of the window that a half-life must span: with fewer it would mean nothing. */
const WINDOW_TO_HALF_LIFE_MAX = 72;

const hours = z.number().positive().max(720);

const transferTerms = z.strictObject({
  fee: decimalText.optional().describe('Units that the sending venue keeps.'),
  min: decimalText.optional().describe('Least that it sends, units, the fee in it.'),
  sendMinutes: z.number().min(0).max(10_080).optional().describe('Until it has sent.'),
  confirmations: z
    .int()
    .min(0)
    .max(10_000)
    .optional()
    .describe('Blocks after which the receiving venue credits.'),
});

/** Section `risk.inventory`: how long assets last, and what to do about it. */
export const inventorySchema = z
  .strictObject({
    windowHours: z.number().min(0.1).max(168).describe('How far back flows are looked at.'),
    halfLifeMinutes: z
      .number()
      .min(0.1)
      .max(10_080)
      .describe('What happened so long ago counts half for the current rate.'),
    fillsMin: z
      .int()
      .min(1)
      .max(1_000_000)
      .describe('With fewer fills at a place in the window nothing is said of it.'),
    tradeNotional: decimalText.describe(
      'What a trade of usual size is worth, in the numeraire: an asset is empty when ' +
        'none fits.',
    ),
    warnHours: hours.describe('People are warned when an asset lasts less.'),
    horizonHours: hours.describe(
      'A plan aims at assets that last so long; what takes longer is no option.',
    ),
    checkMs: z.int().min(100).max(3_600_000).describe('How often it is looked at.'),
    weights: z
      .record(z.string(), decimalText)
      .describe(
        'Shares by venue, 1 where not named; with none assets are to last equally long ' +
          'everywhere.',
      ),
    reserves: z
      .record(z.string(), z.record(z.string(), decimalText))
      .describe('Units by venue and asset that no plan takes away.'),
    transfers: z
      .strictObject({
        networks: z
          .record(
            z.string(),
            z.strictObject({
              blockSeconds: z.number().min(0).max(86_400).describe('Time between two blocks.'),
            }),
          )
          .describe('Networks by name.'),
        assets: z
          .record(z.string(), transferTerms.required())
          .describe('Terms by asset; one that is not here is not sent.'),
        venues: z
          .record(z.string(), z.record(z.string(), transferTerms))
          .describe('Other terms of single venues, by venue and asset.'),
      })
      .describe("What sending takes; your venues' own fees and rules are what counts."),
  })
  .superRefine(({ windowHours, halfLifeMinutes, warnHours, horizonHours }, context) => {
    const windowMinutes = windowHours * 60;
    const leastMinutes = windowMinutes / WINDOW_TO_HALF_LIFE_MAX;
    if (halfLifeMinutes > windowMinutes || halfLifeMinutes < leastMinutes) {
      const message = `expected from ${leastMinutes} to ${windowMinutes}, as windowHours is`;
      context.addIssue({ code: 'custom', path: ['halfLifeMinutes'], message });
    }
    if (horizonHours < warnHours) {
      const message = `expected ${warnHours} or more, as warnHours is`;
      context.addIssue({ code: 'custom', path: ['horizonHours'], message });
    }
  });

type InventoryConfig = z.output<typeof inventorySchema>;
type WholeConfig = Pick<SharedConfig, 'assets' | 'venues'> & {
  readonly risk: { readonly numeraire: string; readonly inventory: InventoryConfig };
};

/** Names in the section that stand for nothing. */
export function unknownInInventory(
  { assets, venues, risk: { inventory } }: WholeConfig,
  report: (path: readonly string[], message: string) => void,
): void {
  const { weights, reserves, transfers } = inventory;
  const known = {
    venue: { names: Object.keys(venues), remedy: 'no such venue' },
    asset: { names: Object.keys(assets), remedy: 'add it under assets' },
  };
  const check = (kind: keyof typeof known, name: string, path: readonly string[]): void => {
    const { names, remedy } = known[kind];
    if (names.includes(name)) return;
    report(['inventory', ...path, name], `${remedy}: known are ${names.join(', ')}`);
  };
  for (const venue of Object.keys(weights)) check('venue', venue, ['weights']);
  for (const asset of Object.keys(transfers.assets)) check('asset', asset, ['transfers', 'assets']);
  for (const [path, byVenue] of [
    [['reserves'], reserves],
    [['transfers', 'venues'], transfers.venues],
  ] as const) {
    for (const [venue, byAsset] of Object.entries(byVenue)) {
      check('venue', venue, path);
      for (const asset of Object.keys(byAsset)) check('asset', asset, [...path, venue]);
    }
  }
}

/** How the inventory is judged. */
export interface InventoryRules {
  readonly flow: FlowRules;
  readonly plan: PlanRules & SharingRules;
  readonly tradeNotional: Decimal;
  readonly checkMs: number;
  readonly termsOf: TransferTermsOf;
}

export function inventoryRulesOf(config: WholeConfig): InventoryRules {
  const { numeraire, inventory } = config.risk;
  const { windowHours, halfLifeMinutes, fillsMin, warnHours, horizonHours } = inventory;
  const weights = Object.entries(inventory.weights).map(
    ([venue, weight]) => [venueId(venue), Decimal.parse(weight)] as const,
  );
  const reserves = Object.entries(inventory.reserves).flatMap(([venue, byAsset]) =>
    Object.entries(byAsset).map(
      ([asset, least]) => [reserveKey({ venue, asset }), Decimal.parse(least)] as const,
    ),
  );
  return {
    flow: {
      windowUs: Math.round(windowHours * 60 * MINUTE_US),
      halfLifeUs: Math.round(halfLifeMinutes * MINUTE_US),
      fillsMin,
    },
    plan: {
      ...{ numeraire: assetId(numeraire), warnHours, horizonHours },
      weights: weights.length === 0 ? undefined : new Map(weights),
      reserves: new Map(reserves),
    },
    tradeNotional: Decimal.parse(inventory.tradeNotional),
    checkMs: inventory.checkMs,
    termsOf: transferTermsOf(config),
  };
}

/** Only what both venues list as the same asset, on a network that is described, can be sent. */
function transferTermsOf(config: WholeConfig): TransferTermsOf {
  const { networks, assets, venues } = config.risk.inventory.transfers;
  const listed = new Map<string, { readonly identity: string; readonly network: string }>();
  for (const { venue, base, quote } of listingsOf(config)) {
    for (const asset of [base, quote]) {
      const { network } = asset;
      listed.set(reserveKey({ venue, asset: asset.id }), {
        identity: assetIdentity(asset),
        network,
      });
    }
  }
  const figuresOf = (venue: VenueId, asset: AssetId) => {
    const all = assets[asset];
    return all === undefined ? undefined : { ...all, ...defined(venues[venue]?.[asset] ?? {}) };
  };
  return (asset, { from, to }) => {
    const [sends, takes] = [figuresOf(from, asset), figuresOf(to, asset)];
    const [here, there] = [from, to].map((venue) => listed.get(reserveKey({ venue, asset })));
    const network = networks[here?.network ?? ''];
    if (sends === undefined || takes === undefined || network === undefined) return undefined;
    if (here?.identity !== there?.identity) return undefined;
    return {
      fee: Decimal.parse(sends.fee),
      min: Decimal.parse(sends.min),
      minutes: sends.sendMinutes + (takes.confirmations * network.blockSeconds) / 60,
    };
  };
}

type Terms = z.output<typeof transferTerms>;

/** What is said of a venue; what is not said leaves the asset's own figure. */
const defined = (terms: Terms): { [Key in keyof Terms]-?: Exclude<Terms[Key], undefined> } =>
  Object.fromEntries(Object.entries(terms).filter(([, value]) => value !== undefined)) as never;
