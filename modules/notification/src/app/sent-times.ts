/** When messages went to each person on each channel, as long as a flood is reckoned by it. */
export class SentTimes {
  private readonly windowUs: number;
  private readonly times = new Map<string, number[]>();

  constructor(windowUs: number) {
    this.windowUs = windowUs;
  }

  /** Microseconds since the epoch, the oldest first. */
  of(personId: string, channel: string): readonly number[] {
    return this.times.get(`${personId}/${channel}`) ?? [];
  }

  add(personId: string, channel: string, atUs: number): void {
    const recent = this.of(personId, channel).filter((one) => one > atUs - this.windowUs);
    this.times.set(`${personId}/${channel}`, [...recent, atUs]);
  }
}
