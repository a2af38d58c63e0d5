import type { RandomStream, Timers } from '@ats/runtime';

/** How bad the network of one simulation is. Shares are of data frames. */
export interface NetworkFaults {
  readonly dropShare: number;
  readonly duplicateShare: number;
  readonly swapShare: number;
  readonly flipShare: number;
  /** Mean time between cuts of one connection. */
  readonly cutEveryMs: number;
  readonly latencyMsMax: number;
}

export const CALM: NetworkFaults = {
  dropShare: 0,
  duplicateShare: 0,
  swapShare: 0,
  flipShare: 0,
  cutEveryMs: Number.POSITIVE_INFINITY,
  latencyMsMax: 3,
};

export interface NetworkCounts {
  delivered: number;
  dropped: number;
  duplicated: number;
  swapped: number;
  flipped: number;
  cuts: number;
}

/**
 * One direction of one connection: in order and whole as TCP is, unless a fault says otherwise.
 * The faults stand for what venues do above TCP: skip, repeat, swap and garble messages.
 */
export class NetworkLane {
  private readonly timers: Timers;
  private readonly random: RandomStream;
  private readonly counts: NetworkCounts;
  private readonly deliver: (text: string) => void;
  private readonly faults: () => NetworkFaults;
  private lastAtUs = 0;
  private held: string | undefined;
  private closed = false;
  private readonly nowUs: () => number;

  constructor(options: {
    readonly timers: Timers;
    readonly nowUs: () => number;
    readonly random: RandomStream;
    readonly counts: NetworkCounts;
    readonly faults: () => NetworkFaults;
    readonly deliver: (text: string) => void;
  }) {
    this.timers = options.timers;
    this.nowUs = options.nowUs;
    this.random = options.random;
    this.counts = options.counts;
    this.faults = options.faults;
    this.deliver = options.deliver;
  }

  close(): void {
    this.closed = true;
  }

  /** @param faulty whether faults may hit this text; control frames come through whole. */
  send(text: string, faulty: boolean): void {
    const faults = this.faults();
    if (!faulty) return this.transmit(text, faults);
    if (this.random.next() < faults.dropShare) {
      this.counts.dropped += 1;
      return;
    }
    if (this.held === undefined && this.random.next() < faults.swapShare) {
      this.held = text;
      return;
    }
    this.transmit(this.garbled(text, faults), faults);
    if (this.random.next() < faults.duplicateShare) {
      this.counts.duplicated += 1;
      this.transmit(text, faults);
    }
    if (this.held === undefined) return;
    this.counts.swapped += 1;
    const late = this.held;
    this.held = undefined;
    this.transmit(late, faults);
  }

  private garbled(text: string, faults: NetworkFaults): string {
    if (text === '' || this.random.next() >= faults.flipShare) return text;
    this.counts.flipped += 1;
    const at = this.random.integer(text.length);
    const other = String.fromCharCode(32 + this.random.integer(95));
    return text.slice(0, at) + other + text.slice(at + 1);
  }

  private transmit(text: string, faults: NetworkFaults): void {
    const nowUs = this.nowUs();
    const latencyUs = Math.ceil(this.random.next() * faults.latencyMsMax * 1000);
    // Later texts never overtake earlier ones on one connection.
    this.lastAtUs = Math.max(this.lastAtUs, nowUs + latencyUs);
    this.timers.after((this.lastAtUs - nowUs) / 1000, () => {
      if (this.closed) return;
      this.counts.delivered += 1;
      this.deliver(text);
    });
  }
}
