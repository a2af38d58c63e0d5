import { type Alert, AtsError } from '@ats/domain';
import { readAlert } from '@ats/orders';
import type { Clock, Logger } from '@ats/runtime';
import type { EventLog, LogBatch, LogRecord, LogSubscription, StateStore } from '@ats/storage';
import { isAcknowledged, stateOf, withAlert } from '../domain/condition.ts';
import { shortened } from '../domain/message.ts';
import { type Delivery, planDeliveries } from '../domain/plan.ts';
import { Draft, type DraftParts } from './draft.ts';
import { keys } from './keys.ts';
import type { NotificationMetrics } from './metrics.ts';

/** The group in whose name offsets are committed. */
const NOTIFICATION_GROUP = 'notification';

const BATCH_MAX = 64;
/** Deliveries of one alert that are queued in one transaction, two items each. */
const SPREAD_MAX = 25;

export interface AlertIntakeOptions extends DraftParts {
  readonly log: EventLog;
  readonly store: Pick<StateStore, 'get'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: NotificationMetrics;
  /** Called with whose bells were rung. */
  readonly onRung: (personIds: ReadonlySet<string>) => void;
}

/**
 * Takes alerts from the log: who is to be told is decided and durably queued, then the offset is
 * committed. What comes again is recognised by what was stored with it.
 */
export class AlertIntake {
  /** Alerts taken in since the start. */
  taken = 0;
  private readonly options: AlertIntakeOptions;
  private subscription: LogSubscription | undefined;
  private failure: string | undefined;

  constructor(options: AlertIntakeOptions) {
    this.options = options;
  }

  async start(): Promise<void> {
    this.subscription = await this.options.log.subscribe({
      group: NOTIFICATION_GROUP,
      topics: ['alerts'],
      batchMax: BATCH_MAX,
      handle: (batch) => this.handle(batch),
    });
  }

  /** Why alerts are not taken in; undefined when they are. */
  get trouble(): string | undefined {
    return this.failure;
  }

  async close(): Promise<void> {
    await this.subscription?.close();
  }

  /** Takes alerts as if the log had delivered them. @returns their deliveries, old ones as well */
  async take(given: readonly Alert[]): Promise<readonly Delivery[]> {
    const alerts = given.map(shortened);
    const planned: Delivery[] = [];
    for (let from = 0; from < alerts.length; ) {
      await this.spread(alerts[from]);
      const { count, deliveries } = await this.takeSome(alerts.slice(from));
      planned.push(...deliveries);
      from += count;
    }
    return planned;
  }

  /** Queues in several transactions what is too much for one; the alert is seen after the last. */
  private async spread(alert: Alert | undefined): Promise<void> {
    const { state, clock, store, onRung } = this.options;
    if (alert === undefined || (await this.wasSeen(alert))) return;
    const planned = planDeliveries(alert, state.audience(), clock.nowUs());
    for (let from = 0; planned.length > SPREAD_MAX && from < planned.length; from += SPREAD_MAX) {
      const rung = await state.change(async () => {
        const draft = new Draft(this.options, clock.nowUs());
        for (const delivery of planned.slice(from, from + SPREAD_MAX)) {
          const told = await store.get(keys.told(delivery.deliveryId));
          if (told === undefined) draft.deliver(delivery, alert);
        }
        return draft.change();
      });
      onRung(rung);
    }
  }

  private async handle(batch: LogBatch): Promise<void> {
    try {
      const alerts: Alert[] = [];
      for (const record of batch.records) {
        const alert = await this.read(batch, record);
        if (alert !== undefined) alerts.push(alert);
      }
      await this.take(alerts);
      await batch.commit();
      this.failure = undefined;
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
      throw error;
    }
  }

  private async read(batch: LogBatch, record: LogRecord): Promise<Alert | undefined> {
    try {
      return readAlert(record);
    } catch (error) {
      if (!(error instanceof AtsError)) throw error;
      const { logger, metrics } = this.options;
      const fields = { offset: record.offset, error };
      logger.error('notification.alert_unreadable', 'an alert cannot be read: parked', fields);
      metrics.unreadable.add({});
      await batch.park(record, error.message);
      return undefined;
    }
  }

  /** As many alerts as one transaction holds, at least one. */
  private async takeSome(
    alerts: readonly Alert[],
  ): Promise<{ readonly count: number; readonly deliveries: readonly Delivery[] }> {
    const { state, clock, onRung, logger, metrics } = this.options;
    const deliveries: Delivery[] = [];
    const fresh: Alert[] = [];
    let count = 0;
    const rung = await state.change(async () => {
      const draft = new Draft(this.options, clock.nowUs());
      const seen = new Set<string>();
      while (count < alerts.length && (count === 0 || draft.roomy)) {
        const alert = alerts[count];
        if (alert === undefined) break;
        const name = `${alert.alertId} ${stateOf(alert)}`;
        const planned = planDeliveries(alert, state.audience(), clock.nowUs());
        deliveries.push(...planned);
        if (!seen.has(name) && !(await this.wasSeen(alert))) {
          await this.addTo(draft, alert, planned);
          fresh.push(alert);
        }
        seen.add(name);
        count += 1;
      }
      return draft.change();
    });
    this.taken += fresh.length;
    for (const alert of fresh) {
      const { area, severity, key, resolvedAtUs } = alert;
      if (isAcknowledged(alert)) continue;
      metrics.alerts.add({ area, severity });
      const what = resolvedAtUs === undefined ? 'raised' : 'recovered';
      logger.info('notification.alert', 'an alert was taken in', { key, severity, what });
    }
    onRung(rung);
    return { count, deliveries };
  }

  private async addTo(draft: Draft, alert: Alert, planned: readonly Delivery[]): Promise<void> {
    const { state, clock, store } = this.options;
    const rules = [...state.rules.values()];
    const nowUs = clock.nowUs();
    draft.setCondition(withAlert(draft.condition(alert.key), alert, { rules, nowUs }));
    draft.seen(alert);
    const told = await Promise.all(planned.map((one) => store.get(keys.told(one.deliveryId))));
    for (const [index, delivery] of planned.entries()) {
      if (told[index] === undefined) draft.deliver(delivery, alert);
    }
  }

  private async wasSeen(alert: Alert): Promise<boolean> {
    const key = keys.seen(alert.alertId, stateOf(alert));
    return (await this.options.store.get(key)) !== undefined;
  }
}
