import type { Decimal } from '@ats/domain';
import { alertRecord } from '@ats/orders';
import type { Clock, Logger } from '@ats/runtime';
import { limitAlert } from '../domain/limits/limit-alert.ts';
import { limitId } from '../domain/limits/limit-change.ts';
import { BOARD_LIMITS, kindOf, type LimitName } from '../domain/limits/limit-names.ts';
import {
  judge,
  type LimitChangeKind,
  type LimitJudgement,
  type LimitReading,
  type LimitState,
} from '../domain/limits/limit-state.ts';
import type { BreachAction, LimitGauge, LimitTable } from '../domain/limits/limit-table.ts';
import type { Breach, BreachBoard } from './breach-board.ts';
import type { LimitNews, LimitStateStore } from './limit-state-store.ts';
import { AUTOMATIC } from './persons.ts';

/** What the monitor asks of the halt switch. */
export interface HaltingSwitch {
  readonly halt: object | undefined;
  stop(said: {
    readonly reason: string;
    readonly actor: string;
    readonly mode: Exclude<BreachAction, 'refuse'>;
  }): Promise<void>;
}

export interface LimitMonitorOptions {
  readonly gauges: readonly LimitGauge[];
  readonly limits: { readonly current: LimitTable };
  readonly halts: HaltingSwitch;
  readonly board: BreachBoard;
  readonly store: LimitStateStore;
  readonly numeraire: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Holds every gauge against its limit. People are told of each change of level once, whatever is
 * killed; a breach refuses and halts from the moment it is seen, whatever is stored.
 */
export class LimitMonitor {
  private readonly options: LimitMonitorOptions;
  private states = new Map<string, LimitState>();
  /** What the last look found a figure for. */
  private measured = new Set<string>();
  /** What is not stored yet: of each limit its newest state, and all that is told of it. */
  private readonly unsaved = new Map<string, LimitNews>();
  /** Halts on their way to the store: what they follow from is stored after them. */
  private readonly halting: Promise<void>[] = [];
  private saving: Promise<void> | undefined;
  private failure = '';

  constructor(options: LimitMonitorOptions) {
    this.options = options;
  }

  /** Takes up what people were told of, and refuses by it. @throws when the store cannot be read */
  async open(): Promise<void> {
    const stored = await this.options.store.load();
    this.states = new Map(stored.map((state) => [limitId(state), state]));
    this.options.board.replace(this.breaches());
  }

  /** Everything that the last look found a figure for. */
  all(): readonly LimitState[] {
    return [...this.states.values()].filter((state) => this.measured.has(limitId(state)));
  }

  /** Why levels would not survive a restart; empty when they would. */
  trouble(): string {
    return this.failure === '' ? '' : `levels of limits are not stored: ${this.failure}`;
  }

  /**
   * Looks at every gauge. Call it regularly: what refuses and halts does so at once, whatever
   * becomes of what is stored and told.
   * @returns resolves when that is stored as well, or has failed and is tried again next time
   */
  look(): Promise<void> {
    const { gauges, logger } = this.options;
    this.measured = new Set();
    for (const gauge of gauges) {
      try {
        for (const { of, value } of gauge.read()) this.hold(gauge.name, of, value);
      } catch (error) {
        // One gauge that fails leaves the others: its level stays what it was.
        logger.error('risk.gauge_failed', `${gauge.name} cannot be measured`, { error });
      }
    }
    this.options.board.replace(this.breaches());
    this.saving ??= this.save().finally(() => {
      this.saving = undefined;
    });
    return this.saving;
  }

  async close(): Promise<void> {
    // Whoever asks the store what became of a transaction gives up now.
    this.options.store.close();
    await this.saving;
  }

  private hold(name: LimitName, of: string, value: Decimal): void {
    const { limits, clock, halts } = this.options;
    const limit = limits.current.limit(name, of);
    const halted = halts.halt !== undefined;
    const reading = { name, of, value, limit, halted, nowUs: clock.nowUs() };
    const id = limitId(reading);
    const before = this.states.get(id);
    const judgement = judge(before, reading);
    const { state, change } = judgement;
    this.states.set(id, state);
    this.measured.add(id);
    if (change === undefined) return;
    // Safety comes first: what is stored and told comes after.
    if (judgement.halts) this.halting.push(this.halt(reading));
    this.tell({ ...judgement, change }, reading);
  }

  private async halt({ name, of, value, limit }: LimitReading): Promise<void> {
    const { halts, logger } = this.options;
    const { onBreach: mode } = limit;
    if (mode === 'refuse') return;
    const reason = `${limitId({ name, of })} is ${value.normalized()}, above ${limit.max}`;
    // The switch halts at once, and tries again to store it by itself.
    await halts.stop({ reason, actor: AUTOMATIC, mode }).catch((error: unknown) => {
      logger.error('risk.halt_unsaved', 'a halt by a limit is not stored yet', { error });
    });
  }

  private tell(
    judgement: LimitJudgement & { readonly change: LimitChangeKind },
    reading: LimitReading,
  ): void {
    const { state, change } = judgement;
    const id = limitId(state);
    const waiting = this.unsaved.get(id)?.records ?? [];
    if (change === 'resumed') {
      this.unsaved.set(id, { state, records: waiting });
      return;
    }
    const alert = limitAlert(judgement, reading, this.options.numeraire);
    const told = change === 'recovered' ? 'resolved' : `${change}:${state.sinceUs}`;
    this.unsaved.set(id, { state, records: [...waiting, alertRecord(alert, told)] });
    const { key, severity } = alert;
    this.options.logger[change === 'recovered' ? 'info' : 'warn']('risk.limit', alert.summary, {
      ...{ key, severity, change },
    });
  }

  private breaches(): readonly Breach[] {
    const { current } = this.options.limits;
    return [...this.states.values()].flatMap(({ name, of, level, value }): readonly Breach[] => {
      const { max } = current.limit(name, of);
      if (level !== 'breach' || max === undefined || !BOARD_LIMITS.has(name)) return [];
      return [{ name, of, value, max, reason: kindOf(name).reason }];
    });
  }

  private async save(): Promise<void> {
    try {
      for (;;) {
        while (this.halting.length > 0) await Promise.all(this.halting.splice(0));
        const news = [...this.unsaved];
        if (news.length === 0) break;
        const saved = await this.options.store.save(news.map(([, one]) => one));
        // What was in conflict is tried again at the next look.
        if (saved === 0) return;
        for (const [id, one] of news.slice(0, saved)) this.saved(id, one);
      }
      this.failure = '';
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (this.failure === '') this.options.logger.error('risk.levels_unsaved', message, { error });
      this.failure = message;
    }
  }

  /** What came about of the limit meanwhile is stored next. */
  private saved(id: string, stored: LimitNews): void {
    const now = this.unsaved.get(id);
    if (now === undefined || now === stored) this.unsaved.delete(id);
    else this.unsaved.set(id, { ...now, records: now.records.slice(stored.records.length) });
  }
}
