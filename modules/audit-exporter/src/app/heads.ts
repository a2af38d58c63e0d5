import type { Clock, Logger } from '@ats/runtime';
import type { Archive } from '@ats/storage';
import { headName, PREFIXES, parseHeadName } from '../domain/archive-names.ts';
import {
  type ArchiveHead,
  type HeadSegment,
  headBytes,
  parseHead,
  sha256,
} from '../domain/chain.ts';
import type { AuditMetrics } from './metrics.ts';

interface NewestHead {
  readonly head: ArchiveHead;
  readonly digest: string;
}

/** How often a number may be taken by another exporter before this one gives up for now. */
const ATTEMPTS_MAX = 10;
/** Up to here heads are listed one by one. */
const LISTED_MAX = 1000;

async function firstAfter(archive: Archive, number: number): Promise<number | undefined> {
  for await (const { name } of archive.list({
    prefix: PREFIXES.heads,
    after: headName(number),
  })) {
    return parseHeadName(name) ?? number;
  }
  return undefined;
}

/** The number of the newest head, 0 when there is none; looks at few of many. */
async function newestNumber(archive: Archive): Promise<number> {
  let newest = 0;
  let listed = 0;
  for await (const { name } of archive.list({ prefix: PREFIXES.heads })) {
    newest = parseHeadName(name) ?? newest;
    listed += 1;
    if (listed >= LISTED_MAX) break;
  }
  if (listed < LISTED_MAX) return newest;
  let beyond = 2 * newest;
  while ((await firstAfter(archive, beyond)) !== undefined) beyond *= 2;
  while (newest < beyond) {
    const middle = Math.floor((newest + beyond) / 2);
    const next = await firstAfter(archive, middle);
    if (next === undefined) beyond = middle;
    else newest = next;
  }
  return newest;
}

/** The newest head of an archive, undefined when there is none or it cannot be read. */
export async function readNewestHead(archive: Archive): Promise<NewestHead | undefined> {
  const number = await newestNumber(archive);
  const bytes = number === 0 ? undefined : await archive.get(headName(number));
  const head = bytes === undefined ? undefined : parseHead(bytes);
  if (bytes === undefined || head === undefined) return undefined;
  return { head, digest: sha256(bytes) };
}

/**
 * Writes heads: each names the newest segment of every partition that this exporter has, and the
 * head before it. A number is taken by whoever puts it first.
 */
export class HeadWriter {
  private readonly archive: Archive;
  private readonly clock: Clock;
  private readonly logger: Logger;
  private readonly metrics: AuditMetrics;
  private written = '';

  constructor(parts: {
    readonly archive: Archive;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly metrics: AuditMetrics;
  }) {
    this.archive = parts.archive;
    this.clock = parts.clock;
    this.logger = parts.logger;
    this.metrics = parts.metrics;
  }

  /** Writes a head unless nothing is new since the last. @throws STORAGE_UNAVAILABLE */
  async write(segments: readonly HeadSegment[]): Promise<void> {
    const state = JSON.stringify(segments);
    if (segments.length === 0 || state === this.written) return;
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
      const newest = await readNewestHead(this.archive);
      const number = (newest?.head.number ?? (await newestNumber(this.archive))) + 1;
      const previousDigest = newest?.digest ?? '';
      const atUs = this.clock.nowUs();
      const bytes = headBytes({ number, atUs, previousDigest, segments: [...segments] });
      const result = await this.archive.put(headName(number), bytes);
      if (result.kind === 'refused') continue;
      this.written = state;
      this.metrics.heads.add({});
      // Whoever keeps this line elsewhere can tell later that nothing before it was removed.
      const digest = sha256(bytes);
      this.logger.info('audit.head', 'the archive is anchored', { number, digest });
      return;
    }
  }
}
