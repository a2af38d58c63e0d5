import type { Timers } from '@ats/runtime';
import type { Archive, LogTopic } from '@ats/storage';
import {
  linkName,
  PREFIXES,
  parseHeadName,
  parseLinkName,
  parseRepackedName,
  parseSegmentName,
} from '../domain/archive-names.ts';
import { parseHead, parseLink, sha256 } from '../domain/chain.ts';
import { type Anchor, ChainCheck } from './chain-check.ts';
import type { ArchiveProblem } from './check-segment.ts';

export interface VerifyOptions {
  readonly archive: Archive;
  readonly timers: Timers;
  /** All topics unless given. */
  readonly topic?: LogTopic;
  /** Digests of heads that were kept elsewhere: each must still be in the archive. */
  readonly keptHeads?: readonly string[];
  /** How long a running exporter is given to put what it has announced. */
  readonly settleMs?: number;
}

export interface ArchiveReport {
  /** Counts of what was read. */
  readonly segments: number;
  readonly records: number;
  readonly heads: number;
  /** To be kept elsewhere: with it a later check notices that the newest objects were removed. */
  readonly newestHead: { readonly number: number; readonly digest: string } | undefined;
  /** Empty when the archive is whole. */
  readonly problems: readonly ArchiveProblem[];
}

const SETTLE_MS = 1000;

/** One sentence that begins with the object's name. */
export function describeProblem({ kind, name, detail }: ArchiveProblem): string {
  return `${name}: ${kind}: ${detail}`;
}

interface HeadsReport {
  readonly count: number;
  readonly newest: { readonly number: number; readonly digest: string } | undefined;
  /** By the name of a segment: what heads say of it. */
  readonly anchors: ReadonlyMap<string, Anchor>;
}

/**
 * Reads the whole archive and finds every object that was changed, removed, added, cut short or
 * put in another order. What was removed at the very end, with all that points to it, is noticed
 * by `keptHeads` alone.
 *
 * @throws STORAGE_UNAVAILABLE when the archive cannot be read.
 */
export async function verifyArchive(options: VerifyOptions): Promise<ArchiveReport> {
  const { archive, timers, topic, settleMs = SETTLE_MS } = options;
  const problems: ArchiveProblem[] = [];
  const heads = await checkHeads(options, problems);
  const chain = new ChainCheck({
    archive,
    anchors: heads.anchors,
    problems,
    settle: () => timers.sleep(settleMs),
  });
  const prefix = topic === undefined ? PREFIXES.links : `${PREFIXES.links}topic=${topic}/`;
  for await (const { name } of archive.list({ prefix })) await chain.next(name);
  await chain.end();
  for (const [name, anchor] of heads.anchors) {
    if (chain.known.has(name) || (topic !== undefined && anchor.topic !== topic)) continue;
    problems.push({ kind: 'missing', name, detail: `${anchor.head} names it, and no link does` });
  }
  await findAdded({ archive, topic, known: chain.known, problems });
  const { segments, records } = chain;
  return { segments, records, heads: heads.count, newestHead: heads.newest, problems };
}

/** Heads count from 1 without a gap, and each carries the digest of the one before. */
async function checkHeads(
  { archive, keptHeads = [] }: VerifyOptions,
  problems: ArchiveProblem[],
): Promise<HeadsReport> {
  const anchors = new Map<string, Anchor>();
  const kept = new Set(keptHeads);
  let count = 0;
  let newest: { number: number; digest: string } | undefined;
  for await (const { name } of archive.list({ prefix: PREFIXES.heads })) {
    const number = parseHeadName(name);
    const bytes = number === undefined ? undefined : await archive.get(name);
    if (number === undefined || bytes === undefined) {
      problems.push({ kind: 'added', name, detail: 'it is not a name of a head' });
      continue;
    }
    const expected = (newest?.number ?? 0) + 1;
    if (number !== expected) {
      const detail = `heads ${expected} to ${number - 1} are not there, and this one is`;
      problems.push({ kind: 'missing', name, detail });
    }
    count += 1;
    const digest = sha256(bytes);
    kept.delete(digest);
    const head = parseHead(bytes);
    if (head?.number !== number) {
      problems.push({ kind: 'changed', name, detail: 'it is not what a head looks like' });
    } else if (number === expected && head.previousDigest !== (newest?.digest ?? '')) {
      const detail = 'it or the head before it has been changed: it carries another digest';
      problems.push({ kind: 'changed', name, detail });
    }
    for (const segment of head?.segments ?? []) {
      const known = anchors.get(segment.name);
      if (known === undefined) {
        anchors.set(segment.name, { head: name, digest: segment.digest, topic: segment.topic });
      } else if (known.digest !== segment.digest) {
        const detail = `it and ${known.head} say different things of ${segment.name}`;
        problems.push({ kind: 'changed', name, detail });
      }
    }
    newest = { number, digest };
  }
  for (const digest of kept) {
    const detail = `no head has the digest ${digest}, which was kept elsewhere`;
    problems.push({ kind: 'missing', name: PREFIXES.heads, detail });
  }
  return { count, newest, anchors };
}

/** Objects that no link leads to, and objects that no exporter writes. */
async function findAdded(options: {
  readonly archive: Archive;
  readonly topic: LogTopic | undefined;
  readonly known: ReadonlySet<string>;
  readonly problems: ArchiveProblem[];
}): Promise<void> {
  const { archive, topic, known, problems } = options;
  for await (const { name } of archive.list()) {
    if (name.startsWith(PREFIXES.heads) || known.has(name)) continue;
    if (parseLinkName(name) !== undefined || parseRepackedName(name) !== undefined) continue;
    const segment = parseSegmentName(name);
    if (segment === undefined) {
      if (topic !== undefined || name.startsWith(PREFIXES.links)) continue;
      problems.push({ kind: 'added', name, detail: 'no exporter writes such a name' });
      continue;
    }
    if (topic !== undefined && segment.topic !== topic) continue;
    // A running exporter may have put it after the links were listed.
    const announcing = linkName(segment, segment.firstOffset);
    const bytes = await archive.get(announcing);
    const link = bytes === undefined ? undefined : parseLink(bytes);
    if (link?.name === name) continue;
    const detail = `${announcing} does not announce it: it was added, or its link removed`;
    problems.push({ kind: 'added', name, detail });
  }
}
