import type { Archive } from '@ats/storage';
import { linkName, repackedName } from '../domain/archive-names.ts';
import { linkBytes, parseLink, type SegmentLink, sha256 } from '../domain/chain.ts';
import { contradiction } from './contradiction.ts';
import type { AuditMetrics } from './metrics.ts';
import type { TopicPartition } from './partition-exporter.ts';
import { openSegment, type Segment } from './segment.ts';

/** Puts links and segments of one partition; both are put once, whoever is first. */
export class SegmentWriter {
  private readonly archive: Archive;
  private readonly place: TopicPartition;
  private readonly metrics: AuditMetrics;

  constructor(parts: {
    readonly archive: Archive;
    readonly place: TopicPartition;
    readonly metrics: AuditMetrics;
  }) {
    this.archive = parts.archive;
    this.place = parts.place;
    this.metrics = parts.metrics;
  }

  /** @returns the link that holds: this one, or another exporter's that was there before. */
  async announce(link: SegmentLink): Promise<SegmentLink> {
    const name = linkName(this.place, link.firstOffset);
    const result = await this.archive.put(name, linkBytes(link));
    if (result.kind !== 'refused') return link;
    const there = await this.archive.get(name);
    const other = there === undefined ? undefined : parseLink(there);
    if (other?.firstOffset === link.firstOffset) return other;
    throw contradiction(name, 'is no link of a segment');
  }

  /** Puts the segment that a link announces. @returns SHA-256 of the bytes that the archive has */
  async put({ link: own, bytes }: Segment, link: SegmentLink): Promise<string> {
    const same =
      own.recordsDigest === link.recordsDigest && own.previousDigest === link.previousDigest;
    if (!same) throw contradiction(linkName(this.place, own.firstOffset), 'differs from the log');
    if (own.digest !== link.digest) {
      // Another release announced it, which packs or decodes the same records into other bytes.
      const name = repackedName(this.place, own);
      await this.archive.put(name, linkBytes({ ...link, digest: own.digest }));
    }
    const { topic } = this.place;
    const result = await this.archive.put(link.name, bytes);
    this.metrics.segments.add({ topic, result: result.kind });
    if (result.kind === 'stored') this.metrics.records.add({ topic }, link.records);
    if (result.kind !== 'refused') return own.digest;
    const there = await this.archive.get(link.name);
    const opened = there === undefined ? undefined : await openSegment(there);
    const holds = opened?.kind === 'opened' && opened.recordsDigest === link.recordsDigest;
    if (there !== undefined && holds) return sha256(there);
    throw contradiction(link.name, 'does not hold the records of the log');
  }
}
