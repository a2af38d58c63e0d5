import type { DislocationParameters } from './parameters.ts';
import type { ModelRandom } from './random.ts';

const BPS = 1e-4;

/** Two venues that trade one base asset, and what a round trip between them costs. */
export interface VenuePair {
  readonly base: string;
  readonly venues: readonly [string, string];
  /** Taker fees of both legs, conversions and both half spreads. */
  readonly costBps: number;
}

interface Dislocation {
  readonly key: string;
  readonly startUs: number;
  /** Signed, in logarithms. */
  readonly size: number;
  readonly attackS: number;
  readonly decayS: number;
}

/**
 * Now and then a large order moves one venue away from the others, and the difference decays as
 * arbitrageurs take it. Sizes are drawn around what the difference must exceed to pay, so that
 * most are worth taking somewhere and some are not.
 */
export class Dislocations {
  private readonly pairs: readonly VenuePair[];
  private readonly parameters: DislocationParameters;
  private readonly random: ModelRandom;
  private active: Dislocation[] = [];
  private nextUs: number;

  constructor(options: {
    readonly pairs: readonly VenuePair[];
    readonly parameters: DislocationParameters;
    readonly random: ModelRandom;
    readonly startUs: number;
  }) {
    this.pairs = options.pairs;
    this.parameters = options.parameters;
    this.random = options.random;
    this.nextUs = options.startUs + this.pauseUs() / 2;
  }

  step(timeUs: number): void {
    if (timeUs < this.nextUs) return;
    this.nextUs = timeUs + this.pauseUs();
    this.active = this.active.filter((one) => timeUs - one.startUs < 8e6 * one.decayS);
    const pair = this.choosePair();
    if (pair !== undefined) this.active.push(this.dislocate(pair, timeUs));
  }

  /** @returns how far a venue's view of an asset is off now, in logarithms. */
  offset(key: string, timeUs: number): number {
    let sum = 0;
    for (const one of this.active) {
      if (one.key !== key) continue;
      const seconds = (timeUs - one.startUs) / 1e6;
      sum += one.size * (1 - Math.exp(-seconds / one.attackS)) * Math.exp(-seconds / one.decayS);
    }
    return sum;
  }

  private pauseUs(): number {
    const { pauseMsMin, pauseMsMax } = this.parameters;
    return 1000 * (pauseMsMin + (pauseMsMax - pauseMsMin) * this.random.next());
  }

  private dislocate(pair: VenuePair, timeUs: number): Dislocation {
    const { random } = this;
    const venue = pair.venues[random.next() < 0.5 ? 0 : 1];
    const wantedBps = pair.costBps * (1.25 + 0.5 * random.exponential());
    const sizeBps = Math.min(wantedBps, this.parameters.edgeBpsMax);
    return {
      key: viewKey(venue, pair.base),
      startUs: timeUs,
      size: (random.next() < 0.5 ? 1 : -1) * sizeBps * BPS,
      attackS: 0.01 + 0.04 * random.next(),
      decayS: 0.3 + 0.9 * random.next(),
    };
  }

  /** Cheap pairs are dislocated more often: it takes less to make them pay. */
  private choosePair(): VenuePair | undefined {
    const total = this.pairs.reduce((sum, pair) => sum + 1 / pair.costBps, 0);
    let left = total * this.random.next();
    for (const pair of this.pairs) {
      left -= 1 / pair.costBps;
      if (left < 0) return pair;
    }
    return this.pairs.at(-1);
  }
}

export function viewKey(venue: string, base: string): string {
  return `${venue}/${base}`;
}
