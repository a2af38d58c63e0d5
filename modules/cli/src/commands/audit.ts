import { createHash } from 'node:crypto';
import { access } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  type ArchiveReport,
  compareWithLog,
  copySegments,
  describeProblem,
  hasSegments,
  type LogComparison,
  openAuditDatabase,
  type QueryAnswer,
  verifyArchive,
} from '@ats/audit-exporter';
import { AtsError } from '@ats/domain';
import { EXIT, openLogger, openMetrics, systemClock, systemTimers } from '@ats/runtime';
import {
  type Archive,
  type EventLog,
  LOG_TOPICS,
  type LogTopic,
  openPorts,
  shownUrl,
} from '@ats/storage';
import Table from 'cli-table3';
import pc from 'picocolors';
import {
  type ConfigFlags,
  type Configuration,
  loadConfiguration,
  withLayer,
} from '../app/configuration.ts';
import { count, plainText } from '../view/format.ts';

export interface AuditOptions extends ConfigFlags {
  /** URL of the archive, instead of `archive.url`. */
  readonly archive?: string;
  readonly json?: true;
}

export interface AuditVerifyOptions extends AuditOptions {
  readonly topic?: string;
  readonly head: readonly string[];
  /** Compare with the log as well. */
  readonly log?: true;
}

export interface AuditQueryOptions extends AuditOptions {
  readonly limit: number;
  readonly cache?: string;
}

const CELL_LENGTH_MAX = 60;
const ROWS_MAX = 1_000_000;

/** Reads the whole archive. @returns 0 when it is whole, 1 when anything is wrong */
export async function auditVerify(options: AuditVerifyOptions): Promise<number> {
  const topic = options.topic === undefined ? undefined : topicOf(options.topic);
  return withArchive(options, async ({ archive, url, openLog }) => {
    const report = await verifyArchive({
      archive,
      timers: systemTimers,
      keptHeads: options.head,
      ...(topic === undefined ? {} : { topic }),
    });
    const log = options.log && (await compareWithLog({ archive, log: await openLog() }));
    const empty = report.segments === 0 && report.heads === 0;
    const complete = log === undefined || (log.missing === 0 && log.differing.length === 0);
    const ok = report.problems.length === 0 && complete && !empty;
    if (options.json === true) print(JSON.stringify({ ok, ...report, ...(log && { log }) }));
    else for (const line of verdictLines({ url, report, log })) print(line);
    return ok ? EXIT.ok : EXIT.failed;
  });
}

function verdictLines(found: {
  readonly url: string;
  readonly report: ArchiveReport;
  readonly log: LogComparison | undefined;
}): string[] {
  const { url, report, log } = found;
  const { segments, records, heads, newestHead, problems } = report;
  const lines = problems.map((problem) => pc.red(describeProblem(problem)));
  const read = `${count(segments)} segments, ${count(records)} records, ${count(heads)} heads`;
  const whole = segments + heads === 0 ? pc.red('nothing is archived') : pc.green('whole');
  const wrong = pc.red(`${count(problems.length)} problems`);
  lines.push(`${url}: ${read}: ${problems.length === 0 ? whole : wrong}`);
  for (const name of log?.differing ?? []) lines.push(pc.red(`${name}: differs from the log`));
  if (log !== undefined) {
    const missing = `${count(log.missing)} not archived`;
    const shown = log.missing === 0 ? pc.green(missing) : pc.red(missing);
    lines.push(`log: ${count(log.records)} records, ${shown}`);
  }
  if (newestHead !== undefined) lines.push(`newest head ${newestHead.number} ${newestHead.digest}`);
  return lines;
}

/** Runs SQL over the archive. @returns the exit code */
export async function auditQuery(sql: string, options: AuditQueryOptions): Promise<number> {
  if (options.limit < 1 || options.limit > ROWS_MAX) {
    throw new AtsError({
      code: 'CONFIG_INVALID',
      message: `--limit is ${options.limit}, expected 1 to ${ROWS_MAX}`,
      remedy: 'Ask for fewer rows, or let the SQL sum them up.',
      context: { field: '--limit', value: options.limit },
    });
  }
  return withArchive(options, async ({ archive, url }) => {
    const folder = await segmentsFolder({ archive, url, cache: options.cache });
    const empty = !(await hasSegments(archive));
    const database = await openAuditDatabase({ folder, empty });
    try {
      const answer = await database.query(sql, { rowsMax: options.limit });
      print(options.json === true ? JSON.stringify(answer.rows) : tableOf(answer));
      if (answer.more) process.stderr.write(`only ${count(options.limit)} rows: see --limit\n`);
    } finally {
      database.close();
    }
    return EXIT.ok;
  });
}

function topicOf(name: string): LogTopic {
  const known = Object.keys(LOG_TOPICS).flatMap((topic) => [topic, `${topic}.dead`]);
  if (known.includes(name)) return name as LogTopic;
  throw new AtsError({
    code: 'CONFIG_INVALID',
    message: `--topic "${name}" is not a topic`,
    remedy: `Name one of ${known.join(', ')}.`,
    context: { field: '--topic', value: name },
  });
}

/** The folder of a `file:` archive; undefined for any other. */
function folderOf(url: string): string | undefined {
  if (!url.startsWith('file:')) return undefined;
  return resolve(decodeURIComponent(url.slice('file:'.length).replace(/^\/\/(?=\/)/, '')));
}

/** Where DuckDB can read the segments: in place, or in a copy that is brought up to date. */
async function segmentsFolder(options: {
  readonly archive: Archive;
  readonly url: string;
  readonly cache: string | undefined;
}): Promise<string> {
  const { archive, url, cache } = options;
  const inPlace = folderOf(url);
  if (inPlace !== undefined) return inPlace;
  // Archives must not mix; their URLs may hold what does not belong into a path.
  const own = createHash('sha256').update(url).digest('hex').slice(0, 16);
  const folder = resolve(cache ?? join('data', 'audit-cache', own));
  const { segments, fetched } = await copySegments({ archive, folder });
  process.stderr.write(`${count(fetched)} of ${count(segments)} segments fetched to ${folder}\n`);
  return folder;
}

async function withArchive(
  options: AuditOptions,
  work: (opened: {
    readonly archive: Archive;
    readonly url: string;
    readonly openLog: () => Promise<EventLog>;
  }) => Promise<number>,
): Promise<number> {
  const { shared } = configurationOf(options);
  const { url } = shared.archive;
  const folder = folderOf(url);
  // Opening it would make it, and an archive that is gone must not pass for a new one.
  if (folder !== undefined) await mustBeThere(folder, url);
  const ports = openPorts({
    config: shared,
    clock: systemClock,
    timers: systemTimers,
    logger: openLogger({ service: 'cli', level: 'warn', destination: process.stderr }),
    metrics: openMetrics({ service: 'cli' }),
  });
  try {
    const shown = shownUrl(url);
    const archive = await ports.archive();
    return await work({ archive, url: shown, openLog: () => ports.eventLog() });
  } finally {
    await ports.close();
  }
}

function configurationOf(options: AuditOptions): Configuration {
  const configuration = loadConfiguration(options);
  if (options.archive === undefined) return configuration;
  const values = { archive: { url: options.archive } };
  return withLayer(configuration, { source: '--archive', values });
}

async function mustBeThere(folder: string, url: string): Promise<void> {
  try {
    await access(folder);
  } catch (cause) {
    throw new AtsError({
      code: 'CONFIG_INVALID',
      message: `archive.url: there is no archive at ${url}`,
      remedy: 'Name the archive with --archive file:FOLDER, or start ATS once to make it.',
      context: { field: 'archive.url', value: url },
      cause,
    });
  }
}

function tableOf({ columns, rows }: QueryAnswer): string {
  const table = new Table({ head: [...columns], style: { head: [], border: [] } });
  for (const row of rows) table.push(columns.map((column) => cellOf(row[column])));
  return `${table.toString()}\n${count(rows.length)} rows`;
}

function cellOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const plain = plainText(text);
  return plain.length <= CELL_LENGTH_MAX ? plain : `${plain.slice(0, CELL_LENGTH_MAX - 3)}...`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
