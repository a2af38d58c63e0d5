import type { Alert } from '@ats/domain';
import { alertRecord, type Outbox, transactSurely } from '@ats/orders';
import type { Clock, Gauge, Logger, Metrics, TimerHandle, Timers } from '@ats/runtime';
import type { ItemKey, StateStore, TransactItem } from '@ats/storage';
import type { PlanStep } from '../../domain/inventory/plan.ts';
import { type Runway, runsDry } from '../../domain/inventory/runway.ts';
import type { InventoryRules } from '../../inventory-config.ts';
import { dryAlert, recoveredAlert } from './inventory-alerts.ts';
import type { InventoryDesk, InventoryReading } from './inventory-desk.ts';
import { riskItems } from './window-sums.ts';

const ALERTS = 'inventory-alerts';
/** It is over when it has lasted so much longer than the warning for a quarter of a half-life. */
const RECOVERED_RATIO = 1.5;
const CALM_RATIO = 0.25;

/** A warning that stands. */
interface Standing {
  readonly raisedAtUs: number;
  readonly version: number;
}

export interface InventoryWatchOptions {
  readonly desk: InventoryDesk;
  readonly state: StateStore;
  readonly outbox: Outbox;
  readonly rules: InventoryRules;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Warns of assets that run out, and tells when they do not any more. Warnings outlive restarts. */
export class InventoryWatch {
  private readonly options: InventoryWatchOptions;
  private readonly seconds: Gauge<'venue' | 'asset'>;
  private timer: TimerHandle | undefined;
  private checking: Promise<void> | undefined;
  private failing = false;
  /** Since when what was warned of has lasted again, microseconds since the epoch. */
  private readonly calmSince = new Map<string, number>();
  private closed = false;

  constructor(options: InventoryWatchOptions) {
    this.options = options;
    this.seconds = options.metrics.gauge({
      name: 'ats_risk_inventory_runway_seconds',
      help: 'Time until an asset is used up at the current rate; +Inf: never, NaN: not known.',
      labels: ['venue', 'asset'],
    });
  }

  start(): void {
    const { timers, rules } = this.options;
    this.timer = timers.every(rules.checkMs, () => {
      this.checking ??= this.check().finally(() => {
        this.checking = undefined;
      });
    });
  }

  async close(): Promise<void> {
    this.closed = true;
    this.timer?.cancel();
    await this.checking;
  }

  /** Looks once. What fails is logged, and looked at again the next time. */
  async check(): Promise<void> {
    const { desk, logger } = this.options;
    try {
      const reading = await desk.read();
      const worst = worstByPlace(reading.runways);
      for (const { venue, asset, hours } of worst.values()) {
        this.seconds.set({ venue, asset }, hours * 3600);
      }
      await this.tell(worst, reading);
      this.failing = false;
    } catch (error) {
      const unknown = 'how long assets last is not known';
      if (!this.failing) logger.warn('risk.inventory_unread', unknown, { error });
      this.failing = true;
    }
  }

  private async tell(worst: ReadonlyMap<string, Runway>, reading: InventoryReading): Promise<void> {
    const { desk, clock, state, rules } = this.options;
    const { warnHours, numeraire } = rules.plan;
    const standing = new Map<string, Standing>();
    for await (const { key, attributes, version } of riskItems(state, ALERTS)) {
      standing.set(key.sort, { raisedAtUs: Number(attributes['raisedAtUs']), version });
    }
    let plan: readonly PlanStep[] | undefined;
    const nowUs = clock.nowUs();
    for (const [key, runway] of worst) {
      const stands = standing.get(key);
      if (stands === undefined || !hasRecovered(runway, warnHours)) this.calmSince.delete(key);
      else if (!this.calmSince.has(key)) this.calmSince.set(key, nowUs);
      const calmUs = nowUs - (this.calmSince.get(key) ?? nowUs);
      if (stands === undefined && runsDry(runway)) {
        plan ??= desk.plan(reading);
        const step = plan.find((one) => isOf(one, runway));
        await this.raise(key, dryAlert({ runway, step, numeraire, nowUs }));
      } else if (stands !== undefined && calmUs >= rules.flow.halfLifeUs * CALM_RATIO) {
        await this.resolve(key, recoveredAlert({ runway, nowUs, ...stands }), stands.version);
      }
    }
  }

  private raise(key: string, alert: Alert): Promise<void> {
    const raisedAtUs = String(alert.raisedAtUs);
    return this.store(alert, 'raised', {
      ...{ kind: 'create', key: keyOf(key), attributes: { raisedAtUs } },
    });
  }

  private resolve(key: string, alert: Alert, version: number): Promise<void> {
    const conditions = [{ kind: 'version', version }] as const;
    return this.store(alert, 'resolved', { kind: 'delete', key: keyOf(key), conditions });
  }

  /** Stored and told, or neither; another instance may have done it already. */
  private async store(alert: Alert, change: string, item: TransactItem): Promise<void> {
    const { state, outbox, logger } = this.options;
    const entry = outbox.entry([alertRecord(alert, change)]);
    const items = [item, entry.item];
    const giveUp = (): boolean => this.closed;
    const { kind } = await transactSurely({ state, outbox, entry, items, giveUp });
    if (kind !== 'committed') return;
    logger.info('risk.inventory', alert.summary);
    void outbox.publish(entry);
  }
}

const keyOf = (sort: string): ItemKey => ({ table: 'risk', partition: ALERTS, sort });

const isOf = (step: PlanStep, { accountId, venue, asset }: Runway): boolean =>
  step.runway.accountId === accountId && step.runway.venue === venue && step.runway.asset === asset;

const hasRecovered = ({ hours, level }: Runway, warnHours: number): boolean =>
  level !== 'empty' && hours >= warnHours * RECOVERED_RATIO;

/** One for each venue and asset: of several accounts the one that is short first. */
function worstByPlace(runways: readonly Runway[]): ReadonlyMap<string, Runway> {
  const rank = (one: Runway): number =>
    runsDry(one) || one.level === 'fine' ? one.hours : Number.POSITIVE_INFINITY;
  const worst = new Map<string, Runway>();
  for (const runway of runways) {
    const key = `${runway.venue}:${runway.asset}`;
    const known = worst.get(key);
    if (known === undefined || rank(runway) < rank(known)) worst.set(key, runway);
  }
  return worst;
}
