import { Decimal } from '@ats/domain';
import { decimalText, sharedConfigShape } from '@ats/runtime';
import { z } from 'zod';

const decimal = decimalText.transform((text) => Decimal.parse(text));
const milliseconds = z.int().min(1).max(3_600_000);

const unwindSchema = z.strictObject({
  lossBudget: decimal.describe(
    'A trade is refused if closing its larger leg at the edge of the collar could ' +
      'lose more, in the numeraire; 0 forbids trades.',
  ),
  collarBps: decimal.describe('How far beyond the best price an order that closes may trade.'),
  attemptsMax: z.int().min(1).max(1000).describe('Orders of one unwinding.'),
  hedgeAttemptsMax: z
    .int()
    .min(0)
    .max(1000)
    .describe(
      'Attempts at the venue that pays best; then the filled leg is undone where it ' +
        'was filled.',
    ),
  timeMaxMs: milliseconds.describe(
    'Longest that it may take; then the trade is EXPOSED and somebody is told.',
  ),
  retryMs: milliseconds.describe('Pause between attempts.'),
  gradualAbove: decimal.describe('A remainder worth more is closed in slices, in the numeraire.'),
  sliceNotional: decimal
    .refine((value) => value.isPositive(), 'expected a decimal above 0')
    .describe('What a slice is worth, in the numeraire.'),
  sliceMs: milliseconds.describe('Pause between slices.'),
  bookAgeMsMax: milliseconds.describe('A book older than this closes nothing.'),
});

const predictorSchema = z.strictObject({
  enabled: z.boolean().describe('Whether a model is asked.'),
  model: z
    .string()
    .min(1)
    .describe("One of the engine's own models, or the path of an .onnx file."),
  refreshMs: milliseconds.describe('How often all markets are asked about.'),
  ageMsMax: milliseconds.describe('What was predicted longer ago counts as nothing.'),
});

const engineSchema = z.strictObject({
  strategy: z
    .string()
    .min(1)
    .describe('`cross-exchange`, `triangular`, or the path of a file that exports a strategy.'),
  numeraire: z
    .string()
    .regex(/^[A-Z0-9]+$/, 'expected an asset such as USDT')
    .describe(
      'The money that profit is counted in; other money is compared through a ' +
        'conversion book.',
    ),
  minEdgeBps: z.number().min(0).max(10_000).meta({
    description: "An edge opens at so much, net of fees; basis points of the buy leg's cost.",
    hot: true,
  }),
  closeEdgeBps: z
    .number()
    .min(-10_000)
    .max(10_000)
    .meta({ description: 'An edge closes when its best prices fall below this.', hot: true }),
  nearMissBps: z.number().min(0).max(10_000).meta({
    description: 'Crossed books within this distance of paying are recorded as refused.',
    hot: true,
  }),
  ceilingBps: z
    .number()
    .positive()
    .max(1_000_000)
    .meta({ description: 'A net edge above this is too good to be true.', hot: true }),
  slippageBps: decimal.describe("Set aside for each leg's slippage."),
  chargeConversionFees: z
    .boolean()
    .describe('Whether converting between moneys is charged its taker fee.'),
  profitMin: decimal.meta({ description: 'Least net profit, in the numeraire.', hot: true }),
  notionalMax: decimal.meta({
    description: 'Most cost of one buy leg, in the numeraire.',
    hot: true,
  }),
  confidenceMin: z
    .number()
    .min(0)
    .max(1)
    .meta({ description: 'Least confidence, 0 to 1.', hot: true }),
  persistenceMs: milliseconds.meta({
    description: "Time after which an edge's standing no longer adds to confidence.",
    hot: true,
  }),
  improvementRatio: z.number().min(0).max(100).meta({
    description: 'A standing edge is proposed again when its profit has grown by this share.',
    hot: true,
  }),
  recheckMs: milliseconds.meta({
    description: 'What the engine itself holds back is looked at again after this long.',
    hot: true,
  }),
  bookAgeMsMax: milliseconds.meta({
    description: 'An edge on an older book is refused.',
    hot: true,
  }),
  venueBookAgeMsMax: z
    .record(z.string(), milliseconds)
    .meta({ description: 'The same of single venues.', hot: true }),
  conversionAgeMsMax: milliseconds.meta({
    description: 'A conversion by an older book is refused.',
    hot: true,
  }),
  bookDepth: z.int().min(1).max(1000).describe('Levels of each book that are kept and walked.'),
  riskDeadlineMs: milliseconds.describe('A risk answer that takes longer is a refusal.'),
  riskProbeMs: z
    .int()
    .min(0)
    .max(60_000)
    .describe(
      'How often the stream to risk in another process is kept quick; 0: never, as ' +
        'within one process.',
    ),
  riskPendingMax: z.int().min(1).max(100_000).describe('Questions that may wait for risk.'),
  timerMs: milliseconds.describe('How often ages are checked when nothing arrives.'),
  recentMax: z.int().min(1).max(100_000).describe('Opportunities that are kept in memory.'),
  refusalsPerSecondMax: z
    .number()
    .min(1)
    .max(10_000)
    .describe("The engine's own refusals that are recorded, of each reason."),
  balances: z
    .record(z.string(), z.record(z.string(), decimal))
    .describe('What can be spent where there is no ledger, in a backtest say; by venue and asset.'),
  trading: z.boolean().describe('Whether approved opportunities become trades.'),
  account: z.string().min(1).max(100).describe('The account that trades.'),
  tradesOpenMax: z.int().min(1).max(1000).describe('Trades that may be open at once.'),
  balancesMs: milliseconds.describe('How often the ledger is asked for balances.'),
  gatewayDeadlineMs: milliseconds.describe('Longest that the order gateway may take to answer.'),
  legTimeoutMs: milliseconds.describe('Legs that have not left for their venues by then expire.'),
  cancelAfterMs: milliseconds.describe(
    'What still stands this long after that is cancelled, and unwound.',
  ),
  orderRecheckMs: milliseconds.describe('How often an order that is silent is asked for.'),
  accumulatorMs: milliseconds.describe('How often what was too small to close is looked at again.'),
  flattenMs: milliseconds.describe(
    'How often risk is asked whether everything is to be closed, and then the next ' +
      'orders are made.',
  ),
  drainTradesMs: z
    .int()
    .min(0)
    .max(600_000)
    .describe(
      'How long a stop waits for open trades; those that stay open go on at the next ' +
        'start. 0: not at all.',
    ),
  unwind: unwindSchema.describe('Closing what one leg left open.'),
  predictor: predictorSchema.describe(
    'A model that expects what prices do next; an edge that it expects to go is not ' + 'taken.',
  ),
});

/** The sections of the configuration that the engine reads. */
export const engineConfigSchema = z
  .object({
    assets: sharedConfigShape.assets,
    venues: sharedConfigShape.venues,
    sharing: sharedConfigShape.sharing,
    engine: engineSchema.describe(
      "Finds price differences between venues. Basis points are of the buy leg's cost, " +
        'after fees.',
    ),
  })
  .superRefine(({ engine, assets, venues }, context) => {
    const report = (path: readonly string[], message: string): void =>
      context.addIssue({ code: 'custom', path: ['engine', ...path], message });
    if (engine.closeEdgeBps >= engine.minEdgeBps) {
      report(['closeEdgeBps'], `expected less than minEdgeBps ${engine.minEdgeBps}`);
    }
    if (engine.ceilingBps <= engine.minEdgeBps) {
      report(['ceilingBps'], `expected more than minEdgeBps ${engine.minEdgeBps}`);
    }
    if (assets[engine.numeraire] === undefined) {
      report(['numeraire'], 'expected an asset that is described under assets');
    }
    for (const section of ['balances', 'venueBookAgeMsMax'] as const) {
      for (const name of Object.keys(engine[section])) {
        if (venues[name] !== undefined) continue;
        report([section, name], `expected one of the venues ${Object.keys(venues).join(', ')}`);
      }
    }
  });

export type EngineConfig = z.output<typeof engineConfigSchema>;
