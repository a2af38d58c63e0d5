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
  /** Seals the vault; without it a passphrase does, or a key that the first start makes. */
  masterKey: secretText,
  /** Seals the vault, by argon2id. */
  passphrase: secretText,
  /** What `masterKey` was before: files that it sealed are sealed anew at the start. */
  previousKey: secretText,
  /** Where the one-time links lead; without it to the dashboard. */
  linkUrl: z.url().nullish(),
  setUpMinutes: z.int().min(1).max(1440),
  invitationHours: z.int().min(1).max(720),
  /** An access token is good for so long. */
  accessMinutes: z.int().min(1).max(60),
  /** A session that is not renewed for so long ends. */
  refreshHours: z.int().min(1).max(2160),
  /** However often it is renewed, a session ends after so long. */
  sessionHours: z.int().min(1).max(8760),
  /** A code is fresh for so long. */
  stepUpMinutes: z.int().min(1).max(60),
  /** A key signs tokens for so long. */
  signingKeyHours: z.int().min(1).max(720),
  tries: z.strictObject({
    freeTries: z.int().min(1).max(100),
    delayMs: z.int().min(1).max(60_000),
    delayMsMax: z.int().min(1).max(86_400_000),
    namesMax: z.int().min(100).max(1_000_000),
  }),
  /** What needs a second person, and how long it waits for one. */
  approvals: z.strictObject({
    kinds: z.array(z.enum(APPROVAL_KINDS)),
    minutes: z.int().min(1).max(10_080),
  }),
});

/** The sections of the configuration that the access service reads. */
export const accessConfigSchema = z.object({
  security: sharedConfigShape.security,
  access: accessSectionSchema,
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
