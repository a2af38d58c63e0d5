import { Decimal } from '@ats/domain';
import { decimalText, sharedConfigShape } from '@ats/runtime';
import { z } from 'zod';

const decimal = decimalText.transform((text) => Decimal.parse(text));
const milliseconds = z.int().min(1).max(3_600_000);

const unwindSchema = z.strictObject({
  /** Most that closing the larger leg of a trade may lose, in the numeraire; 0 forbids trades. */
  lossBudget: decimal,
  collarBps: decimal,
  attemptsMax: z.int().min(1).max(1000),
  hedgeAttemptsMax: z.int().min(0).max(1000),
  timeMaxMs: milliseconds,
  retryMs: milliseconds,
  gradualAbove: decimal,
  sliceNotional: decimal.refine((value) => value.isPositive(), 'expected a decimal above 0'),
  sliceMs: milliseconds,
  bookAgeMsMax: milliseconds,
});

const predictorSchema = z.strictObject({
  enabled: z.boolean(),
  /** One of the engine's own models, or the path of an .onnx file. */
  model: z.string().min(1),
  /** How often all markets are asked about. */
  refreshMs: milliseconds,
  /** What was predicted longer ago counts as nothing. */
  ageMsMax: milliseconds,
});

const engineSchema = z.strictObject({
  /** `cross-exchange`, `triangular`, or the path of a file that exports a strategy. */
  strategy: z.string().min(1),
  /** The money that profit is counted in. */
  numeraire: z.string().regex(/^[A-Z0-9]+$/, 'expected an asset such as USDT'),
  minEdgeBps: z.number().min(0).max(10_000),
  closeEdgeBps: z.number().min(-10_000).max(10_000),
  nearMissBps: z.number().min(0).max(10_000),
  ceilingBps: z.number().positive().max(1_000_000),
  slippageBps: decimal,
  chargeConversionFees: z.boolean(),
  profitMin: decimal,
  notionalMax: decimal,
  confidenceMin: z.number().min(0).max(1),
  persistenceMs: milliseconds,
  improvementRatio: z.number().min(0).max(100),
  recheckMs: milliseconds,
  bookAgeMsMax: milliseconds,
  venueBookAgeMsMax: z.record(z.string(), milliseconds),
  conversionAgeMsMax: milliseconds,
  bookDepth: z.int().min(1).max(1000),
  /** A risk answer that takes longer is a refusal. */
  riskDeadlineMs: milliseconds,
  riskProbeMs: z.int().min(0).max(60_000),
  riskPendingMax: z.int().min(1).max(100_000),
  /** How often ages are checked when nothing arrives. */
  timerMs: milliseconds,
  recentMax: z.int().min(1).max(100_000),
  refusalsPerSecondMax: z.number().min(1).max(10_000),
  balances: z.record(z.string(), z.record(z.string(), decimal)),
  /** Whether approved opportunities become trades. */
  trading: z.boolean(),
  /** The account that trades. */
  account: z.string().min(1).max(100),
  tradesOpenMax: z.int().min(1).max(1000),
  balancesMs: milliseconds,
  gatewayDeadlineMs: milliseconds,
  /** Legs that have not left for their venues by then expire. */
  legTimeoutMs: milliseconds,
  cancelAfterMs: milliseconds,
  orderRecheckMs: milliseconds,
  accumulatorMs: milliseconds,
  /** How often risk is asked whether everything is to be closed; then what is closed goes on. */
  flattenMs: milliseconds,
  /** How long a stop waits for open trades to end; 0: not at all. */
  drainTradesMs: z.int().min(0).max(600_000),
  unwind: unwindSchema,
  predictor: predictorSchema,
});

/** The sections of the configuration that the engine reads. */
export const engineConfigSchema = z
  .object({
    assets: sharedConfigShape.assets,
    venues: sharedConfigShape.venues,
    sharing: sharedConfigShape.sharing,
    engine: engineSchema,
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
