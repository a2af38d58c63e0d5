import { Secret } from '@ats/domain';
import { IANAZone } from 'luxon';
import { z } from 'zod';
import { BELL, LOCALES, shortName } from './domain/person.ts';

/** Its error never repeats the text. */
const secret = z
  .string('expected text: put quotes around digits')
  .min(1, 'expected a secret that is not empty')
  .transform((text) => new Secret(text));

const httpUrl = z.url({ protocol: /^https?$/, error: 'expected an http or https URL' });

const emailSchema = z.strictObject({
  kind: z.literal('email').describe('A mail server.'),
  host: z.string().min(1).describe('The mail server.'),
  port: z.int().min(1).max(65_535).describe('Its port.'),
  security: z
    .enum(['starttls', 'tls', 'none'])
    .describe(
      '`starttls` insists on it; `tls` is from the first byte; `none` is for a relay ' +
        'next door.',
    ),
  user: z.string().min(1).optional().describe('Name to log in with; absent: none is given.'),
  password: secret.optional().describe('Password to log in with.'),
  from: z.string().min(3).describe('What the receiver sees, such as `ATS <ats@example.com>`.'),
  certificateAuthority: z
    .string()
    .min(1)
    .optional()
    .describe("Authorities beside the system's, PEM; for a server of one's own."),
});

const slackSchema = z
  .strictObject({
    kind: z.literal('slack').describe('Slack, by webhook or by bot.'),
    webhookUrl: httpUrl
      .transform((text) => new Secret(text))
      .optional()
      .describe(
        "An incoming webhook: one conversation, a person's address is of no account. A " +
          'secret.',
      ),
    token: secret
      .optional()
      .describe('A bot token: the address is a channel or a member, such as C0123456789.'),
    apiUrl: httpUrl.default('https://slack.com/api/').describe("Slack's API."),
  })
  .refine(({ webhookUrl, token }) => (webhookUrl === undefined) !== (token === undefined), {
    path: ['token'],
    message: 'expected either webhookUrl or token',
  });

const pushSchema = z.strictObject({
  kind: z.literal('push').describe('Push messages through Firebase.'),
  projectId: z.string().min(1).describe('The Firebase project.'),
  clientEmail: z.string().min(3).describe("The service account's address."),
  privateKey: secret.describe("The service account's private key, PEM."),
  apiUrl: httpUrl.default('https://fcm.googleapis.com/').describe("Firebase's API."),
  tokenUrl: httpUrl
    .default('https://oauth2.googleapis.com/token')
    .describe('Where the access token comes from.'),
});

const webhookSchema = z.strictObject({
  kind: z.literal('webhook').describe('A POST of JSON to the address, signed.'),
  secret: z
    .string()
    .min(16, 'expected a secret of 16 characters or more')
    .transform((text) => new Secret(text))
    .describe('Signs every body, HMAC-SHA256.'),
});

const fileSchema = z.strictObject({
  kind: z.literal('file').describe("A channel of one's own."),
  path: z.string().min(1).describe('The file that exports it, from the working directory.'),
  settings: z
    .record(z.string(), z.unknown())
    .default({})
    .describe('Handed to it as they are, and shown to whoever sees settings.'),
  secret: secret.optional().describe('Handed to it as well, and never shown.'),
});

const channelSchema = z.discriminatedUnion('kind', [
  emailSchema,
  slackSchema,
  pushSchema,
  webhookSchema,
  fileSchema,
]);

export type ChannelConfig = z.output<typeof channelSchema>;
export type EmailConfig = z.output<typeof emailSchema>;
export type SlackConfig = z.output<typeof slackSchema>;
export type PushConfig = z.output<typeof pushSchema>;
export type WebhookConfig = z.output<typeof webhookSchema>;
export type FileConfig = z.output<typeof fileSchema>;

const sectionSchema = z.strictObject({
  dashboardUrl: httpUrl.meta({
    description: 'Where the links of messages lead; a query is added.',
    hot: true,
  }),
  runbookUrl: httpUrl.meta({ description: 'The name of a runbook is put after it.', hot: true }),
  zone: z
    .string()
    .refine((zone) => IANAZone.isValidZone(zone), 'expected an IANA time zone')
    .meta({ description: 'Time zone of whoever has none of their own, an IANA name.', hot: true }),
  locale: z
    .enum(LOCALES)
    .meta({ description: 'Language of whoever has none of their own.', hot: true }),
  channels: z
    .record(z.string(), channelSchema)
    .superRefine((channels, context) => {
      for (const name of Object.keys(channels)) {
        const message =
          name === BELL
            ? 'expected another name: the bell is always there'
            : shortName.safeParse(name).error?.issues[0]?.message;
        if (message !== undefined) context.addIssue({ code: 'custom', path: [name], message });
      }
    })
    .refine((channels) => Object.keys(channels).length <= 20, 'expected 20 channels at most')
    .describe(
      'Ways to people, by a name that people and rules refer to; the bell of the ' +
        'dashboard is always there.',
    ),
  alertmanager: z
    .strictObject({
      host: z.string().min(1).describe('Address to listen on.'),
      port: z.int().min(0).max(65_535).describe('0 picks a free port.'),
      token: z
        .string()
        .min(16, 'expected a token of 16 characters or more')
        .transform((text) => new Secret(text))
        .nullish()
        .describe('Bearer token that Alertmanager shows; without one nothing listens.'),
    })
    .describe("Where Prometheus's Alertmanager posts to."),
  dedupWindowHours: z.int().min(1).max(8760).meta({
    description: 'The same of an alert is not told again to one person on one channel for so long.',
    hot: true,
  }),
  historyDays: z
    .int()
    .min(1)
    .max(3650)
    .meta({ description: 'Messages and ended conditions are kept for so long.', hot: true }),
  bellDays: z
    .int()
    .min(1)
    .max(3650)
    .meta({ description: 'Lines that each bell keeps at least so long.', hot: true }),
  foldMs: z.int().min(0).max(60_000).meta({
    description: 'How long a message that is wanted at once waits for others to be folded in.',
    hot: true,
  }),
  flood: z
    .strictObject({
      messagesMax: z
        .int()
        .min(1)
        .max(1000)
        .meta({ description: 'Messages within the window.', hot: true }),
      windowMs: z.int().min(10).max(86_400_000).describe('The window.'),
    })
    .describe('More messages to one person on one channel are folded until the window has room.'),
  batchMs: z
    .int()
    .min(10)
    .max(86_400_000)
    .meta({ description: 'How long a batch gathers after its first alert.', hot: true }),
  retry: z
    .strictObject({
      baseMs: z
        .int()
        .min(1)
        .max(600_000)
        .meta({ description: 'Longest delay before the second attempt; it doubles.', hot: true }),
      maxMs: z
        .int()
        .min(1)
        .max(86_400_000)
        .meta({ description: 'Longest delay of all.', hot: true }),
      attemptsMax: z
        .int()
        .min(1)
        .max(1000)
        .meta({ description: 'What failed so often is a dead letter.', hot: true }),
    })
    .describe('Full jitter between attempts.'),
  timeoutMs: z
    .int()
    .min(10)
    .max(600_000)
    .describe('Longest that a channel may take for one message.'),
  concurrencyMax: z
    .int()
    .min(1)
    .max(100)
    .describe('Messages on their way at once, on each channel.'),
  breaker: z
    .strictObject({
      callsMin: z.int().min(1).max(1000).describe('With fewer calls it stays closed.'),
      failurePercentMax: z.int().min(1).max(100).describe('Share of failures at which it opens.'),
      openMs: z.int().min(10).max(3_600_000).describe('After so long one call is tried.'),
    })
    .describe('Leaves a channel alone that fails.'),
  tickMs: z.int().min(5).max(60_000).describe('How often is looked for what is due.'),
  conditionsMax: z
    .int()
    .min(10)
    .max(1_000_000)
    .meta({
      description:
        'Conditions that are remembered; of those that have ended the oldest are ' +
        'forgotten first.',
      hot: true,
    }),
});

/** The sections of the configuration that the notification service reads. */
export const notificationConfigSchema = z.object({
  notification: sectionSchema.describe(
    'Tells people of alerts. Who is told of what is said with `ats notify people` and `ats notify rules`.',
  ),
});

export type NotificationConfig = z.output<typeof notificationConfigSchema>;
export type NotificationSettings = NotificationConfig['notification'];
