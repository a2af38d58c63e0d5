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
  kind: z.literal('email'),
  host: z.string().min(1),
  port: z.int().min(1).max(65_535),
  /** `starttls` insists on it; `tls` is from the first byte; `none` is for a relay next door. */
  security: z.enum(['starttls', 'tls', 'none']),
  user: z.string().min(1).optional(),
  password: secret.optional(),
  /** What the receiver sees, such as `ATS <ats@example.com>`. */
  from: z.string().min(3),
  /** Authorities beside the system's, PEM; for a server of one's own. */
  certificateAuthority: z.string().min(1).optional(),
});

const slackSchema = z
  .strictObject({
    kind: z.literal('slack'),
    /** An incoming webhook: one conversation, the address is of no account. */
    webhookUrl: httpUrl.transform((text) => new Secret(text)).optional(),
    /** A bot token: the address is a channel or a member, such as C0123456789. */
    token: secret.optional(),
    apiUrl: httpUrl.default('https://slack.com/api/'),
  })
  .refine(({ webhookUrl, token }) => (webhookUrl === undefined) !== (token === undefined), {
    path: ['token'],
    message: 'expected either webhookUrl or token',
  });

const pushSchema = z.strictObject({
  kind: z.literal('push'),
  /** The Firebase project, the service account's address and its private key, PEM. */
  projectId: z.string().min(1),
  clientEmail: z.string().min(3),
  privateKey: secret,
  apiUrl: httpUrl.default('https://fcm.googleapis.com/'),
  tokenUrl: httpUrl.default('https://oauth2.googleapis.com/token'),
});

const webhookSchema = z.strictObject({
  kind: z.literal('webhook'),
  /** Signs every body. */
  secret: z
    .string()
    .min(16, 'expected a secret of 16 characters or more')
    .transform((text) => new Secret(text)),
});

const channelSchema = z.discriminatedUnion('kind', [
  emailSchema,
  slackSchema,
  pushSchema,
  webhookSchema,
]);

export type ChannelConfig = z.output<typeof channelSchema>;
export type EmailConfig = z.output<typeof emailSchema>;
export type SlackConfig = z.output<typeof slackSchema>;
export type PushConfig = z.output<typeof pushSchema>;
export type WebhookConfig = z.output<typeof webhookSchema>;

const sectionSchema = z.strictObject({
  /** Where a message's links lead; a query is added. */
  dashboardUrl: httpUrl,
  /** The name of a runbook is put after it. */
  runbookUrl: httpUrl,
  /** Of whoever has none of their own. */
  zone: z.string().refine((zone) => IANAZone.isValidZone(zone), 'expected an IANA time zone'),
  locale: z.enum(LOCALES),
  /** By name; people and rules refer to it. */
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
    .refine((channels) => Object.keys(channels).length <= 20, 'expected 20 channels at most'),
  /** Where Prometheus's Alertmanager posts to; nothing listens while there is no token. */
  alertmanager: z.strictObject({
    host: z.string().min(1),
    port: z.int().min(0).max(65_535),
    token: z
      .string()
      .min(16, 'expected a token of 16 characters or more')
      .transform((text) => new Secret(text))
      .nullish(),
  }),
  /** The same of an alert is not told again to one person on one channel for so long. */
  dedupWindowHours: z.int().min(1).max(8760),
  historyDays: z.int().min(1).max(3650),
  /** Lines that each bell keeps at least so long. */
  bellDays: z.int().min(1).max(3650),
  /** How long a message that is wanted at once waits for others to be folded in. */
  foldMs: z.int().min(0).max(60_000),
  /** More messages to one person on one channel are folded until the window has room. */
  flood: z.strictObject({
    messagesMax: z.int().min(1).max(1000),
    windowMs: z.int().min(10).max(86_400_000),
  }),
  /** How long a batch gathers after its first alert. */
  batchMs: z.int().min(10).max(86_400_000),
  retry: z.strictObject({
    baseMs: z.int().min(1).max(600_000),
    maxMs: z.int().min(1).max(86_400_000),
    /** Then it is a dead letter. */
    attemptsMax: z.int().min(1).max(1000),
  }),
  /** Longest that a channel may take for one message. */
  timeoutMs: z.int().min(10).max(600_000),
  /** Messages on their way at once, on each channel. */
  concurrencyMax: z.int().min(1).max(100),
  breaker: z.strictObject({
    callsMin: z.int().min(1).max(1000),
    failurePercentMax: z.int().min(1).max(100),
    openMs: z.int().min(10).max(3_600_000),
  }),
  /** How often is looked for what is due. */
  tickMs: z.int().min(5).max(60_000),
  conditionsMax: z.int().min(10).max(1_000_000),
});

/** The sections of the configuration that the notification service reads. */
export const notificationConfigSchema = z.object({ notification: sectionSchema });

export type NotificationConfig = z.output<typeof notificationConfigSchema>;
export type NotificationSettings = NotificationConfig['notification'];
