import type { AssetId, Decimal } from '@ats/domain';
import type { Clock, Logger } from '@ats/runtime';
import type { StateStore } from '@ats/storage';
import { curveAfter, type ProfitPoint } from '../domain/profit/profit-curve.ts';
import { addTo, type Sums } from '../domain/profit/sums.ts';
import { type Valuation, valuationOf } from '../domain/profit/valuation.ts';
import {
  historyAfter,
  type ProfitHistory,
  type Standing,
  WINDOW_NAMES,
  type WindowFigures,
  type WindowName,
  windowFigures,
} from '../domain/profit/windows.ts';
import type { LedgerKeeper } from './ledger-keeper.ts';
import type { MarkBook } from './mark-book.ts';
import type { PositionKeeper } from './position-keeper.ts';
import { ProfitStore } from './profit-store.ts';
import type { UnhedgedKeeper } from './unhedged-keeper.ts';

/** Longest that what is stored may lag behind; starts of windows and peaks are stored at once. */
const STORED_AGE_US = 10_000_000;
/** How long profit may be unknown before readiness says so. */
const PATIENCE_US = 30_000_000;

export interface ProfitKeeperOptions {
  readonly positions: Pick<PositionKeeper, 'byMarket'>;
  readonly ledger: Pick<LedgerKeeper, 'funding'>;
  readonly unhedged: Pick<UnhedgedKeeper, 'total'>;
  readonly marks: MarkBook;
  /** Whether all that happened before the start has been read from the log. */
  readonly caughtUp: () => Promise<boolean>;
  readonly state: StateStore;
  /** IANA name. */
  readonly timeZone: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Profit of all accounts in the numeraire, since ever and in windows, its peak and how far it is
 * below that. What windows started with and the peak outlive restarts.
 */
export class ProfitKeeper {
  private readonly options: ProfitKeeperOptions;
  private readonly store: ProfitStore;
  private kept: ProfitHistory | undefined;
  private points: readonly ProfitPoint[] = [];
  private valued: Valuation | undefined;
  private storedAtUs = 0;
  private wholeAtUs: number;
  private failure = '';
  private running: Promise<void> | undefined;

  constructor(options: ProfitKeeperOptions) {
    this.options = options;
    this.store = new ProfitStore(options.state);
    this.wholeAtUs = options.clock.nowUs();
  }

  /** @throws when the store cannot be read */
  async load(): Promise<void> {
    this.points = await this.store.loadCurve();
    const stored = await this.store.load();
    if (stored === undefined) return;
    this.kept = stored.history;
    this.options.marks.take(stored.marks);
  }

  /** Undefined until profit could be counted for the first time. */
  get history(): ProfitHistory | undefined {
    return this.kept;
  }

  /** Profit of the last month, in order; the newest point is as it was counted last. */
  get curve(): readonly ProfitPoint[] {
    const { kept, points } = this;
    if (kept === undefined) return points;
    return [...points.filter(({ atUs }) => atUs < kept.last.atUs), pointOf(kept)];
  }

  /** As it was counted last, whole or not. */
  get valuation(): Valuation | undefined {
    return this.valued;
  }

  /** Figures of a window; undefined while profit is not known. */
  window(name: WindowName): WindowFigures | undefined {
    const { kept } = this;
    if (kept === undefined || this.valued?.whole !== true) return undefined;
    return windowFigures(kept.windows[name].start, kept.last, this.options.marks.rateOf);
  }

  trouble(): string {
    if (this.failure !== '') return `windows of profit are not stored: ${this.failure}`;
    const { valued } = this;
    if (valued?.whole !== false) return '';
    if (this.options.clock.nowUs() - this.wholeAtUs < PATIENCE_US) return '';
    return `profit is not known: ${valued.unmarked.join('; ')}`;
  }

  /** Counts profit anew. One call at a time does it; others wait for that one. */
  tick(): Promise<void> {
    this.running ??= this.count().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  async close(): Promise<void> {
    await this.running;
    if (this.kept !== undefined) await this.save();
  }

  private async count(): Promise<void> {
    const { marks, clock, caughtUp, timeZone } = this.options;
    await marks.refresh();
    const nowUs = clock.nowUs();
    const valued = valuationOf(this.options.positions.byMarket(), marks);
    this.valued = valued;
    if (!valued.whole) return;
    this.wholeAtUs = nowUs;
    // The first windows begin with what there is, and not with nothing.
    if (this.kept === undefined && !(await caughtUp())) return;
    const before = this.kept;
    const after = historyAfter(before, this.standing(valued, nowUs), timeZone);
    this.kept = after;
    await this.extendCurve(pointOf(after));
    if (
      before !== undefined &&
      !mustStore(before, after) &&
      nowUs - this.storedAtUs < STORED_AGE_US
    )
      return;
    await this.save();
  }

  private async extendCurve(point: ProfitPoint): Promise<void> {
    const curve = curveAfter(this.points, point);
    if (curve === this.points) return;
    this.points = curve;
    // A chart without a minute is still one: the next point stores it all.
    await this.store.saveCurve(curve).catch((error: unknown) => {
      this.options.logger.warn('risk.curve_unsaved', 'the curve of profit is not stored', {
        error,
      });
    });
  }

  private async save(): Promise<void> {
    const { marks, clock, logger } = this.options;
    if (this.kept === undefined) return;
    try {
      await this.store.save({ history: this.kept, marks: marks.all() });
      this.storedAtUs = clock.nowUs();
      this.failure = '';
    } catch (error) {
      // Everything is stored with the next one.
      this.storedAtUs = 0;
      const message = error instanceof Error ? error.message : String(error);
      if (this.failure === '') logger.error('risk.profit_unsaved', message, { error });
      this.failure = message;
    }
  }

  private standing(valued: Valuation, atUs: number): Standing {
    const { realisedIn, feesIn, profit } = valued;
    const { total } = this.options.unhedged;
    return { atUs, profit, realisedIn, feesIn, fundingIn: this.fundingIn(), unhedged: total };
  }

  private fundingIn(): Sums {
    const sums = new Map<AssetId, Decimal>();
    for (const { asset, amount } of this.options.ledger.funding()) addTo(sums, asset, amount);
    return sums;
  }
}

const pointOf = ({ last, drawdown }: ProfitHistory): ProfitPoint => ({
  ...{ atUs: last.atUs, profit: last.profit },
  drawdown: drawdown.depth,
});

function mustStore(before: ProfitHistory, after: ProfitHistory): boolean {
  return (
    before.drawdown.peak !== after.drawdown.peak ||
    before.drawdown.deepest !== after.drawdown.deepest ||
    WINDOW_NAMES.some((name) => before.windows[name] !== after.windows[name])
  );
}
