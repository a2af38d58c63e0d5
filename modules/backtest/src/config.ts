import { Decimal } from '@ats/domain';
import { type ConfigTree, decimalText, sharedConfigShape } from '@ats/runtime';
import { z } from 'zod';

const decimal = decimalText.transform((text) => Decimal.parse(text));
/**
 * A latency as one word, so that another layer replaces it whole: `fixed:20`, `lognormal:20:0.4`
 * (median and the standard deviation of the logarithm), `empirical:./measured.txt`; milliseconds.
 */
const drawnLatency = z.string().transform((text, context): LatencySetting => {
  const [model, ...rest] = text.split(':');
  const [first = Number.NaN, second = Number.NaN] = rest.map(Number);
  if (model === 'fixed' && rest.length === 1 && first >= 0) return { model, ms: first };
  if (model === 'lognormal' && rest.length === 2 && first >= 0 && second >= 0 && second <= 5) {
    return { model, medianMs: first, sigma: second };
  }
  const file = rest.join(':');
  if (model === 'empirical' && file !== '') return { model, file };
  const message = 'expected fixed:MS, lognormal:MEDIAN_MS:SIGMA or empirical:FILE';
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

/** As the tape has it, or one that is drawn. */
const marketLatency = z.union([
  z.literal('recorded').transform(() => ({ model: 'recorded' }) as const),
  drawnLatency,
]);

const byVenue = <Setting extends z.ZodType>(setting: Setting) =>
  z.record(z.string(), setting).refine((all) => Object.hasOwn(all, 'default'), {
    message: 'expected an entry "default" for venues that are not named',
  });

const feesSchema = z.strictObject({
  asset: z
    .string()
    .min(1)
    .default('quote')
    .describe(
      'What fees are paid in: `quote`, `received` (what an order receives), or an ' +
        'asset such as BNB.',
    ),
  price: decimal
    .optional()
    .describe('One unit of that asset in the numeraire, used while no tape values it.'),
  volume: decimal
    .default(Decimal.ZERO)
    .describe('Volume of the 30 days before the run, in the numeraire.'),
  tiers: z
    .array(
      z.strictObject({
        volume: decimal.describe('From this volume of 30 days on, in the numeraire.'),
        makerBps: decimal.describe('Fee of an order that waited in the book.'),
        takerBps: decimal.describe('Fee of an order that trades at once.'),
      }),
    )
    .default([])
    .refine(
      (tiers) =>
        tiers.every(({ volume }, index) =>
          index === 0
            ? volume.isZero()
            : volume.greaterThan((tiers[index - 1] as { volume: Decimal }).volume),
        ),
      'expected the first tier at volume 0 and growing volumes',
    )
    .describe(
      'Fees by volume; the one that counts is the last whose volume has been reached. ' +
        'The first is at volume 0.',
    ),
});

const outageSchema = z
  .strictObject({
    venue: z.string().min(1).describe('The venue that is out.'),
    from: z.iso.datetime().describe('When it begins, ISO 8601, such as 2021-08-20T00:10:00Z.'),
    to: z.iso.datetime().describe('When it ends, ISO 8601.'),
  })
  .refine(({ from, to }) => Date.parse(from) < Date.parse(to), 'expected "from" before "to"');

const backtestSchema = z.strictObject({
  dataFolder: z.string().min(1).describe('Where the tapes lie that `ats data import` made.'),
  resultFolder: z.string().min(1).describe('Where runs are kept.'),
  queueMax: z.int().min(0).max(1000).describe('Runs that may wait for the one that runs.'),
  toTickStore: z
    .boolean()
    .describe('Whether curves and figures of runs of the service go to the tick store.'),
  equityIntervalMs: z
    .int()
    .min(1)
    .max(86_400_000)
    .describe('How often everything that is held is valued at the middle of the books.'),
  horizonMs: z
    .int()
    .min(0)
    .max(60_000)
    .describe('Longest that a row is believed to have been on its way from its venue.'),
  latency: z
    .strictObject({
      market: byVenue(marketLatency).describe(
        'Of market data; also `recorded`, as the tape has it.',
      ),
      orders: byVenue(drawnLatency).describe(
        'Of orders, one way; an order is answered after two of these.',
      ),
    })
    .describe(
      'By venue, `default` for the others: fixed:MS, lognormal:MEDIAN_MS:SIGMA, or ' +
        'empirical:FILE with one measured value a line.',
    ),
  fees: z
    .record(z.string(), feesSchema)
    .describe("Fees by venue; without an entry the venue's own."),
  rejects: byVenue(z.number().min(0).max(1)).describe(
    'Share of orders, 0 to 1, that a venue refuses for no reason; by venue, ' +
      '`default` for the others.',
  ),
  outages: z.array(outageSchema).describe('Times at which a venue shows and answers nothing.'),
  answerMsMax: z
    .int()
    .min(1)
    .max(600_000)
    .describe('How long a venue that does not answer is waited for.'),
  balances: z
    .record(z.string(), z.record(z.string(), decimal))
    .describe('What is held at the start, by venue and asset.'),
});

/** One way, milliseconds. */
export type LatencySetting =
  | { readonly model: 'fixed'; readonly ms: number }
  | { readonly model: 'lognormal'; readonly medianMs: number; readonly sigma: number }
  /** A text file of measured latencies, milliseconds, one a line. */
  | { readonly model: 'empirical'; readonly file: string };

export type MarketLatency = z.output<typeof marketLatency>;
export type FeeSettings = z.output<typeof feesSchema>;

/** The sections of the configuration that a run reads itself; the live parts read their own. */
export const backtestConfigSchema = z
  .object({
    assets: sharedConfigShape.assets,
    venues: sharedConfigShape.venues,
    engine: z.object({ numeraire: z.string() }),
    backtest: backtestSchema.describe(
      'The live code over recorded tapes on virtual time: `ats backtest`.',
    ),
  })
  .superRefine(({ backtest, venues }, context) => {
    const check = (path: readonly string[], name: string): void => {
      if (name === 'default' || venues[name] !== undefined) return;
      const message = `no such venue: use one of ${Object.keys(venues).join(', ')}`;
      context.addIssue({ code: 'custom', path: ['backtest', ...path], message });
    };
    for (const name of Object.keys(backtest.latency.market)) check(['latency', 'market'], name);
    for (const name of Object.keys(backtest.latency.orders)) check(['latency', 'orders'], name);
    for (const name of Object.keys(backtest.fees)) check(['fees'], name);
    for (const name of Object.keys(backtest.rejects)) check(['rejects'], name);
    for (const name of Object.keys(backtest.balances)) check(['balances'], name);
    for (const { venue } of backtest.outages) check(['outages'], venue);
  });

/** What the service reads: its own section, and all values as they stand, for the runs. */
export const backtestServiceConfigSchema = z
  .looseObject({})
  .superRefine((values, context) => {
    for (const issue of backtestConfigSchema.safeParse(values).error?.issues ?? []) {
      context.addIssue({ ...issue, code: 'custom' });
    }
  })
  .transform((values) => ({
    backtest: backtestConfigSchema.parse(values).backtest,
    values: values as ConfigTree,
  }));

export type BacktestServiceConfig = z.output<typeof backtestServiceConfigSchema>;

export type BacktestConfig = z.output<typeof backtestConfigSchema>;

/** @returns the setting of a venue, or the one of all that are not named. */
export function settingOf<Setting>(
  settings: Readonly<Record<string, Setting>>,
  venue: string,
): Setting {
  return (settings[venue] ?? settings['default']) as Setting;
}
