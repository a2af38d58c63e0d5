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
  /** Who it is, for logs. */
  name: z.string().min(1).max(64),
  token: secret,
  /** Accounts that it may see and trade for; `*` for all. */
  accounts: z
    .array(z.union([everything, z.string().regex(ACCOUNT_PATTERN, 'expected an account')]))
    .min(1),
  /** What it may do; `*` for all. */
  actions: z.array(z.union([everything, z.enum(ACTIONS)])).min(1),
});

const gatewaySectionSchema = z.strictObject({
  /** Names this instance: its outbox and its place in the log belong to it. */
  instance: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'expected a short lower-case name'),
  host: z.string().min(1),
  port: z.int().min(0).max(65_535),
  bodyBytesMax: z
    .int()
    .min(1024)
    .max(2 ** 20),
  /** Where the token is kept that is made when none is configured. */
  tokenFile: z.string().min(1),
  tokens: z
    .array(tokenSchema)
    .max(100)
    .refine(
      (tokens) => new Set(tokens.map(({ name }) => name)).size === tokens.length,
      'expected each name once',
    ),
  /** How long the answer to a request id is kept. */
  requestIdHours: z.int().min(1).max(8760),
  /** How far beyond the best price a market order may trade. */
  marketCollarBps: decimalText,
  /** A market order is reckoned by a book of this age at most. */
  bookAgeMsMax: z.int().min(1).max(3_600_000),
  gates: z.strictObject({
    pollMs: z.int().min(10).max(60_000),
    /** An answer of risk or the ledger older than this closes their gates. */
    ageMsMax: z.int().min(10).max(600_000),
  }),
  /** Requests that may wait for the log before nothing more is taken. */
  unpublishedMax: z.int().min(1).max(1_000_000),
  stream: z.strictObject({
    clientsMax: z.int().min(1).max(100_000),
    subscriptionsMax: z.int().min(1).max(1000),
    /** Bytes that may wait for one client before it counts as too slow. */
    bufferBytesMax: z
      .int()
      .min(4096)
      .max(2 ** 30),
    /** How often market data and balances are sent, the newest of each. */
    conflateMs: z.int().min(1).max(60_000),
    /** How long a client may take to say who it is. */
    authenticateMs: z.int().min(100).max(60_000),
    /** A client that answers no ping for this long is gone. */
    heartbeatMs: z.int().min(100).max(600_000),
  }),
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
  gateway: gatewaySectionSchema,
});

export type GatewayConfig = z.output<typeof gatewayConfigSchema>;
