import { Secret } from '@ats/domain';
import { sharedConfigShape } from '@ats/runtime';
import { APPROVAL_KINDS } from '@ats/security';
import { z } from 'zod';

const secretText = z
  .union([z.string(), z.number().transform(String)])
  .refine((text) => text.length >= 12, 'expected a secret of 12 characters or more')
  .transform((text) => new Secret(text))
  .nullish()
  .transform((secret) => secret ?? undefined);

const accessSectionSchema = z.strictObject({
  masterKey: secretText.describe(
    'Seals the vault and the secrets in configuration files; without it a passphrase ' +
      'does, or a key that the first start makes in `security.folder`. From the ' +
      'environment, never in a file.',
  ),
  passphrase: secretText.describe('Seals them by argon2id, in place of a master key.'),
  previousKey: secretText.describe(
    'What the master key or passphrase was before: files that it sealed are sealed ' +
      'anew at the start.',
  ),
  linkUrl: z
    .url()
    .nullish()
    .describe(
      "Where one-time links lead; absent: the dashboard's page, by its name, port and tls.",
    ),
  setUpMinutes: z
    .int()
    .min(1)
    .max(1440)
    .describe('The link that makes the first administrator is good for so long.'),
  invitationHours: z.int().min(1).max(720).describe('An invitation is good for so long.'),
  accessMinutes: z
    .int()
    .min(1)
    .max(60)
    .describe('An access token is good for so long; it is renewed unseen.'),
  refreshHours: z
    .int()
    .min(1)
    .max(2160)
    .describe('A session that is not renewed for so long ends.'),
  sessionHours: z
    .int()
    .min(1)
    .max(8760)
    .describe('However often it is renewed, a session ends after so long.'),
  stepUpMinutes: z
    .int()
    .min(1)
    .max(60)
    .describe('A code of the authenticator allows dangerous actions for so long.'),
  signingKeyHours: z.int().min(1).max(720).describe('A key signs tokens for so long.'),
  tries: z
    .strictObject({
      freeTries: z.int().min(1).max(100).describe('So many are answered at once.'),
      delayMs: z.int().min(1).max(60_000).describe('Delay of the next one; it doubles with each.'),
      delayMsMax: z.int().min(1).max(86_400_000).describe('Longest delay.'),
      namesMax: z.int().min(100).max(1_000_000).describe('Names that are remembered.'),
    })
    .describe('Wrong passwords of one name from one place, and wrong codes of one name.'),
  approvals: z
    .strictObject({
      kinds: z.array(z.enum(APPROVAL_KINDS)).describe('The actions that do.'),
      minutes: z.int().min(1).max(10_080).describe('How long one waits for them.'),
    })
    .describe('What takes a second person.'),
});

/** The sections of the configuration that the access service reads. */
export const accessConfigSchema = z.object({
  security: sharedConfigShape.security,
  access: accessSectionSchema.describe(
    'People, their sessions, second factors and approvals, and the vault with the keys of exchanges.',
  ),
  /** Where the dashboard is found; the rest of the section is its own. */
  dashboard: z.object({
    host: z.string(),
    port: z.int(),
    hosts: z.array(z.string()),
    tls: z.unknown().optional(),
  }),
});

export type AccessConfig = z.output<typeof accessConfigSchema>;

const EVERYWHERE: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/** Where one-time links lead, without the token: the set-up page of the dashboard unless told. */
export function linkUrlOf({ access, dashboard }: AccessConfig): string {
  if (access.linkUrl) return access.linkUrl;
  const { host, port, hosts, tls } = dashboard;
  // What listens everywhere is found under a name of its own.
  const named = hosts[0] ?? (EVERYWHERE.has(host) ? 'localhost' : host);
  const at = named.includes(':') ? `[${named}]` : named;
  return `${tls === undefined ? 'http' : 'https'}://${at}:${port}/set-up`;
}
