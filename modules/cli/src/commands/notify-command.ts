import { type Command, Option } from 'commander';
import { parseDuration, parseInteger } from '../app/durations.ts';
import type { CommandParts } from './command-parts.ts';
import type {
  BellOptions,
  DeadLetterOptions,
  HistoryOptions,
  JsonOption,
  ListOptions,
  MuteOptions,
  PersonOptions,
  RuleOptions,
  StatisticsOptions,
  TestOptions,
} from './notify-options.ts';

const SEVERITIES = ['info', 'warning', 'critical', 'emergency'];
const AREAS = ['risk', 'trade', 'system', 'security'];
const WEEK_MS = 604_800_000;
const FREQUENCIES = ['immediate', 'batched', 'hourly', 'daily'];

const NOTIFY_HELP = `
Channels are under notification.channels in the configuration; people and rules are kept in the
store. Everybody's bell is always there.

Examples:
  ats notify people put ann --name Ann --zone Asia/Seoul --address email=ann@example.com \\
    --quiet 22:00-07:00
  ats notify rules put --person ann --channel email --severity warning
  ats notify test email --person ann
  ats notify ack venue.down:kraken --actor ann`;

const PEOPLE_HELP = `
Emergencies pass quiet hours; what else they hold back comes when they end.

Examples:
  ats notify people
  ats notify people put ann --name Ann --zone Europe/Berlin --address email=ann@example.com
  ats notify people put ben --name Ben --quiet 22:00-07:00 --quiet 00:00-09:00@6,7 --locale ko
  ats notify people remove ben`;

const RULES_HELP = `
A rule tells one person of what it matches, on one channel. Frequency: immediate, batched (some
minutes together), hourly, daily (in the digest). While nobody acknowledges, the persons of
--escalate-to are told one after the other.

Examples:
  ats notify rules
  ats notify rules put --person ann --channel email --severity critical \\
    --escalate-to ben --escalate-to cleo --within 10m
  ats notify rules put --person ann --channel email --frequency daily
  ats notify rules remove 0123456789ab`;

const MUTE_HELP = `
A mute drops what it covers, until "ats notify unmute"; a snooze holds it back until its end. An
area does not cover emergencies; a key does. Bells ring on in a snooze.

Examples:
  ats notify mute --key venue.down:kraken --actor ann --reason "announced maintenance"
  ats notify snooze --area system --for 2h --actor ann --reason "moving the store"
  ats notify mutes
  ats notify unmute 0123456789ab`;

const HISTORY_HELP = `
Examples:
  ats notify history --person ann --limit 20
  ats notify history --since 90d --key venue.down:kraken
  ats notify history --outcome pending --json
  ats notify dead-letters
  ats notify dead-letters --retry 0123456789abcdef0123456789abcdef`;

type Work = typeof import('./notify.ts');

/** Adds `notify` with all that is under it. */
export function addNotify(program: Command, parts: CommandParts): void {
  const { withConfig, exitCodes } = parts;
  const notify = program
    .command('notify')
    .description('say who is told of alerts, and see what was told')
    .enablePositionalOptions()
    .addHelpText('after', NOTIFY_HELP + exitCodes)
    .exitOverride();
  const common = (command: Command): Command =>
    withConfig(command).option('--json', 'JSON instead of a table').exitOverride();
  const run = async (work: (of: Work) => Promise<number>): Promise<void> => {
    parts.result.exitCode = await work(await import('./notify.ts'));
  };
  const adding: Adding = { notify, common, run, ...parts };
  addPeople(adding);
  addRules(adding);
  addMutes(adding);
  addConditions(adding);
  addHistory(adding);
}

interface Adding extends CommandParts {
  readonly notify: Command;
  readonly common: (command: Command) => Command;
  readonly run: (work: (of: Work) => Promise<number>) => Promise<void>;
}

function addPeople({ notify, common, run, collect, exitCodes }: Adding): void {
  const people = common(notify.command('people').description('list, add and remove people'))
    .enablePositionalOptions()
    .addHelpText('after', PEOPLE_HELP + exitCodes)
    .action((options: JsonOption) => run((of) => of.listPeople(options)));
  common(people.command('put <person>').description('add a person, or change one'))
    .requiredOption('--name <text>', 'as messages address them')
    .option('--zone <name>', 'IANA time zone', 'UTC')
    .addOption(new Option('--locale <name>', 'language').choices(['en', 'ko']).default('en'))
    .option('--address <channel=address>', 'where they are reached; repeatable', collect, [])
    .option('--quiet <from-to[@days]>', 'such as 22:00-07:00@1,2; repeatable', collect, [])
    .option('--digest-at <time>', 'when the daily digest is due', '08:00')
    .addHelpText('after', PEOPLE_HELP + exitCodes)
    .action((person: string, options: PersonOptions) => run((of) => of.putPerson(person, options)));
  common(people.command('remove <person>').description('remove a person with their rules'))
    .addHelpText('after', exitCodes)
    .action((id: string, options: JsonOption) => run((of) => of.removePerson(id, options)));
}

function addRules({ notify, common, run, collect, exitCodes }: Adding): void {
  const rules = common(notify.command('rules').description('list, add and remove rules'))
    .enablePositionalOptions()
    .option('--person <id>', 'of this person alone')
    .addHelpText('after', RULES_HELP + exitCodes)
    .action((options: ListOptions) => run((of) => of.listRules(options)));
  common(rules.command('put').description('add a rule, or change one with --id'))
    .option('--id <rule>', 'the rule to change')
    .requiredOption('--person <id>', 'whom it tells')
    .requiredOption('--channel <name>', 'of notification.channels, or bell')
    .addOption(new Option('--severity <name>', 'the least').choices(SEVERITIES).default('info'))
    .addOption(new Option('--area <name>', 'one area alone').choices(AREAS))
    .option('--venue <name>', 'one venue alone')
    .option('--instrument <name>', 'one instrument alone, such as BTC/USDT')
    .addOption(
      new Option('--frequency <name>', 'how soon').choices(FREQUENCIES).default('immediate'),
    )
    .option('--escalate-to <person>', 'who is told next; repeatable', collect, [])
    .option('--within <time>', 'how long each has to acknowledge, such as 10m', parseDuration)
    .addHelpText('after', RULES_HELP + exitCodes)
    .action((options: RuleOptions) => run((of) => of.putRule(options)));
  common(rules.command('remove <rule>').description('remove a rule'))
    .addHelpText('after', exitCodes)
    .action((id: string, options: JsonOption) => run((of) => of.removeRule(id, options)));
}

function addMutes({ notify, common, run, exitCodes }: Adding): void {
  const target = (command: Command): Command =>
    common(command)
      .option('--key <key>', 'one condition, such as venue.down:kraken')
      .addOption(new Option('--area <name>', 'one area').choices(AREAS).conflicts('key'))
      .option('--person <id>', 'for this person alone')
      .requiredOption('--actor <name>', 'who says so, for the record')
      .option('--reason <text>', 'why, for the record', '')
      .addHelpText('after', MUTE_HELP + exitCodes);
  target(notify.command('mute').description('do not tell of a key or an area')).action(
    (options: MuteOptions) => run((of) => of.mute(options)),
  );
  target(notify.command('snooze').description('tell of a key or an area later'))
    .requiredOption('--for <time>', 'how long, such as 30m or 2h', parseDuration)
    .action((options: MuteOptions) => run((of) => of.mute(options)));
  common(notify.command('mutes').description('list what is muted or snoozed'))
    .addHelpText('after', MUTE_HELP + exitCodes)
    .action((options: JsonOption) => run((of) => of.listMutes(options)));
  common(notify.command('unmute <mute>').description('end a mute or a snooze'))
    .addHelpText('after', MUTE_HELP + exitCodes)
    .action((id: string, options: JsonOption) => run((of) => of.unmute(id, options)));
}

function addConditions({ notify, common, run, exitCodes }: Adding): void {
  common(notify.command('ack <key>').description('have a condition in hand: nobody else is told'))
    .requiredOption('--actor <name>', 'who has it in hand')
    .addHelpText('after', `\nExample:\n  ats notify ack venue.down:kraken --actor ann${exitCodes}`)
    .action((key: string, options: JsonOption & { readonly actor: string }) =>
      run((of) => of.acknowledge(key, options)),
    );
  common(notify.command('conditions').description('list conditions that stand'))
    .option('--all', 'those that have ended as well')
    .addHelpText('after', `\nExample:\n  ats notify conditions --all --json${exitCodes}`)
    .action((options: JsonOption & { readonly all?: true }) =>
      run((of) => of.listConditions(options)),
    );
  common(notify.command('test <channel>').description('try a channel with a test message'))
    .option('--person <id>', 'whose address')
    .option('--address <text>', 'or this address')
    .addHelpText('after', `\nExample:\n  ats notify test email --person ann${exitCodes}`)
    .action((channel: string, options: TestOptions) => run((of) => of.test(channel, options)));
}

function addHistory({ notify, common, run, exitCodes }: Adding): void {
  const outcomes = ['pending', 'delivered', 'dead', 'dropped'];
  common(notify.command('history').description('list what became of messages, the newest first'))
    .option('--person <id>', 'to this person alone')
    .option('--channel <name>', 'on this channel alone')
    .option('--key <key>', 'that told of this condition')
    .option('--since <time>', 'how far back, such as 12h or 30d', parseDuration, WEEK_MS)
    .addOption(new Option('--outcome <name>', 'with this outcome alone').choices(outcomes))
    .option('--limit <count>', 'at most so many', parseInteger, 50)
    .addHelpText('after', HISTORY_HELP + exitCodes)
    .action((options: HistoryOptions) => run((of) => of.history(options)));
  common(notify.command('dead-letters').description('list what could not be delivered'))
    .option('--retry <message>', 'try this one again')
    .option('--limit <count>', 'at most so many', parseInteger, 50)
    .addHelpText('after', HISTORY_HELP + exitCodes)
    .action((options: DeadLetterOptions) => run((of) => of.deadLetters(options)));
  common(notify.command('bell').description('list what the bell has rung for'))
    .option('--person <id>', "this person's bell; default: everybody's")
    .option('--limit <count>', 'at most so many', parseInteger, 20)
    .addHelpText('after', `\nExample:\n  ats notify bell --person ann --limit 5${exitCodes}`)
    .action((options: BellOptions) => run((of) => of.bell(options)));
  common(notify.command('statistics').description('show how the channels do'))
    .option('--since <time>', 'of the history; default: since the service started', parseDuration)
    .addHelpText('after', `\nExample:\n  ats notify statistics --since 30d --json${exitCodes}`)
    .action((options: StatisticsOptions) => run((of) => of.statistics(options)));
}
