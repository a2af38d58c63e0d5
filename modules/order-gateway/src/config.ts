import { Secret } from '@ats/domain';
import { decimalText, sharedConfigShape } from '@ats/runtime';
import { approvalConfigShape } from '@ats/security';
import { z } from 'zod';
import { ACTIONS } from './domain/permissions.ts';
import { ACCOUNT_PATTERN } from './domain/requests.ts';

/** Shortest bearer token taken, in characters: 32 of base64 are 192 bits. */
const TOKEN_LENGTH_MIN = 32;

const everything = z.literal('*');

/** Its error names the length and never the text. */
const secret = z
  .string()
  .min(TOKEN_LENGTH_MIN, `expected a secret of ${TOKEN_LENGTH_MIN} characters or more`)
  .transform((text) => new Secret(text));

const tokenSchema = z.strictObject({
  name: z.string().min(1).max(64).describe('Who it is, for logs.'),
  token: secret.describe('What a caller shows, 32 characters or more.'),
  accounts: z
    .array(z.union([everything, z.string().regex(ACCOUNT_PATTERN, 'expected an account')]))
    .min(1)
    .describe('Accounts that it may see and trade for; `*` for all.'),
  actions: z
    .array(z.union([everything, z.enum(ACTIONS)]))
    .min(1)
    .describe('What it may do; `*` for all.'),
});

const gatewaySectionSchema = z.strictObject({
  instance: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'expected a short lower-case name')
    .describe('Names this instance: its outbox and its place in the log belong to it.'),
  host: z.string().min(1).describe('The interface that REST and WebSocket listen on.'),
  port: z.int().min(0).max(65_535).describe('Their port; 0 picks a free one.'),
  bodyBytesMax: z
    .int()
    .min(1024)
    .max(2 ** 20)
    .describe('Largest request.'),
  tokenFile: z
    .string()
    .min(1)
    .describe('Where the token is kept that is made when none is configured.'),
  tokens: z
    .array(tokenSchema)
    .max(100)
    .refine(
      (tokens) => new Set(tokens.map(({ name }) => name)).size === tokens.length,
      'expected each name once',
    )
    .describe('Bearer tokens. With none, one for everything is made at the first start.'),
  requestIdHours: z.int().min(1).max(8760).describe('How long the answer to a request id is kept.'),
  marketCollarBps: decimalText.meta({
    description:
      'A market order reserves money for the best price and this much beyond it, and ' +
      'never pays more.',
    hot: true,
  }),
  bookAgeMsMax: z
    .int()
    .min(1)
    .max(3_600_000)
    .meta({ description: 'A market order is reckoned by a book of this age at most.', hot: true }),
  gates: z
    .strictObject({
      pollMs: z.int().min(10).max(60_000).describe('How often both are asked.'),
      ageMsMax: z
        .int()
        .min(10)
        .max(600_000)
        .describe('An answer older than this closes their gates.'),
    })
    .describe('Whether risk and the ledger let new orders through.'),
  unpublishedMax: z
    .int()
    .min(1)
    .max(1_000_000)
    .describe('Requests that may wait for the log before nothing more is taken.'),
  stream: z
    .strictObject({
      clientsMax: z.int().min(1).max(100_000).describe('Clients at once.'),
      subscriptionsMax: z.int().min(1).max(1000).describe('Subscriptions of one client.'),
      bufferBytesMax: z
        .int()
        .min(4096)
        .max(2 ** 30)
        .describe('Bytes that may wait for one client before it counts as too slow.'),
      conflateMs: z
        .int()
        .min(1)
        .max(60_000)
        .describe('How often market data and balances are sent, the newest of each.'),
      authenticateMs: z
        .int()
        .min(100)
        .max(60_000)
        .describe('How long a client may take to say who it is.'),
      heartbeatMs: z
        .int()
        .min(100)
        .max(600_000)
        .describe('A client that answers no ping for this long is gone.'),
    })
    .describe('The WebSocket, /stream.'),
});

/** The sections of the configuration that the order gateway reads. */
export const gatewayConfigSchema = z.object({
  assets: sharedConfigShape.assets,
  venues: sharedConfigShape.venues,
  rpc: sharedConfigShape.rpc,
  security: sharedConfigShape.security,
  killSwitchFile: sharedConfigShape.killSwitchFile,
  /** What it shares with risk; the rest of the section is risk's own. */
  risk: z.object(approvalConfigShape),
  sharing: sharedConfigShape.sharing,
  gateway: gatewaySectionSchema.describe('The one way in for orders: REST, WebSocket and gRPC.'),
});

export type GatewayConfig = z.output<typeof gatewayConfigSchema>;
