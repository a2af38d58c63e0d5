import { EXIT } from '@ats/runtime';
import pc from 'picocolors';
import { checkData, type DataCheck } from '../app/backup/check-data.ts';
import { makeBackup } from '../app/backup/make-backup.ts';
import type { Manifest } from '../app/backup/manifest.ts';
import { configuredPlaces } from '../app/backup/places.ts';
import { type Restored, restoreBackup } from '../app/backup/restore-backup.ts';
import { type ConfigFlags, loadConfiguration } from '../app/configuration.ts';
import { count } from '../view/format.ts';

export interface BackupCommandOptions extends ConfigFlags {
  readonly out: string;
  readonly withMasterKey?: true;
  readonly withoutTicks?: true;
  readonly json?: true;
}

export interface RestoreCommandOptions extends ConfigFlags {
  readonly from: string;
  readonly to?: string;
  readonly force?: true;
  readonly json?: true;
}

/** Copies all embedded data. @returns the exit code */
export async function backup(options: BackupCommandOptions): Promise<number> {
  const { set, profile, mode, seed } = options;
  const manifest = await makeBackup({
    places: configuredPlaces(loadConfiguration(options)),
    out: options.out,
    given: { file: options.config, flags: { set, profile, mode, seed } },
    masterKey: options.withMasterKey === true,
    ticks: options.withoutTicks !== true,
  });
  const { files, ...head } = manifest;
  if (options.json === true) print(JSON.stringify({ out: options.out, ...head, ...sums(files) }));
  else for (const line of backupLines(options.out, manifest)) print(line);
  return EXIT.ok;
}

/** Puts a backup in its place and checks it. @returns 0 when all of it is sound */
export async function restore(options: RestoreCommandOptions): Promise<number> {
  const restored = await restoreBackup({
    from: options.from,
    places: configuredPlaces(loadConfiguration(options)),
    to: options.to,
    force: options.force === true,
  });
  const check = await checkData(restored.places);
  const { manifest, ...where } = restored;
  const head = { createdAt: manifest.createdAt, parts: manifest.parts, ...sums(manifest.files) };
  if (options.json === true) print(JSON.stringify({ ...head, ...where, check }));
  else for (const line of restoredLines(restored, check)) print(line);
  return check.ok ? EXIT.ok : EXIT.failed;
}

function sums(files: Manifest['files']) {
  return { files: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
}

const sizeOf = (files: Manifest['files']): string => {
  const { bytes } = sums(files);
  return `${count(files.length)} files, ${(bytes / 2 ** 20).toFixed(1)} MiB`;
};

const recordsOf = ({ log }: Manifest): number =>
  Object.values(log)
    .flat()
    .reduce((sum, next) => sum + next, 0);

function backupLines(out: string, manifest: Manifest): string[] {
  const { files, parts, leftOut, masterKey } = manifest;
  return [
    `${out}: ${sizeOf(files)}, the log with ${count(recordsOf(manifest))} records`,
    `  has        ${parts.join(', ')}`,
    ...leftOut.map((what) => `  left out   ${what}`),
    ...(masterKey ? [pc.yellow('  It holds the master key: who has it can open the vault.')] : []),
  ];
}

function restoredLines({ manifest, movedAside, ...where }: Restored, check: DataCheck): string[] {
  const { ledger, audit, problems } = check;
  const { places, settings } = where;
  return [
    `restored ${sizeOf(manifest.files)} of ${manifest.createdAt}: every SHA-256 is as listed`,
    ...manifest.parts.map((name) => `  ${name.padEnd(13)} ${places[name] ?? 'not restored'}`),
    ...movedAside.map((path) => `  kept beside   ${path}`),
    ...(manifest.masterKey ? [] : [`  master key    not in the backup: ${MASTER_KEY}`]),
    `ledger: ${count(ledger.entries)} entries, ${verdict(ledger.balanced, 'balanced')}`,
    ...(audit === undefined
      ? []
      : [`archive: ${count(audit.segments)} segments, ${count(audit.records)} records`]),
    ...problems.map((problem) => pc.red(`  ${problem}`)),
    verdict(check.ok, 'sound'),
    ...(settings === undefined ? [] : [`start it with: ats up --config ${settings}`]),
  ];
}

const MASTER_KEY = 'the vault opens with the one it was sealed by';

const verdict = (good: boolean, word: string): string =>
  good ? pc.green(word) : pc.red(`not ${word}`);

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
