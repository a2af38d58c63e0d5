import { Decimal } from '@ats/domain';
import type { Clock, Logger } from '@ats/runtime';
import { expectedShortfall, type VarMethod, valueAtRisk } from '@ats/statistics';
import type { StateStore } from '@ats/storage';
import { z } from 'zod';
import { PriceSamples } from '../domain/measures/price-samples.ts';
import type { Holding } from '../domain/positions/position-sums.ts';
import { quoteOf } from '../domain/profit/valuation.ts';
import type { MarkBook } from './mark-book.ts';

const PARTITION = 'price-samples';
const SORT_DIGITS = 20;
const PAGE = 1000;
/** How often figures are reckoned anew, microseconds. */
const FIGURES_US = 5_000_000;
/** Digits of a measured figure. */
const SCALE = 2;

const pricesSchema = z.record(z.string(), z.number());

export interface TailRiskSettings {
  readonly method: VarMethod;
  /** Between 0 and 1. */
  readonly confidence: number;
  readonly horizonMs: number;
  /** How far samples are apart. */
  readonly sampleMs: number;
  readonly samplesMax: number;
  /** With fewer changes there is no figure. */
  readonly samplesMin: number;
}

export interface TailRiskOptions {
  readonly settings: TailRiskSettings;
  readonly positions: { byMarket(): readonly Holding[] };
  readonly marks: MarkBook;
  readonly state: StateStore;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Value at risk and expected shortfall of what is held now; undefined with too few samples. */
export interface TailRiskFigures {
  readonly samples: number;
  readonly valueAtRisk: Decimal | undefined;
  readonly expectedShortfall: Decimal | undefined;
}

const NO_FIGURES = { samples: 0, valueAtRisk: undefined, expectedShortfall: undefined };

/**
 * What positions could lose, by how prices have moved. Factors are the worth of each market's base
 * and of each money in the numeraire, so that a premium of one venue counts as the risk it is.
 * Samples are stored, each for as long as it is needed: a restart begins with what there was.
 */
export class TailRisk {
  private readonly options: TailRiskOptions;
  private readonly samples: PriceSamples;
  private failing = false;
  private now: TailRiskFigures = NO_FIGURES;
  private reckonedAtUs = 0;

  constructor(options: TailRiskOptions) {
    this.options = options;
    const { samplesMax, sampleMs } = options.settings;
    this.samples = new PriceSamples({ samplesMax, intervalUs: sampleMs * 1000 });
  }

  /** @throws when the store cannot be read */
  async load(): Promise<void> {
    const { state } = this.options;
    let after: string | undefined;
    do {
      const more = after === undefined ? {} : { after };
      const query = { table: 'risk', partition: PARTITION, limit: PAGE, ...more } as const;
      const page = await state.query(query);
      for (const { key, attributes } of page.items) {
        const prices = pricesSchema.parse(JSON.parse(String(attributes['json'])));
        this.samples.add({ atUs: Number(key.sort), prices: new Map(Object.entries(prices)) });
      }
      after = page.next;
    } while (after !== undefined);
  }

  /** As they were reckoned last. */
  get figures(): TailRiskFigures {
    return this.now;
  }

  /** Takes a sample when it is time, and reckons with what there is. */
  async tick(): Promise<void> {
    const atUs = this.options.clock.nowUs();
    const isDue = this.samples.isDue(atUs);
    if (isDue) await this.sample(atUs);
    else if (atUs - this.reckonedAtUs < FIGURES_US) return;
    this.reckonedAtUs = atUs;
    this.now = this.reckon();
  }

  private async sample(atUs: number): Promise<void> {
    const { state, settings, logger } = this.options;
    const prices = this.prices();
    if (prices.size === 0) return;
    this.samples.add({ atUs, prices });
    try {
      await state.transact([
        {
          kind: 'create',
          key: {
            table: 'risk',
            partition: PARTITION,
            sort: String(atUs).padStart(SORT_DIGITS, '0'),
          },
          attributes: { json: JSON.stringify(Object.fromEntries(prices)) },
          expiresAtUs: atUs + settings.samplesMax * settings.sampleMs * 1000,
        },
      ]);
      this.failing = false;
    } catch (error) {
      // It counts until a restart; the next is stored again.
      if (!this.failing) logger.warn('risk.sample_unsaved', 'a sample is not stored', { error });
      this.failing = true;
    }
  }

  private reckon(): TailRiskFigures {
    const { method, confidence, horizonMs, sampleMs, samplesMin } = this.options.settings;
    const exposures = this.exposures();
    const changes = exposures === undefined ? [] : this.samples.changesOf(exposures);
    if (changes.length < samplesMin) {
      return { samples: changes.length, valueAtRisk: undefined, expectedShortfall: undefined };
    }
    const options = { confidence, horizon: horizonMs / sampleMs };
    // Of Cornish and Fisher's distribution there is no closed mean: the samples' own stands in.
    const tail = method === 'parametric' ? 'parametric' : 'historical';
    return {
      samples: changes.length,
      valueAtRisk: figure(valueAtRisk(changes, method, options)),
      expectedShortfall: figure(expectedShortfall(changes, tail, options)),
    };
  }

  private prices(): ReadonlyMap<string, number> {
    const { marks } = this.options;
    const prices = new Map<string, number>();
    for (const { venue, instrument, price } of marks.all()) {
      const quote = quoteOf(instrument);
      const rate = marks.rateOf(quote)?.toNumber();
      if (rate === undefined) continue;
      prices.set(`${venue} ${instrument}`, price.toNumber() * rate);
      prices.set(quote, rate);
    }
    return prices;
  }

  /** What is held of each factor; undefined while something that is held has no price. */
  private exposures(): ReadonlyMap<string, number> | undefined {
    const prices = this.prices();
    const exposures = new Map<string, number>();
    for (const { venue, instrument, position } of this.options.positions.byMarket()) {
      const quote = quoteOf(instrument);
      const market = `${venue} ${instrument}`;
      for (const [factor, units] of [
        [market, position.quantity.toNumber()],
        [quote, position.cash.toNumber()],
      ] as const) {
        if (units === 0) continue;
        const price = prices.get(factor);
        if (price === undefined) return undefined;
        exposures.set(factor, (exposures.get(factor) ?? 0) + units * price);
      }
    }
    return exposures;
  }
}

/** What could be earned is no risk. */
const figure = (value: number): Decimal =>
  value > 0 ? Decimal.fromNumber(Number(value.toFixed(SCALE))) : Decimal.ZERO;
