import { Secret } from '@ats/domain';
import { decimalText, sharedConfigShape } from '@ats/runtime';
import { z } from 'zod';

/** Environment variables of digits alone arrive as numbers. */
const secretText = z
  .union([z.string().min(1), z.number().transform(String)])
  .transform((text) => new Secret(text));

const accountSchema = z.strictObject({
  apiKey: secretText,
  secret: secretText,
  /** Where the exchange has one. */
  passphrase: secretText.optional(),
});

const budgetSchema = z.strictObject({
  perSecond: z.number().positive().max(10_000),
  burst: z.int().min(1).max(10_000),
});

const milliseconds = z.int().min(1).max(3_600_000);

const venueGatewaySchema = z.strictObject({
  /** By venue; what is not named follows `mode`. */
  connectors: z.record(z.string(), z.enum(['simulated', 'paper', 'live'])),
  /** ccxt's id of a venue whose feed does not say it. */
  exchanges: z.record(z.string(), z.string().regex(/^[a-z0-9]+$/)),
  accounts: z.record(z.string(), accountSchema),
  /** Calls a second in the long run and at once, by venue; `default` for all others. */
  budgets: z
    .record(z.string(), budgetSchema)
    .refine((budgets) => budgets['default'] !== undefined, 'expected a budget called default'),
  concurrencyMax: z.int().min(1).max(1000),
  /** Calls of one class (cancels, orders, questions) that may wait, for each venue. */
  waitingMax: z.int().min(1).max(100_000),
  requestTimeoutMs: milliseconds,
  /** Longest that a request can be on its way before the venue refuses it as too old. */
  inFlightMaxMs: milliseconds,
  /** How often standing orders are compared while the venue pushes nothing, and while it does. */
  pollMs: milliseconds,
  streamingPollMs: milliseconds,
  /** How often all fills are read from the cursor on. */
  lateFillsMs: milliseconds,
  /** How long an order that is over is remembered; no older event is ever sent. */
  doneKeepHours: z.int().min(1).max(720),
  /** Whether pushes of the venues are listened to. */
  stream: z.boolean(),
  breaker: z.strictObject({
    callsMin: z.int().min(1).max(10_000),
    failurePercentMax: z.int().min(1).max(100),
    openMs: milliseconds,
  }),
  paper: z.strictObject({
    latencyMs: z.int().min(0).max(60_000),
    /** Money at the start, by venue and asset. */
    balances: z.record(z.string(), z.record(z.string(), decimalText)),
  }),
});

/** The sections of the configuration that the venue gateway reads. */
export const venueGatewayConfigSchema = z.object({
  mode: sharedConfigShape.mode,
  assets: sharedConfigShape.assets,
  venues: sharedConfigShape.venues,
  venueGateway: venueGatewaySchema,
});

export type VenueGatewayConfig = z.output<typeof venueGatewayConfigSchema>;
export type ConnectorKind = 'simulated' | 'paper' | 'live';

const OF_MODE = { sim: 'simulated', paper: 'paper', live: 'live' } as const;

/** Which connector a venue has. */
export function connectorOf(config: VenueGatewayConfig, venue: string): ConnectorKind {
  return config.venueGateway.connectors[venue] ?? OF_MODE[config.mode];
}
