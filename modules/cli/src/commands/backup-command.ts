import type { Command } from 'commander';
import type { BackupCommandOptions, RestoreCommandOptions } from './backup.ts';
import type { CommandParts } from './command-parts.ts';
import type { RebuildOptions } from './rebuild.ts';

const BACKUP_HELP = `
Log, state, archive, ticks, security folder, approval key, gateway token and settings, of a system
that runs or has stopped; it is not held up. Log and state are of one moment, as a crash would have
left them. manifest.json has the SHA-256 of every file. The vault stays sealed; the master key is
left out unless it is asked for. Keep a backup secret all the same: it holds the keys of the
operator and of the local authority.

Examples:
  ats backup --out /backups/ats-monday
  ats backup --out /backups/ats-monday.tar.gz --without-ticks`;

const RESTORE_HELP = `
Every file is checked before anything is touched. Afterwards log and state are opened, the ledger
is replayed and the archive verified, and the command says what came of it. Exchanges have gone on
since the backup was made: start with "ats up --set risk.halted=true", and look at "ats reconcile".

Examples:
  ats restore --from /backups/ats-monday --to /tmp/look
  ats restore --from /backups/ats-monday.tar.gz --force`;

const REBUILD_HELP = `
For a state that is lost or not to be trusted. ATS must not be running: --compare can also look at a
backup, by --set eventLog.url=lmdb:BACKUP/log --set stateStore.url=lmdb:BACKUP/state.
--write makes a new folder with a state to start from and a copy of the log; what there was stays
as it is. Trading is halted in it, risk counts the log anew, and orders that were on their way are
asked for at their venues and never sent again.

Examples:
  ats rebuild --from-log --compare
  ats rebuild --from-log --write ./data/rebuilt`;

/** Adds `backup`, `restore` and `rebuild`. */
export function addBackup(program: Command, { result, withConfig, exitCodes }: CommandParts): void {
  withConfig(program.command('backup').description('copy all embedded data, also while it is used'))
    .requiredOption('-o, --out <path>', 'a new folder, or a new .tar, .tar.gz or .tgz file')
    .option('--with-master-key', 'the key that opens the vault as well')
    .option('--without-ticks', 'all but the market data, which is most of the bytes')
    .option('--json', 'the manifest without its files, as JSON')
    .addHelpText('after', BACKUP_HELP + exitCodes)
    .action(async (options: BackupCommandOptions) => {
      const { backup } = await import('./backup.ts');
      result.exitCode = await backup(options);
    });
  withConfig(program.command('restore').description('put a backup in its place, and check it'))
    .requiredOption('--from <path>', 'what "ats backup" made')
    .option('--to <folder>', 'below this folder; default: where the settings say')
    .option('--force', 'move what is there aside instead of refusing')
    .option('--json', 'JSON instead of text')
    .addHelpText('after', RESTORE_HELP + exitCodes)
    .action(async (options: RestoreCommandOptions) => {
      const { restore } = await import('./backup.ts');
      result.exitCode = await restore(options);
    });
  withConfig(program.command('rebuild').description('make the state of the log alone'))
    .requiredOption('--from-log', 'the only source there is')
    .option('--compare', 'say of each kind of items whether the state has the same')
    .option('--write <folder>', 'a new folder for the state and a copy of the log')
    .option('--json', 'JSON instead of text')
    .addHelpText('after', REBUILD_HELP + exitCodes)
    .action(async (options: RebuildOptions) => {
      const { rebuild } = await import('./rebuild.ts');
      result.exitCode = await rebuild(options);
    });
}
