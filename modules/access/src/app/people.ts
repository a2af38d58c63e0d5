import { AtsError } from '@ats/domain';
import type { Clock } from '@ats/runtime';
import { checkPassword, digestOf, type Entropy, type PasswordHasher } from '@ats/security';
import {
  accountsSchema,
  findUser,
  hasAdministrator,
  type Link,
  type People,
  roleSchema,
  type User,
  userNameSchema,
  withLink,
  withUser,
} from '../domain/users.ts';
import type { Document } from './document.ts';
import { invalid, linkInvalid, unknown } from './refusals.ts';

const LINK_BYTES = 32;

/** A one-time link, whose token is told once. */
export interface NewLink {
  readonly token: string;
  readonly expiresAtUs: number;
}

export interface PeopleBookOptions {
  readonly document: Document<People>;
  readonly hasher: PasswordHasher;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly setUpUs: number;
  readonly invitationUs: number;
}

/** People, their roles, and the links by which they choose their passwords. */
export class PeopleBook {
  private readonly options: PeopleBookOptions;

  constructor(options: PeopleBookOptions) {
    this.options = options;
  }

  find(name: string): User | undefined {
    return findUser(this.options.document.get(), name);
  }

  list(): readonly User[] {
    return this.options.document.get().users;
  }

  /** A link for the first administrator; undefined when there is one. */
  async firstLink(): Promise<NewLink | undefined> {
    const { document, setUpUs } = this.options;
    if (hasAdministrator(document.get())) return undefined;
    const { link, made } = this.makeLink(undefined, setUpUs);
    await document.change((people) => {
      return { next: withLink(people, link, this.options.clock.nowUs()), result: undefined };
    });
    return made;
  }

  /** Uses a link: whoever has it chooses a password. @throws ACCESS_LINK_INVALID and others */
  async setUp(given: {
    readonly token: string;
    readonly userName: string;
    readonly password: string;
  }): Promise<User> {
    const { document, hasher } = this.options;
    const userName = nameOf(given.userName);
    const digest = digestOf(given.token);
    this.linkOf(document.get(), { digest, userName });
    await checkPassword(given.password, userName);
    const passwordHash = await hasher.hash(given.password);
    return document.change((people) => {
      const link = this.linkOf(people, { digest, userName });
      const links = people.links.filter((one) => one.digest !== link.digest);
      const user = findUser(people, userName) ?? this.newUser(userName, 'administrator', ['*']);
      const next = { ...user, passwordHash };
      return { next: withUser({ ...people, links }, next), result: next };
    });
  }

  /** @throws ACCESS_INVALID */
  async add(wanted: {
    readonly userName: string;
    readonly role: string;
    readonly accounts: readonly string[];
  }): Promise<{ readonly user: User; readonly link: NewLink }> {
    const { accounts } = wanted;
    const userName = nameOf(wanted.userName);
    const user = this.newUser(
      userName,
      roleOf(wanted.role),
      accounts.length === 0 ? ['*'] : accounts,
    );
    const { link, made } = this.makeLink(userName, this.options.invitationUs);
    return this.options.document.change((people) => {
      if (findUser(people, userName) !== undefined) {
        const remedy = 'Take another name, or run ats users reset for a new link.';
        throw invalid({
          field: 'user_name',
          value: userName,
          message: `${userName} is there`,
          remedy,
        });
      }
      const next = withLink(withUser(people, user), link, this.options.clock.nowUs());
      return { next, result: { user, link: made } };
    });
  }

  /** Takes away password and authenticator, for a new link. @throws ACCESS_UNKNOWN */
  async reset(name: string): Promise<{ readonly user: User; readonly link: NewLink }> {
    const { link, made } = this.makeLink(name, this.options.invitationUs);
    return this.options.document.change((people) => {
      const { name: own, role, enabled, accounts, createdAtUs } = mustFind(people, name);
      const user: User = { name: own, role, enabled, accounts, createdAtUs, backupCodes: [] };
      mustKeepAdministrator(withUser(people, user));
      const next = withLink(withUser(people, user), link, this.options.clock.nowUs());
      return { next, result: { user, link: made } };
    });
  }

  /** @returns the user before and after. @throws ACCESS_UNKNOWN, ACCESS_INVALID */
  update(name: string, change: (user: User) => User) {
    return this.options.document.change((people) => {
      const before = mustFind(people, name);
      const after = change(before);
      const next = withUser(people, after);
      if (hasAdministrator(people)) mustKeepAdministrator(next);
      return { next, result: { before, after } };
    });
  }

  private linkOf(
    people: People,
    { digest, userName }: { readonly digest: string; readonly userName: string },
  ): Link {
    const nowUs = this.options.clock.nowUs();
    const link = people.links.find((one) => one.digest === digest && one.expiresAtUs > nowUs);
    if (link === undefined) throw linkInvalid();
    if (link.userName !== undefined && link.userName !== userName) throw linkInvalid();
    // The link of the first start makes an administrator; it never takes over a name.
    const taken = link.userName === undefined && findUser(people, userName) !== undefined;
    if (taken || (link.userName === undefined && hasAdministrator(people))) throw linkInvalid();
    return link;
  }

  private makeLink(userName: string | undefined, lastsUs: number) {
    const token = this.options.entropy.bytes(LINK_BYTES).toString('base64url');
    const expiresAtUs = this.options.clock.nowUs() + lastsUs;
    const digest = digestOf(token);
    const link: Link =
      userName === undefined ? { digest, expiresAtUs } : { digest, expiresAtUs, userName };
    return { link, made: { token, expiresAtUs } };
  }

  private newUser(name: string, role: User['role'], accounts: readonly string[]): User {
    const parsed = accountsSchema.safeParse(accounts);
    if (!parsed.success) {
      const remedy = 'Name accounts such as "main", or "*" for all.';
      const message = 'accounts are 1 to 100 names';
      throw invalid({ field: 'accounts', value: accounts.join(','), message, remedy });
    }
    const createdAtUs = this.options.clock.nowUs();
    return { name, role, enabled: true, accounts: parsed.data, createdAtUs, backupCodes: [] };
  }
}

function mustFind(people: People, name: string): User {
  const user = findUser(people, name);
  if (user === undefined) throw unknown('user', name);
  return user;
}

/** Nobody could undo it. */
function mustKeepAdministrator(people: People): void {
  if (hasAdministrator(people)) return;
  throw new AtsError({
    code: 'ACCESS_INVALID',
    message: 'nobody would be left who can administrate',
    remedy: 'Make somebody else an administrator first, who has used their link.',
    context: { field: 'user_name', value: '' },
  });
}

function nameOf(text: string): string {
  const parsed = userNameSchema.safeParse(text);
  if (parsed.success) return parsed.data;
  const message = 'a user name is 2 to 32 of a to z, digits, dots and dashes, a letter first';
  const remedy = 'Take a name such as ann or ann.lee.';
  throw invalid({ field: 'user_name', value: text.slice(0, 64), message, remedy });
}

export function roleOf(text: string): User['role'] {
  const parsed = roleSchema.safeParse(text);
  if (parsed.success) return parsed.data;
  const remedy = 'Use viewer, trader, risk-manager or administrator.';
  throw invalid({ field: 'role', value: text.slice(0, 64), message: `no role "${text}"`, remedy });
}
