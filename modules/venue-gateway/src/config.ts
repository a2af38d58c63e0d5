import { Secret } from '@ats/domain';
import { decimalText, sharedConfigShape } from '@ats/runtime';
import { z } from 'zod';

/** Environment variables of digits alone arrive as numbers. */
const secretText = z
  .union([z.string().min(1), z.number().transform(String)])
  .transform((text) => new Secret(text));

const accountSchema = z.strictObject({
  apiKey: secretText.describe("The exchange's key. Keys with withdrawal rights are refused."),
  secret: secretText.describe('Signs requests.'),
  passphrase: secretText.optional().describe('Where the exchange has one.'),
});

const budgetSchema = z.strictObject({
  perSecond: z.number().positive().max(10_000).describe('Calls a second in the long run.'),
  burst: z.int().min(1).max(10_000).describe('Calls at once.'),
});

const milliseconds = z.int().min(1).max(3_600_000);

const venueGatewaySchema = z.strictObject({
  connectors: z
    .record(z.string(), z.enum(['simulated', 'paper', 'live']))
    .describe('By venue; what is not named follows `mode`.'),
  exchanges: z
    .record(z.string(), z.string().regex(/^[a-z0-9]+$/))
    .describe("ccxt's id of a venue whose feed does not say it."),
  accounts: z
    .record(z.string(), accountSchema)
    .describe(
      'Keys by venue. Real ones come from the vault (`ats keys`), from the ' +
        'environment, or encrypted (`ats config encrypt`).',
    ),
  budgets: z
    .record(z.string(), budgetSchema)
    .refine((budgets) => budgets['default'] !== undefined, 'expected a budget called default')
    .describe(
      "Each venue's budget of calls, `default` for all others; cancels and unwinds go " + 'first.',
    ),
  concurrencyMax: z.int().min(1).max(1000).describe('Calls on their way at once, for each venue.'),
  waitingMax: z
    .int()
    .min(1)
    .max(100_000)
    .describe('Calls of one class (cancels, orders, questions) that may wait, for each venue.'),
  requestTimeoutMs: milliseconds.describe('Longest that a venue may take to answer.'),
  inFlightMaxMs: milliseconds.describe(
    'An order that the venue does not know is called rejected after this long, and ' +
      'not before.',
  ),
  pollMs: milliseconds.describe(
    'How often standing orders are compared while the venue pushes nothing.',
  ),
  streamingPollMs: milliseconds.describe('The same while it does.'),
  lateFillsMs: milliseconds.describe('How often all fills are read from the cursor on.'),
  doneKeepHours: z
    .int()
    .min(1)
    .max(720)
    .describe('How long an order that is over is remembered; no older event is ever sent.'),
  stream: z.boolean().describe('Whether pushes of the venues are listened to.'),
  breaker: z
    .strictObject({
      callsMin: z.int().min(1).max(10_000).describe('With fewer calls it stays closed.'),
      failurePercentMax: z.int().min(1).max(100).describe('Share of failures at which it opens.'),
      openMs: milliseconds.describe('After so long one call is tried.'),
    })
    .describe('Leaves a venue alone that fails; cancels are still tried.'),
  paper: z
    .strictObject({
      latencyMs: z.int().min(0).max(60_000).describe('How long an order is on its way.'),
      balances: z
        .record(z.string(), z.record(z.string(), decimalText))
        .describe('Money at the start, by venue and asset.'),
    })
    .describe('Fills against the live book, in mode paper.'),
});

/** The sections of the configuration that the venue gateway reads. */
export const venueGatewayConfigSchema = z.object({
  mode: sharedConfigShape.mode,
  assets: sharedConfigShape.assets,
  venues: sharedConfigShape.venues,
  venueGateway: venueGatewaySchema.describe(
    'Carries orders to venues: through ccxt to simulated and real ones, or on paper.',
  ),
});

export type VenueGatewayConfig = z.output<typeof venueGatewayConfigSchema>;
export type ConnectorKind = 'simulated' | 'paper' | 'live';

const OF_MODE = { sim: 'simulated', paper: 'paper', live: 'live' } as const;

/** Which connector a venue has. */
export function connectorOf(config: VenueGatewayConfig, venue: string): ConnectorKind {
  return config.venueGateway.connectors[venue] ?? OF_MODE[config.mode];
}
