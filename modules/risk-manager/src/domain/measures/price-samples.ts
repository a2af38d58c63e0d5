/** What every factor was worth at one moment, in the numeraire. */
export interface PriceSample {
  /** Microseconds since the epoch. */
  readonly atUs: number;
  readonly prices: ReadonlyMap<string, number>;
}

/** Prices taken at even intervals: a bounded ring, the oldest first. */
export class PriceSamples {
  private readonly samples: PriceSample[] = [];
  private readonly samplesMax: number;
  private readonly intervalUs: number;

  /** @param options `samplesMax` prices of each factor, `intervalUs` apart */
  constructor(options: { readonly samplesMax: number; readonly intervalUs: number }) {
    this.samplesMax = options.samplesMax;
    this.intervalUs = options.intervalUs;
  }

  /** Whether it is time for the next. */
  isDue(nowUs: number): boolean {
    const last = this.samples.at(-1);
    return last === undefined || nowUs - last.atUs >= this.intervalUs;
  }

  add(sample: PriceSample): void {
    this.samples.push(sample);
    if (this.samples.length > this.samplesMax) this.samples.shift();
  }

  /**
   * What holding `exposures` now would have made from each sample to the next, if each price had
   * changed by the share by which it did. Intervals with a gap in time, or without a price of
   * something that is held, are left out.
   *
   * @param exposures by factor, in the numeraire, signed
   */
  changesOf(exposures: ReadonlyMap<string, number>): readonly number[] {
    const held = [...exposures].filter(([, worth]) => worth !== 0);
    const changes: number[] = [];
    for (let index = 1; index < this.samples.length; index += 1) {
      const [before, after] = [this.samples[index - 1], this.samples[index]];
      if (before === undefined || after === undefined) continue;
      if (after.atUs - before.atUs >= 1.5 * this.intervalUs) continue;
      let change = 0;
      for (const [factor, worth] of held) {
        const from = before.prices.get(factor);
        const to = after.prices.get(factor);
        change += from === undefined || to === undefined ? Number.NaN : worth * (to / from - 1);
      }
      if (Number.isFinite(change)) changes.push(change);
    }
    return changes;
  }
}
