import type { Archive } from '@ats/storage';
import {
  type LogPlace,
  linkName,
  parseLinkName,
  parseRepackedName,
} from '../domain/archive-names.ts';
import { linkBytes, parseLink, type SegmentLink } from '../domain/chain.ts';
import { type ArchiveProblem, checkLink, checkSegment, type ProblemKind } from './check-segment.ts';

/** What heads say of a segment. */
export interface Anchor {
  /** The name of the head that said it first. */
  readonly head: string;
  readonly digest: string;
  readonly topic: string;
}

/** The segment that the next link must follow. */
interface Before {
  readonly place: LogPlace;
  readonly link: SegmentLink;
  /** Digest of its bytes as they are; undefined when it is not there. */
  readonly digest: string | undefined;
  /** What only a link after it, or a head, could explain. */
  readonly doubt: ArchiveProblem | undefined;
}

export interface ChainCheckOptions {
  readonly archive: Archive;
  readonly anchors: ReadonlyMap<string, Anchor>;
  readonly problems: ArchiveProblem[];
  /** Gives a running exporter time to put what it has announced. */
  readonly settle: () => Promise<void>;
}

/** Follows the links of all partitions, in the order of their names. */
export class ChainCheck {
  /** Names of the segments that links announce. */
  readonly known = new Set<string>();
  segments = 0;
  records = 0;
  private readonly options: ChainCheckOptions;
  private before: Before | undefined;

  constructor(options: ChainCheckOptions) {
    this.options = options;
  }

  /** The next link, by its name. */
  async next(name: string): Promise<void> {
    const repacked = parseRepackedName(name);
    if (repacked !== undefined) {
      await this.explain(name, repacked);
      return;
    }
    const named = parseLinkName(name);
    if (named === undefined || linkName(named, named.firstOffset) !== name) {
      this.report('added', name, 'it is not a name of a link');
      return;
    }
    const { before } = this;
    const follows =
      before?.place.topic === named.topic && before.place.partition === named.partition;
    if (!follows) await this.end();
    const bytes = await this.options.archive.get(name);
    const link = bytes === undefined ? undefined : parseLink(bytes);
    if (link === undefined || !belongs(link, named)) {
      this.report('changed', name, 'it is not what a link looks like');
      return;
    }
    const wrong = checkLink(link);
    this.follow(name, link, follows ? before : undefined);
    if (wrong !== undefined) {
      this.report('changed', name, wrong);
      this.before = { place: named, link, digest: link.digest, doubt: undefined };
      return;
    }
    this.known.add(link.name);
    this.before = { place: named, link, ...(await this.read(link)) };
  }

  /** Another release packed the records that the link before announced into other bytes. */
  private async explain(name: string, digest: string): Promise<void> {
    const { before } = this;
    const bytes = await this.options.archive.get(name);
    const expected = before && linkBytes({ ...before.link, digest });
    if (before === undefined || expected === undefined || bytes === undefined) {
      this.report('added', name, 'no link stands before it');
    } else if (Buffer.compare(expected, bytes) !== 0) {
      this.report('changed', name, 'it is not the link before it with another digest');
    } else if (before.digest === digest) {
      this.before = { ...before, doubt: undefined };
    }
  }

  /** The chain of a partition ends here. */
  async end(): Promise<void> {
    let { before } = this;
    this.before = undefined;
    if (before !== undefined && before.digest === undefined) {
      await this.options.settle();
      before = { ...before, ...(await this.read(before.link)) };
    }
    if (before?.doubt !== undefined) this.options.problems.push(before.doubt);
  }

  /** Whether a link goes on where the one before it ended. */
  private follow(name: string, link: SegmentLink, before: Before | undefined): void {
    const expected = before === undefined ? 0 : before.link.lastOffset + 1;
    if (link.firstOffset > expected) {
      const gap = linkName(link, expected);
      const detail = `offsets ${expected} to ${link.firstOffset - 1} are nowhere`;
      this.report('missing', gap, detail);
    } else if (link.firstOffset < expected) {
      this.report('added', name, `it begins at ${link.firstOffset}, before ${expected}`);
    }
    if (before === undefined) {
      if (link.previousDigest !== '' && link.firstOffset === 0) {
        this.report('changed', name, 'it begins the chain and says that it follows another');
      }
      return;
    }
    const { digest = before.link.digest, doubt } = before;
    if (link.previousDigest === digest) {
      if (doubt === undefined) return;
      // The chain goes on from the bytes as they are: it is the link that says something else.
      const wrong = before.digest === undefined ? doubt : wrongDigest(before.link);
      this.options.problems.push(wrong);
      return;
    }
    if (doubt !== undefined) this.options.problems.push(doubt);
    else if (link.firstOffset === expected) {
      this.report('changed', name, `it does not carry the digest of ${before.link.name}`);
    }
  }

  private async read(link: SegmentLink): Promise<Pick<Before, 'digest' | 'doubt'>> {
    const { archive, anchors, problems } = this.options;
    const { name } = link;
    const anchor = anchors.get(name);
    const bytes = await archive.get(name);
    if (bytes === undefined) {
      const detail = `${linkName(link, link.firstOffset)} announces it, and it is not there`;
      return { digest: undefined, doubt: { kind: 'missing', name, detail } };
    }
    this.segments += 1;
    const { digest, records, problem } = await checkSegment(link, bytes);
    this.records += records;
    if (anchor !== undefined && anchor.digest !== digest) {
      problems.push(problem ?? changed(name, `${anchor.head} has another digest of it`));
      return { digest: anchor.digest, doubt: undefined };
    }
    if (problem !== undefined && digest === link.digest) {
      // The bytes are as announced: it is the link that says something else of them.
      const detail = `it does not fit ${name}, whose digest it carries: ${problem.detail}`;
      this.report('changed', linkName(link, link.firstOffset), detail);
      return { digest, doubt: undefined };
    }
    if (problem !== undefined) problems.push(problem);
    if (problem !== undefined) return { digest: link.digest, doubt: undefined };
    if (digest === link.digest) return { digest, doubt: undefined };
    if (anchor !== undefined) return { digest, doubt: wrongDigest(link) };
    return { digest, doubt: changed(name, 'its bytes are not those that its link announced') };
  }

  private report(kind: ProblemKind, name: string, detail: string): void {
    this.options.problems.push({ kind, name, detail });
  }
}

function changed(name: string, detail: string): ArchiveProblem {
  return { kind: 'changed', name, detail };
}

function wrongDigest(link: SegmentLink): ArchiveProblem {
  const name = linkName(link, link.firstOffset);
  return changed(name, `it carries another digest of ${link.name} than the chain does`);
}

function belongs(link: SegmentLink, named: LogPlace & { readonly firstOffset: number }): boolean {
  return (
    link.topic === named.topic &&
    link.partition === named.partition &&
    link.firstOffset === named.firstOffset
  );
}
