import {
  constants,
  copyFileSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { AtsError } from '@ats/domain';
import { CONFIG_VERSION, EXIT, migratedText } from '@ats/runtime';

export interface MigrateOptions {
  readonly write?: true;
}

/**
 * Writes a file as the newest version has it: beside it, or with `write` into it, with the old one
 * kept. Comments stay. @throws CONFIG_UNREADABLE, CONFIG_VERSION_UNSUPPORTED, CONFIG_INVALID
 */
export function migrateFile(file: string, { write }: MigrateOptions): number {
  const before = attempt(file, () => readFileSync(file, 'utf8'));
  const { from, renamed, text } = migratedText(file, before);
  if (from === CONFIG_VERSION) {
    process.stdout.write(`${file} is of version ${CONFIG_VERSION} already: nothing was written.\n`);
    return EXIT.ok;
  }
  const backup = `${file}.v${from}.bak`;
  const draft = `${file}.new`;
  attempt(draft, () => writeFileSync(draft, text, { mode: statSync(file).mode }));
  if (write) {
    attempt(backup, () => copyFileSync(file, backup, constants.COPYFILE_EXCL));
    attempt(file, () => renameSync(draft, file));
  }
  const changes = renamed.map(({ from: old, to }) => `  ${old} is now ${to}`);
  const where = write ? `${file} is written; the old one is ${backup}` : `${draft} is written`;
  const told = [`Version ${from} to ${CONFIG_VERSION}:`, ...changes, `${where}.`];
  process.stdout.write(`${told.join('\n')}\n`);
  return EXIT.ok;
}

function attempt<Result>(path: string, work: () => Result): Result {
  try {
    return work();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === undefined) throw cause;
    throw new AtsError({
      code: 'CONFIG_UNREADABLE',
      message: `${path} cannot be read or written (${code})`,
      remedy:
        code === 'EEXIST'
          ? 'A backup of that name is there already: move it away first.'
          : 'Name a file that you may read, in a folder that you may write to.',
      context: { field: 'file', value: path },
      cause,
    });
  }
}
