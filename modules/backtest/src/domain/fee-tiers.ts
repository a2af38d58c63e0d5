import { Decimal, type FeeSchedule } from '@ats/domain';

export interface FeeTier extends FeeSchedule {
  /** Of 30 days, in the numeraire, from which on it counts. */
  readonly volume: Decimal;
}

const DAYS = 30;
const DAY_US = 86_400_000_000;
const SCALE = { scale: 8, rounding: 'down' } as const;

/** Which fees a venue takes now, by what was traded there within 30 days, counted by whole days. */
export class FeeTiers {
  /** Times that another tier came to count. */
  changes = 0;
  private readonly tiers: readonly FeeTier[];
  private readonly volumes: Decimal[];
  private day: number | undefined;
  private sum: Decimal;
  private tier: FeeTier;

  /** @param options `volume`: of the 30 days before, taken to have been traded evenly */
  constructor(options: { readonly tiers: readonly FeeTier[]; readonly volume: Decimal }) {
    const [first] = options.tiers;
    if (first === undefined) throw new RangeError('fee tiers begin with one');
    const share = options.volume.divide(Decimal.parse(String(DAYS)), SCALE);
    this.tiers = options.tiers;
    this.volumes = new Array<Decimal>(DAYS).fill(share);
    this.sum = options.volume;
    this.tier = first;
    this.choose();
    this.changes = 0;
  }

  /** The fees that count at a time. */
  at(timeUs: number): FeeSchedule {
    this.goTo(timeUs);
    return this.tier;
  }

  /** Counts a fill; the next one pays by it. @param notional in the numeraire */
  add(timeUs: number, notional: Decimal): void {
    this.goTo(timeUs);
    const at = (this.day ?? 0) % DAYS;
    this.volumes[at] = (this.volumes[at] ?? Decimal.ZERO).add(notional);
    this.sum = this.sum.add(notional);
    this.choose();
  }

  private goTo(timeUs: number): void {
    const day = Math.floor(timeUs / DAY_US);
    if (this.day === day) return;
    const from = this.day ?? day;
    this.day = day;
    // After a month without a fill nothing is left to forget.
    for (let passed = Math.max(from + 1, day - DAYS + 1); passed <= day; passed += 1) {
      const at = passed % DAYS;
      this.sum = this.sum.subtract(this.volumes[at] ?? Decimal.ZERO);
      this.volumes[at] = Decimal.ZERO;
    }
    this.choose();
  }

  private choose(): void {
    const tier = this.tiers.findLast(({ volume }) => !volume.greaterThan(this.sum)) ?? this.tier;
    if (tier === this.tier) return;
    this.tier = tier;
    this.changes += 1;
  }
}
