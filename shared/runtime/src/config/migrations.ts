import { AtsError } from '@ats/domain';
import { type Document, isMap } from 'yaml';

/** The version of the settings that this ATS reads. A file that says none is of version 1. */
export const CONFIG_VERSION = 2;

/** What became of a setting from one version to the next. */
interface Rename {
  /** The first version in which it has its new name. */
  readonly version: number;
  readonly from: string;
  readonly to: string;
}

/** In order. Settings are renamed only together with a new version. */
const RENAMES: readonly Rename[] = [
  // Every breaker is described by the same words.
  {
    version: 2,
    from: 'collector.rest.breakerErrorPercent',
    to: 'collector.rest.breaker.failurePercentMax',
  },
  { version: 2, from: 'collector.rest.breakerResetMs', to: 'collector.rest.breaker.openMs' },
];

/** What a file was and what was changed to read it. */
export interface Migrated {
  readonly from: number;
  readonly renamed: readonly Rename[];
}

/**
 * Brings a file's document to the newest version, comments and order kept, and takes its
 * `version` away. The document is changed, the file is not.
 * @throws CONFIG_VERSION_UNSUPPORTED, CONFIG_INVALID when a setting stands under both names
 */
export function migrate(document: Document, source: string, renames = RENAMES): Migrated {
  const from = versionOf(document, source);
  const due = renames.filter(({ version, from: old }) => {
    return version > from && document.hasIn(old.split('.'));
  });
  for (const { from: old, to } of due) {
    const [oldPath, newPath] = [old.split('.'), to.split('.')];
    if (document.hasIn(newPath)) throw twice(source, { old, to });
    document.setIn(newPath, document.getIn(oldPath, true));
    document.deleteIn(oldPath);
  }
  return { from, renamed: due };
}

function versionOf(document: Document, source: string): number {
  if (!isMap(document.contents) || !document.has('version')) return 1;
  const version: unknown = document.get('version');
  document.delete('version');
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1) {
    throw new AtsError({
      code: 'CONFIG_INVALID',
      message: `config ${source}: version is ${JSON.stringify(version)}, not a whole number from 1`,
      remedy: `Write "version: ${CONFIG_VERSION}", or leave it out for a file of version 1.`,
      context: { field: 'version', value: String(version) },
    });
  }
  if (version <= CONFIG_VERSION) return version;
  throw new AtsError({
    code: 'CONFIG_VERSION_UNSUPPORTED',
    message: `config ${source}: version is ${version}, and this ATS reads up to ${CONFIG_VERSION}`,
    remedy:
      `Run a newer ATS; or write the file as docs/configuration.md of this one says, ` +
      `with "version: ${CONFIG_VERSION}".`,
    context: { field: 'version', value: String(version) },
  });
}

function twice(
  source: string,
  { old, to }: { readonly old: string; readonly to: string },
): AtsError {
  return new AtsError({
    code: 'CONFIG_INVALID',
    message: `config ${source}: ${old} and ${to} are one setting, and both are given`,
    remedy: `Keep ${to}, which is its name now, and remove ${old}.`,
    context: { field: old, value: to },
  });
}

/** What a person is told whose file is older than this ATS. */
export function migrationNotice(source: string, { from, renamed }: Migrated): string | undefined {
  if (renamed.length === 0) return undefined;
  const list = renamed.map(({ from: old, to }) => `\n  ${old} is now ${to}`).join('');
  return (
    `${source} is of version ${from} and was read as version ${CONFIG_VERSION}:${list}\n` +
    `  To write it so: ats config migrate ${source}`
  );
}

/** The new name of a setting that had another. */
export const renamedTo = (path: string): string | undefined =>
  RENAMES.find(({ from }) => from === path)?.to;
