import { type Command, Option } from 'commander';
import type { AccessOptions } from './access.ts';
import type { CommandParts } from './command-parts.ts';

const AS_HELP = `
Without --as it is done by the operator of this machine: whoever may read security.folder. Secrets
are asked for, or read from the input, one a line; they are never flags.`;

const USERS_HELP = `${AS_HELP}

Examples:
  ats users add ben --role risk-manager
  ats users set-up ben
  ats users authenticator --as ben
  ats users disable ben
  ats users sessions ben`;

const KEYS_HELP = `${AS_HELP}

Examples:
  ats keys add kraken
  ats keys test kraken
  ats keys rotate`;

const APPROVALS_HELP = `
What access.approvals.kinds names waits here until another person than the one who wants it has
approved it; then the same request is repeated.

Examples:
  ats approvals
  ats approvals approve 0123456789abcdef --as ben`;

type Work = typeof import('./access.ts');

/** Adds `users`, `keys` and `approvals`. */
export function addAccess(program: Command, parts: CommandParts): void {
  const common = (command: Command): Command =>
    parts
      .withConfig(command)
      .option('--as <user>', 'log in as this user, and do it in their name')
      .option('--json', 'JSON instead of words')
      .exitOverride();
  const run = async (work: (of: Work) => Promise<number>): Promise<void> => {
    parts.result.exitCode = await work(await import('./access.ts'));
  };
  addUsers(program, { ...parts, common, run });
  addKeys(program, { ...parts, common, run });
  addApprovals(program, { ...parts, common, run });
}

interface Adding extends CommandParts {
  readonly common: (command: Command) => Command;
  readonly run: (work: (of: Work) => Promise<number>) => Promise<void>;
}

function group(program: Command, name: string, of: { says: string; help: string }): Command {
  return program
    .command(name)
    .description(of.says)
    .enablePositionalOptions()
    .addHelpText('after', of.help)
    .exitOverride();
}

function addUsers(program: Command, { common, run, collect, exitCodes }: Adding): void {
  const says = 'say who may use this system';
  const users = group(program, 'users', { says, help: USERS_HELP + exitCodes });
  common(users.command('list', { isDefault: true }).description('list users')).action(
    (options: AccessOptions) => run((of) => of.listUsers(options)),
  );
  common(users.command('set-up <user>').description('choose a password by a one-time link')).action(
    (user: string, options: AccessOptions) => run((of) => of.setUp(user, options)),
  );
  const authenticator = users.command('authenticator').description('enrol one, for --as <user>');
  common(authenticator).action((options: AccessOptions) =>
    run((of) => of.enrolAuthenticator(options)),
  );
  const roles = ['viewer', 'trader', 'risk-manager', 'administrator'];
  common(users.command('add <user>').description('add a user, and tell the one-time link'))
    .addOption(new Option('--role <name>', 'what they may do').choices(roles).default('viewer'))
    .option(
      '--account <name>',
      'an account they may trade for; repeatable; default: all',
      collect,
      [],
    )
    .action((user: string, options: AccessOptions & { role: string; account: string[] }) =>
      run((of) => of.addUser(user, options)),
    );
  common(users.command('role <user> <role>').description('give a user another role')).action(
    (userName: string, role: string, options: AccessOptions) =>
      run((of) => of.updateUser({ userName, role }, options)),
  );
  for (const [verb, state] of [
    ['disable', 'disabled'],
    ['enable', 'enabled'],
  ] as const) {
    common(users.command(`${verb} <user>`).description(`${verb} a user`)).action(
      (userName: string, options: AccessOptions) =>
        run((of) => of.updateUser({ userName, state }, options)),
    );
  }
  common(users.command('reset <user>').description('take away password and authenticator')).action(
    (user: string, options: AccessOptions) => run((of) => of.resetUser(user, options)),
  );
  common(users.command('sessions <user>').description('list where a user is logged in')).action(
    (user: string, options: AccessOptions) => run((of) => of.listSessions(user, options)),
  );
  common(users.command('revoke <session>').description('end a session')).action(
    (session: string, options: AccessOptions) => run((of) => of.revokeSession(session, options)),
  );
}

function addKeys(program: Command, { common, run, exitCodes }: Adding): void {
  const says = 'keep keys of exchanges in the vault';
  const keys = group(program, 'keys', { says, help: KEYS_HELP + exitCodes });
  common(keys.command('list', { isDefault: true }).description('list keys')).action(
    (options: AccessOptions) => run((of) => of.listKeys(options)),
  );
  common(keys.command('add <venue>').description('put a key into the vault, or replace it'))
    .option('--with-passphrase', 'the exchange has one')
    .action((venue: string, options: AccessOptions & { withPassphrase?: true }) =>
      run((of) => of.addKey(venue, options)),
    );
  common(keys.command('test <venue>').description('ask the exchange what the key may do')).action(
    (venue: string, options: AccessOptions) => run((of) => of.testKey(venue, options)),
  );
  common(keys.command('remove <venue>').description('remove a key')).action(
    (venue: string, options: AccessOptions) => run((of) => of.removeKey(venue, options)),
  );
  common(keys.command('rotate').description('seal the vault by a new master key')).action(
    (options: AccessOptions) => run((of) => of.rotateKeys(options)),
  );
}

function addApprovals(program: Command, { common, run, exitCodes }: Adding): void {
  const says = 'see and decide what needs a second person';
  const approvals = group(program, 'approvals', { says, help: APPROVALS_HELP + exitCodes });
  common(approvals.command('list', { isDefault: true }).description('list what waits'))
    .option('--all', 'what was decided as well')
    .action((options: AccessOptions & { all?: true }) => run((of) => of.listApprovals(options)));
  for (const [verb, approve] of [
    ['approve', true],
    ['reject', false],
  ] as const) {
    common(approvals.command(`${verb} <approval>`).description(`${verb} a change`)).action(
      (approvalId: string, options: AccessOptions) =>
        run((of) => of.decide({ approvalId, approve }, options)),
    );
  }
}
