import {
  ASSET_DEFAULT,
  type AssetParameters,
  MONEY_DEFAULT,
  type MoneyParameters,
} from './parameters.ts';
import type { ModelRandom, ModelRandomSource } from './random.ts';

const SECONDS_PER_YEAR = 31_536_000;
const BPS = 1e-4;
/** Jumps: one in half a minute, some basis points, as news and large orders make them. */
const JUMPS_PER_SECOND = 1 / 30;
const JUMP_BPS = 6;
/** Money rates return to their means over minutes. */
const MONEY_REVERSION_S = 180;

/** A quantity that follows a random path, in logarithms. */
interface LogProcess {
  readonly log: number;
  step(seconds: number): void;
}

/**
 * An asset's efficient price in US dollars: a jump diffusion (Merton, 1976), with Poisson jumps of
 * normal size over a Brownian motion without drift.
 */
class AssetPrice implements LogProcess {
  log: number;
  private readonly random: ModelRandom;
  private readonly deviationPerRootSecond: number;
  private secondsToJump: number;

  constructor(parameters: AssetParameters, random: ModelRandom) {
    this.random = random;
    this.log = Math.log(parameters.priceUsd);
    this.deviationPerRootSecond = parameters.volatilityAnnual / Math.sqrt(SECONDS_PER_YEAR);
    this.secondsToJump = random.exponential() / JUMPS_PER_SECOND;
  }

  step(seconds: number): void {
    this.log += this.deviationPerRootSecond * Math.sqrt(seconds) * this.random.normal();
    this.secondsToJump -= seconds;
    if (this.secondsToJump > 0) return;
    this.log += JUMP_BPS * BPS * this.random.normal();
    this.secondsToJump = this.random.exponential() / JUMPS_PER_SECOND;
  }
}

/** A currency's units per US dollar: an Ornstein-Uhlenbeck process around its mean. */
class MoneyRate implements LogProcess {
  log: number;
  private readonly mean: number;
  private readonly noise: MeanReverting;

  constructor(parameters: MoneyParameters, random: ModelRandom) {
    this.mean = Math.log(parameters.unitsPerUsd);
    this.log = this.mean;
    const deviation = parameters.deviationBps * BPS;
    this.noise = new MeanReverting({ deviation, reversionSeconds: MONEY_REVERSION_S, random });
  }

  step(seconds: number): void {
    this.log = this.mean + this.noise.step(seconds);
  }
}

/** An Ornstein-Uhlenbeck process around zero, stepped exactly. */
export class MeanReverting {
  private value = 0;
  private readonly deviation: number;
  private readonly reversionSeconds: number;
  private readonly random: ModelRandom;

  constructor(options: { deviation: number; reversionSeconds: number; random: ModelRandom }) {
    this.deviation = options.deviation;
    this.reversionSeconds = options.reversionSeconds;
    this.random = options.random;
  }

  step(seconds: number): number {
    if (this.deviation === 0) return 0;
    const kept = Math.exp(-seconds / this.reversionSeconds);
    const fresh = this.deviation * Math.sqrt(1 - kept * kept);
    this.value = this.value * kept + fresh * this.random.normal();
    return this.value;
  }
}

/**
 * The prices that all venues' prices follow. The value of one unit in US dollars is known for
 * every asset; money (a quote of some market) has its own process.
 */
export class EfficientPrices {
  private readonly processes = new Map<string, LogProcess>();
  private readonly isMoney = new Set<string>();

  constructor(options: {
    readonly bases: readonly string[];
    readonly quotes: readonly string[];
    readonly assets: Readonly<Record<string, AssetParameters>>;
    readonly money: Readonly<Record<string, MoneyParameters>>;
    readonly random: ModelRandomSource;
  }) {
    for (const name of [...options.quotes].sort()) {
      const parameters = options.money[name] ?? MONEY_DEFAULT;
      const random = options.random.stream(`money/${name}`);
      this.processes.set(name, new MoneyRate(parameters, random));
      this.isMoney.add(name);
    }
    for (const name of [...options.bases].sort()) {
      if (this.isMoney.has(name)) continue;
      const parameters = options.assets[name] ?? ASSET_DEFAULT;
      this.processes.set(name, new AssetPrice(parameters, options.random.stream(`asset/${name}`)));
    }
  }

  step(seconds: number): void {
    for (const process of this.processes.values()) process.step(seconds);
  }

  /** @returns the logarithm of one unit's value in US dollars. */
  logUsd(name: string): number {
    const log = this.processes.get(name)?.log ?? 0;
    return this.isMoney.has(name) ? -log : log;
  }
}
