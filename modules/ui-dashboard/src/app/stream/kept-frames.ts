/** A frame of a session that was made, and perhaps sent. */
export interface KeptFrame {
  readonly seq: number;
  readonly bytes: Buffer;
}

/** The newest frames of a session, in order and without a hole, bounded by count and by bytes. */
export class KeptFrames {
  private readonly limits: { readonly framesMax: number; readonly bytesMax: number };
  private frames: KeptFrame[] = [];
  /** Frames before it have been dropped, and wait to be cut off. */
  private start = 0;
  private bytes = 0;

  constructor(limits: KeptFrames['limits']) {
    this.limits = limits;
  }

  get count(): number {
    return this.frames.length - this.start;
  }

  /** Sequence number of the oldest that is kept; that of the next frame when there is none. */
  oldestSeq(nextSeq: number): number {
    return this.frames[this.start]?.seq ?? nextSeq;
  }

  push(frame: KeptFrame): void {
    this.frames.push(frame);
    this.bytes += frame.bytes.length;
    const { framesMax, bytesMax } = this.limits;
    while (this.count > framesMax || (this.bytes > bytesMax && this.count > 0)) {
      this.bytes -= this.frames[this.start]?.bytes.length ?? 0;
      this.start += 1;
    }
    if (this.start > framesMax) {
      this.frames = this.frames.slice(this.start);
      this.start = 0;
    }
  }

  /** @returns undefined for one that was dropped or was not made yet */
  at(seq: number): KeptFrame | undefined {
    const oldest = this.frames[this.start];
    return oldest === undefined || seq < oldest.seq
      ? undefined
      : this.frames[this.start + seq - oldest.seq];
  }
}
