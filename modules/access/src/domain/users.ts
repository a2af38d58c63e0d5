import { z } from 'zod';

const name = z.string().regex(/^[a-z][a-z0-9.-]{1,31}$/, 'expected a to z, digits, dots, dashes');
const role = z.enum(['viewer', 'trader', 'risk-manager', 'administrator']);
const time = z.int().min(0);

const userSchema = z.strictObject({
  name,
  role,
  enabled: z.boolean(),
  accounts: z.array(z.string().min(1).max(64)).min(1).max(100),
  createdAtUs: time,
  /** argon2id; absent until the one-time link is used. */
  passwordHash: z.string().optional(),
  /** Base32; absent until the first code has confirmed it. */
  totpSecret: z.string().optional(),
  /** The step of the last code that was taken: no code is taken twice. */
  totpStep: z.int().optional(),
  /** Waits for its first code. */
  totpPending: z.string().optional(),
  /** SHA-256 of those that were not used yet. */
  backupCodes: z.array(z.string()),
});

const linkSchema = z.strictObject({
  /** SHA-256 of the token. */
  digest: z.string(),
  /** Whose password it sets; absent on the first start, where the name is chosen with it. */
  userName: name.optional(),
  expiresAtUs: time,
});

/** All that is kept of people, in one document of the vault. */
export const peopleSchema = z.strictObject({
  users: z.array(userSchema),
  links: z.array(linkSchema),
});

export type User = z.output<typeof userSchema>;
export type Link = z.output<typeof linkSchema>;
export type People = z.output<typeof peopleSchema>;

export const NOBODY: People = { users: [], links: [] };
export const userNameSchema = name;
export const roleSchema = role;
export const accountsSchema = userSchema.shape.accounts;

export const findUser = ({ users }: People, wanted: string): User | undefined =>
  users.find((user) => user.name === wanted);

/** The same people with one user as given; added if there was none of the name. */
export function withUser(people: People, user: User): People {
  const others = people.users.filter((one) => one.name !== user.name);
  const users = [...others, user].sort((a, b) => (a.name < b.name ? -1 : 1));
  return { ...people, users };
}

/** The same people with one link more; older ones of the same user, and expired ones, go. */
export function withLink(people: People, link: Link, nowUs: number): People {
  const kept = people.links.filter((one) => {
    return one.userName !== link.userName && one.expiresAtUs > nowUs;
  });
  return { ...people, links: [...kept, link] };
}

/** Whether somebody can log in who may do everything. */
export const hasAdministrator = ({ users }: People): boolean =>
  users.some(
    (user) => user.role === 'administrator' && user.enabled && user.passwordHash !== undefined,
  );
