import { type AccountId, type MarketId, marketId } from '@ats/domain';
import type { Clock, Logger } from '@ats/runtime';
import { type Closing, planClosing } from '../domain/flatten/closing-plan.ts';
import {
  beginFlatten,
  type ClosingPlan,
  type FlattenState,
  withPlans,
} from '../domain/flatten/flatten-state.ts';
import type { TradeRules } from '../domain/trade/trade-rules.ts';
import type { UnwindMarket } from '../domain/trade/unwind-plan.ts';
import { ClosingOrders } from './closing-orders.ts';
import { begunTelling, endTelling, stuckTelling } from './flatten-alert.ts';
import { FlattenLook, type Situation } from './flatten-look.ts';
import type { FlattenStore, Telling } from './flatten-store.ts';
import type { OrderDesk } from './order-desk.ts';
import type { OpenPosition, RiskDesk } from './risk-desk.ts';
import type { SagaStore } from './saga-store.ts';
import type { TradeDesk } from './trade-desk.ts';

export interface FlattenerOptions {
  readonly accountId: AccountId;
  readonly numeraire: string;
  readonly rules: TradeRules;
  readonly store: FlattenStore;
  readonly sagas: Pick<SagaStore, 'forgetAccumulated'>;
  readonly risk: RiskDesk;
  readonly orders: OrderDesk;
  readonly desk: TradeDesk;
  /** Every market of a base with its book and balances. */
  readonly marketsOf: (base: string) => Promise<readonly UnwindMarket[]>;
  /** Reads the balances again; resolves when they are known, or could not be had. */
  readonly readBalances: () => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Closes what is open while risk says `flatten`: ends trades, cancels orders, then lowers positions
 * by one order for each market at a time, never larger than what is left of it.
 *
 * Each turn begins with what is stored and what is open, so one that fails or is killed is taken
 * again. An order is stored before it is sent, under an id that follows from what is stored, and
 * nothing more is sent to its market before it has ended and risk has counted it.
 */
export class Flattener {
  private readonly options: FlattenerOptions;
  private readonly look: FlattenLook;
  private readonly closing: ClosingOrders;
  private state: FlattenState | undefined;
  private loaded = false;
  private turning: Promise<void> | undefined;
  private stopped = false;
  /** Why the turn failed, and what cannot be closed since when, by what is said of it. */
  private failure = '';
  private waits: ReadonlyMap<string, number> = new Map();

  constructor(options: FlattenerOptions) {
    this.options = options;
    this.look = new FlattenLook(options);
    this.closing = new ClosingOrders(options);
  }

  /** Asks risk, and does what is due. Call it regularly; never rejects. */
  check(): Promise<void> {
    if (this.stopped) return Promise.resolve();
    this.turning ??= this.turn()
      .then(() => {
        this.failure = '';
      })
      .catch((error: unknown) => this.failed(error))
      .finally(() => {
        this.turning = undefined;
      });
    return this.turning;
  }

  /**
   * What an engine does that leaves the closing to another: begins nothing and ends its own trades.
   * Never rejects: without risk's word it stays as it was.
   */
  async follow(): Promise<void> {
    const { risk, desk } = this.options;
    this.state = undefined;
    this.loaded = false;
    const mode = await risk.mode().catch(() => (desk.flattening ? 'flatten' : undefined));
    desk.flattening = mode === 'flatten';
    if (desk.flattening) await this.endTrades().catch(() => undefined);
  }

  /** What an operator should know; empty while nothing is being closed. */
  troubles(): readonly string[] {
    if (this.state === undefined) return [];
    if (this.state.phase === 'flat') return ['everything is closed until a person resumes'];
    const waits = [...this.waits.keys()];
    return ['everything is being closed', ...waits, ...(this.failure === '' ? [] : [this.failure])];
  }

  /** Begins nothing more; what is stored is taken up by the next start. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.options.store.close();
    await this.turning;
  }

  /** What was stored, or not, is read before anything else is done. */
  private failed(error: unknown): void {
    this.loaded = false;
    const failure = `it waits: ${error instanceof Error ? error.message : String(error)}`;
    if (this.state !== undefined && failure !== this.failure && !this.stopped) {
      this.options.logger.warn('flatten.waits', 'a turn of the flatten failed', { error });
    }
    this.failure = failure;
  }

  private async turn(): Promise<void> {
    const { store, risk, desk } = this.options;
    if (!this.loaded) {
      this.state = await store.load();
      this.loaded = true;
      desk.flattening ||= this.state !== undefined;
    }
    const mode = await risk.mode();
    if (mode === 'flatten') return this.flatten();
    if (this.state !== undefined) return this.end(this.state);
    desk.flattening = false;
  }

  private async flatten(): Promise<void> {
    const { desk, clock, logger, sagas } = this.options;
    desk.flattening = true;
    if (this.state === undefined) {
      const begun = beginFlatten(clock.nowUs());
      logger.warn('flatten.begun', 'what is open is closed', { flattenId: begun.flattenId });
      await this.save(begun, begunTelling(begun));
    }
    await this.endTrades();
    // Positions have what trades carried over: closed there, it must not be closed once more.
    await sagas.forgetAccumulated(this.current);
    const silent = await this.settle({ again: true });
    const situation = await this.look.look(this.current);
    await this.closing.cancel(this.current, situation.standing);
    await this.close(situation, silent);
  }

  private async endTrades(): Promise<void> {
    const { desk } = this.options;
    const ending = desk.open().filter(({ state }) => state !== 'UNWINDING');
    await Promise.all(ending.map((trade) => desk.cancel(trade.tradeId, 'everything is closed')));
  }

  private get current(): FlattenState {
    if (this.state === undefined) throw new Error('no flatten is under way');
    return this.state;
  }

  private async save(after: FlattenState | undefined, telling?: Telling): Promise<void> {
    this.state = await this.options.store.save(this.state, after, telling);
  }

  /** @returns the markets whose order has not ended, and why */
  private async settle({ again }: { readonly again: boolean }) {
    const { state, waits } = await this.closing.settle(this.current, { again });
    if (state !== this.current) await this.save(state);
    return waits;
  }

  /** Plans one order for each market that can be acted on, stores all of them, then sends them. */
  private async close(
    { positions, standing, unsure }: Situation,
    silent: ReadonlyMap<MarketId, string>,
  ): Promise<void> {
    const { accountId, clock, rules, desk } = this.options;
    const held = new Map([...unsure, ...silent]);
    const plans: ClosingPlan[] = [];
    const waits = [...held].map(([market, why]) => `${market}: ${why}`);
    const left: string[] = [];
    if (positions.length > 0) await this.options.readBalances();
    for (const position of positions) {
      const market = marketId(position);
      if (held.has(market) || this.isUnderWay(market)) continue;
      const planned = await this.planFor(position);
      if (planned.kind === 'order') plans.push(planned.plan);
      else if (planned.kind === 'wait') waits.push(`${market}: ${planned.why}`);
      else left.push(describe(position));
    }
    const underWay = this.current.open.length + standing.length + desk.openCount;
    const flat = plans.length + waits.length + underWay === 0;
    await this.tell({ flat, left, waits });
    if (plans.length === 0) return;
    const nowUs = clock.nowUs();
    const sendBeforeUs = nowUs + rules.legTimeoutUs;
    const before = this.current.open.length;
    await this.save(withPlans(this.current, plans, { accountId, nowUs, sendBeforeUs }));
    const { current } = this;
    const made = current.open.slice(before);
    await Promise.all(made.map((one) => this.closing.submit(current, one)));
  }

  private isUnderWay(market: MarketId): boolean {
    return this.current.open.some((closing) => marketId(closing) === market);
  }

  private async planFor({ venue, instrument, quantity }: OpenPosition): Promise<Closing> {
    const { desk, clock, rules, marketsOf } = this.options;
    const base = instrument.split('/')[0] ?? '';
    if (desk.open().some((trade) => trade.base === base)) {
      return { kind: 'wait', why: 'a trade is being unwound' };
    }
    const market = (await marketsOf(base)).find(
      ({ listing }) => listing.venue === venue && listing.instrument === instrument,
    );
    if (market === undefined) return { kind: 'wait', why: 'it is not listed' };
    return planClosing(quantity, { market, nowUs: clock.nowUs(), rules: rules.unwind });
  }

  /** Says once that everything is closed, that it is not any more, and what cannot be for long. */
  private async tell(found: {
    readonly flat: boolean;
    readonly left: readonly string[];
    readonly waits: readonly string[];
  }): Promise<void> {
    const { clock, numeraire, logger, rules } = this.options;
    const { flat, left } = found;
    const nowUs = clock.nowUs();
    this.waits = new Map(found.waits.map((one) => [one, this.waits.get(one) ?? nowUs]));
    const { phase, told } = this.current;
    if (flat && phase === 'closing') {
      const telling = endTelling(this.current, { flat, left, numeraire, nowUs });
      logger.warn('flatten.flat', telling.alert.summary);
      return this.save({ ...this.current, phase: 'flat', told: [] }, telling);
    }
    if (!flat && phase === 'flat') {
      const again: FlattenState = { ...this.current, phase: 'closing', sinceUs: nowUs };
      return this.save(again, begunTelling(again));
    }
    const stuck = [...this.waits].filter(
      ([, sinceUs]) => nowUs - sinceUs >= rules.unwind.timeMaxUs,
    );
    const news = stuck.map(([one]) => one);
    if (news.every((one) => told.includes(one))) return;
    logger.error('flatten.stuck', news.join('; '));
    await this.save({ ...this.current, told: news }, stuckTelling(this.current, news));
  }

  /** Risk says something else: what is under way is taken in, and the flatten is over. */
  private async end(state: FlattenState): Promise<void> {
    await this.settle({ again: false });
    if (this.current.open.length > 0) return;
    const { risk, accountId, clock, numeraire, desk, logger } = this.options;
    if (state.phase === 'closing') {
      const left = (await risk.positions(accountId)).map(describe);
      const nowUs = clock.nowUs();
      const telling = endTelling(this.current, { flat: false, left, numeraire, nowUs });
      logger.warn('flatten.ended', telling.alert.summary);
      await this.save(undefined, telling);
    } else {
      await this.save(undefined);
    }
    this.look.clear();
    this.waits = new Map();
    desk.flattening = false;
  }
}

const describe = ({ venue, instrument, quantity }: OpenPosition): string =>
  `${quantity} of ${instrument} at ${venue}`;
