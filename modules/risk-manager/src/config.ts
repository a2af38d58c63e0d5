import { decimalText, listingsOf, sharedConfigShape } from '@ats/runtime';
import { approvalConfigShape } from '@ats/security';
import { VAR_METHODS } from '@ats/statistics';
import { z } from 'zod';
import type { ScopeNames } from './domain/limits/limit-change.ts';
import { kindOf, LIMIT_NAMES } from './domain/limits/limit-names.ts';
import { knownMarkets, type NameFilter, type RiskRules } from './domain/rules.ts';
import { inventorySchema, unknownInInventory } from './inventory-config.ts';
import { limitsSchema } from './limits-config.ts';

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

const names = z.array(z.string().min(1)).default([]);

const filterShape = {
  allow: names.describe('Only these may be traded; empty: all.'),
  block: names.describe('These may not be traded, whatever is allowed.'),
};

/** How value at risk and expected shortfall are reckoned. */
const valueAtRiskSchema = z
  .strictObject({
    method: z.enum(VAR_METHODS).describe('How it is reckoned from how prices have moved.'),
    confidence: z
      .number()
      .min(0.5)
      .max(0.9999)
      .describe('Share of cases, 0.5 to 0.9999, in which the loss stays below.'),
    horizonMs: z.int().min(1000).max(2_592_000_000).describe('How far ahead.'),
    sampleMs: z.int().min(1000).max(86_400_000).describe('How far samples of prices are apart.'),
    samplesMax: z.int().min(10).max(10_000).describe('Samples that are kept.'),
    samplesMin: z
      .int()
      .min(2)
      .max(10_000)
      .describe('With fewer changes of prices there is no figure.'),
  })
  .refine(({ samplesMin, samplesMax }) => samplesMin < samplesMax, {
    path: ['samplesMin'],
    message: 'samplesMin must be below samplesMax, or there is never a figure',
  });

const riskSectionSchema = z.strictObject({
  halted: z.boolean().describe('Whether trading starts halted.'),
  resumePersons: z
    .int()
    .min(1)
    .max(5)
    .describe('How many different persons it takes to let trading go on after a halt.'),
  venues: z.strictObject(filterShape).describe('Which venues may be traded on.'),
  symbols: z
    .strictObject(filterShape)
    .describe('Which instruments (BTC/USDT) and base assets (BTC) may be traded.'),
  numeraire: z
    .string()
    .regex(/^[A-Z0-9]+$/, 'expected an asset such as USDT')
    .describe('The money that positions, exposure and profit of all accounts are counted in.'),
  timeZone: z
    .string()
    .refine(isTimeZone, 'expected an IANA time zone such as UTC or Asia/Seoul')
    .describe('Where days, weeks and months begin: an IANA name such as `Europe/Zurich`.'),
  limits: limitsSchema.describe(
    'The limits by name; one that is left out refuses nothing. Read at the start: ' +
      '`ats limits` changes them while ATS runs, and audits it.',
  ),
  inventory: inventorySchema.describe(
    'How long assets last where they are, and plans to bring them back. Nothing is ' + 'ever sent.',
  ),
  valueAtRisk: valueAtRiskSchema.describe(
    'Loss that positions stay below with a confidence over a horizon; also of ' +
      'expected shortfall.',
  ),
  approvalMs: z.int().min(50).max(60_000).describe('An approval is good for so long.'),
  approvalBurst: z
    .int()
    .min(1)
    .max(1_000_000)
    .describe('Approvals that may come at once; how many a second is the limit `approvalRate`.'),
  ...approvalConfigShape,
});

/** The sections of the configuration that the risk manager reads. */
export const riskConfigSchema = z
  .object({
    assets: sharedConfigShape.assets,
    venues: sharedConfigShape.venues,
    killSwitchFile: sharedConfigShape.killSwitchFile,
    sharing: sharedConfigShape.sharing,
    /** What a market order is previewed at; the rest of the section is the gateway's own. */
    gateway: z.object({ marketCollarBps: decimalText }),
    risk: riskSectionSchema.describe(
      'What may be traded. Amounts are in the money that profit is counted in.',
    ),
  })
  .superRefine((config, context) => {
    const unknown = (path: readonly (string | number)[], message: string): void => {
      context.addIssue({ code: 'custom', path: ['risk', ...path], message });
    };
    const venues = Object.keys(config.venues);
    const { risk } = config;
    for (const list of ['allow', 'block'] as const) {
      for (const [index, name] of risk.venues[list].entries()) {
        if (venues.includes(name)) continue;
        const known = venues.join(', ');
        unknown(['venues', list, index], `"${name}" is no venue: use one of ${known}`);
      }
    }
    unknownInInventory(config, unknown);
    const symbols = symbolsOf(config.venues);
    for (const list of ['allow', 'block'] as const) {
      for (const [index, name] of risk.symbols[list].entries()) {
        if (symbols.has(name)) continue;
        unknown(['symbols', list, index], `"${name}" is neither a listed instrument nor its base`);
      }
    }
    const names = {
      ...{ none: new Set<string>(), venue: new Set(venues), instrument: symbols, asset: symbols },
      money: new Set(Object.keys(config.assets)),
    };
    for (const name of LIMIT_NAMES) {
      const { scope } = kindOf(name);
      for (const of of Object.keys(risk.limits[name]?.for ?? {})) {
        if (names[scope].has(of) || scope === 'none') continue;
        unknown(['limits', name, 'for', of], `"${of}" is no ${scope} of the configuration`);
      }
    }
  });

export type RiskConfig = z.output<typeof riskConfigSchema>;

function symbolsOf(venues: RiskConfig['venues']): ReadonlySet<string> {
  const symbols = new Set<string>();
  for (const { listings } of Object.values(venues)) {
    for (const { instrument } of listings) {
      symbols.add(instrument).add(instrument.slice(0, instrument.indexOf('/')));
    }
  }
  return symbols;
}

function filterOf(lists: {
  readonly allow: readonly string[];
  readonly block: readonly string[];
}): NameFilter {
  return {
    allow: lists.allow.length === 0 ? undefined : new Set(lists.allow),
    block: new Set(lists.block),
  };
}

/** What a configuration lets be traded at all. */
export function rulesOf(config: RiskConfig): RiskRules {
  const { venues, symbols } = config.risk;
  return {
    venues: filterOf(venues),
    symbols: filterOf(symbols),
    markets: knownMarkets(listingsOf(config)),
  };
}

/** What limits of each scope can be for. */
export function scopeNamesOf(config: RiskConfig): ScopeNames {
  const listings = listingsOf(config);
  return {
    money: Object.keys(config.assets),
    venue: Object.entries(config.venues).flatMap(([name, { enabled }]) => (enabled ? name : [])),
    asset: Object.keys(config.assets),
    instrument: [...new Set(listings.map(({ instrument }) => instrument))],
  };
}
