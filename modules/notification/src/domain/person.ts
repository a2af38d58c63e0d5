import { AtsError } from '@ats/domain';
import { IANAZone } from 'luxon';
import { z } from 'zod';

/** Who hears of everything on the bell; not a person, and never stored. */
export const EVERYBODY = 'everybody';
/** The channel that is always there. */
export const BELL = 'bell';

export const LOCALES = ['en', 'ko'] as const;
export type Locale = (typeof LOCALES)[number];

const ID = /^[a-z0-9][a-z0-9-]{0,62}$/;
/** A name of a person or a channel. */
export const shortName = z
  .string()
  .regex(ID, 'expected a short name of lower-case letters, digits and dashes');

const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'expected HH:MM, such as 07:30');

const quietHoursSchema = z.strictObject({
  from: timeOfDay,
  to: timeOfDay,
  weekdays: z.array(z.int().min(1).max(7)).max(7),
});

export const personSchema = z.strictObject({
  personId: shortName.refine((id) => id !== EVERYBODY, `"${EVERYBODY}" is taken`),
  name: z.string().trim().min(1, 'expected a name').max(100),
  locale: z.enum(LOCALES),
  zone: z
    .string()
    .refine((zone) => IANAZone.isValidZone(zone), 'expected an IANA time zone: Asia/Seoul'),
  addresses: z
    .record(shortName, z.string().trim().max(4096))
    .refine((addresses) => Object.keys(addresses).length <= 20, 'expected 20 addresses at most'),
  quietHours: z.array(quietHoursSchema).max(14),
  digestAt: timeOfDay,
});

/** A span of the day, in the person's zone; it ends on the next day where `to` is not later. */
export type QuietHours = Readonly<z.output<typeof quietHoursSchema>>;
/** Somebody who is told, and how they are reached. */
export type Person = Readonly<z.output<typeof personSchema>>;

/** @throws NOTIFICATION_INVALID naming field, value and what was expected */
export function parseInput<Output>(schema: z.ZodType<Output>, input: unknown): Output {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.join('.') ?? '';
  const value = issue?.path.reduce<unknown>(
    (level, key) => (level as Record<PropertyKey, unknown> | undefined)?.[key],
    input,
  );
  throw new AtsError({
    code: 'NOTIFICATION_INVALID',
    message: `${field} is ${JSON.stringify(value) ?? 'missing'}: ${issue?.message ?? ''}`,
    remedy: `Correct ${field}.`,
    context: { field, value },
  });
}
