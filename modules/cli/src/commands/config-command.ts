import type { Command } from 'commander';
import type { CommandParts } from './command-parts.ts';
import type { ConfigOptions, DiffOptions, ShowOptions } from './config.ts';
import type { MigrateOptions } from './config-migrate.ts';
import type { ReloadOptions } from './config-reload.ts';

const CONFIG_HELP = `
Examples:
  ats config check -c mine.yaml
  ats config show engine --sources
  ats config diff -c mine.yaml
  ats config explain engine.minEdgeBps
  ats config encrypt venueGateway.accounts.kraken.secret
  ats config migrate mine.yaml`;

const RELOAD_HELP = `
The system reads the files and flags that it was started with: -c and -s given here only say where
it is found. What may change while it runs is taken; every other change is named and waits for a
restart; one problem refuses all of it. Services that run one by one take SIGHUP instead.`;

/** Adds `config` with all that is under it. */
export function addConfig(program: Command, { result, withConfig, exitCodes }: CommandParts): void {
  const config = program
    .command('config')
    .description('check, show, compare, encrypt and migrate settings')
    .addHelpText('after', CONFIG_HELP + exitCodes);
  const add = (name: string, description: string): Command =>
    withConfig(config.command(name).description(description))
      .exitOverride()
      .option('--json', 'JSON instead of text')
      .addHelpText('after', exitCodes);

  add('check', 'name everything that is wrong with the settings, at once').action(
    async (options: ConfigOptions) => {
      const { checkConfig } = await import('./config.ts');
      result.exitCode = checkConfig(options);
    },
  );
  add('show [key]', 'print what is in force; secrets are ***')
    .option('--sources', 'which layer said each value')
    .action(async (key: string | undefined, options: ShowOptions) => {
      const { showConfig } = await import('./config.ts');
      result.exitCode = showConfig(key, options);
    });
  add(
    'diff [file]',
    'print what is not the default, or not what another file would make it',
  ).action(async (file: string | undefined, options: DiffOptions) => {
    const { diffConfig } = await import('./config.ts');
    result.exitCode = diffConfig(file, options);
  });
  add('explain <key>', 'say what a setting is').action(
    async (key: string, options: ConfigOptions) => {
      const { explainKey } = await import('./config.ts');
      result.exitCode = explainKey(key, options);
    },
  );
  add(
    'encrypt <key>',
    'encrypt a secret for a file; it is asked for, or read from the input',
  ).action(async (key: string, options: ConfigOptions) => {
    const { encryptValue } = await import('./config-encrypt.ts');
    result.exitCode = await encryptValue(key, options);
  });
  add('reload', 'have a running system read its settings again')
    .option('--dry-run', 'only say what would change')
    .option('--actor <name>', 'who asks, for the record; default: the user of this machine')
    .option('--reason <text>', 'why, for the record')
    .addHelpText('after', RELOAD_HELP)
    .action(async (options: ReloadOptions) => {
      const { reloadConfig } = await import('./config-reload.ts');
      result.exitCode = await reloadConfig(options);
    });
  config
    .command('migrate <file>')
    .description('write a file of an older version as the newest one has it')
    .exitOverride()
    .option('--write', 'into the file itself, keeping the old one beside it')
    .addHelpText('after', `\nWithout --write it writes FILE.new.\n${exitCodes}`)
    .action(async (file: string, options: MigrateOptions) => {
      const { migrateFile } = await import('./config-migrate.ts');
      result.exitCode = migrateFile(file, options);
    });
}
