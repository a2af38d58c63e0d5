import { alertRecord } from '@ats/orders';
import type { Clock, Logger } from '@ats/runtime';
import type { EventLog, StateStore, TransactItem } from '@ats/storage';
import { acknowledged, type Condition, escalate, nextEscalationUs } from '../domain/condition.ts';
import { HOUR_US } from '../domain/digest.ts';
import { planEscalation } from '../domain/plan.ts';
import { unknown } from './directory.ts';
import { Draft, type DraftParts } from './draft.ts';
import { keys } from './keys.ts';
import type { NotificationMetrics } from './metrics.ts';
import { put } from './stored.ts';

const DAY_US = 24 * HOUR_US;
/** Items that one sweep removes. */
const SWEEP_MAX = 50;
const SWEEP_PERIOD_US = 60_000_000;

export interface WatchOptions extends DraftParts {
  readonly log: Pick<EventLog, 'append'>;
  readonly store: Pick<StateStore, 'get' | 'query'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: NotificationMetrics;
  readonly onRung: (personIds: ReadonlySet<string>) => void;
}

/** What happens by the clock alone: escalations, ends of mutes, forgetting. */
export class Watch {
  private readonly options: WatchOptions;
  private sweepDueUs = 0;

  constructor(options: WatchOptions) {
    this.options = options;
  }

  async tick(): Promise<void> {
    const { clock, state } = this.options;
    const nowUs = clock.nowUs();
    const due: string[] = [];
    for (const [key, condition] of state.conditions) {
      if (condition.escalations.length === 0) continue;
      if ((nextEscalationUs(condition) ?? Number.POSITIVE_INFINITY) <= nowUs) due.push(key);
    }
    for (const key of due) await this.escalate(key);
    if (nowUs < this.sweepDueUs) return;
    this.sweepDueUs = nowUs + SWEEP_PERIOD_US;
    await this.sweep();
  }

  /**
   * Says on the log that somebody has a condition in hand, for everybody who shows it, and holds to
   * it here at once.
   * @throws NOTIFICATION_UNKNOWN, and what the log throws
   */
  async acknowledge(key: string, actor: string): Promise<Condition> {
    const { state, clock, logger, log } = this.options;
    const { alert, acknowledgedBy } = state.conditions.get(key) ?? {};
    if (alert?.resolvedAtUs === undefined && alert !== undefined && acknowledgedBy === undefined) {
      const acknowledgement = { actor, reason: '', atUs: clock.nowUs() };
      await log.append(
        alertRecord({ ...alert, acknowledgement }, `acknowledged:${alert.severity}`),
      );
    }
    return state.change(() => {
      const before = state.conditions.get(key);
      if (before === undefined) throw unknown('condition', key);
      const after = acknowledged(before, actor, clock.nowUs());
      const apply = (): void => {
        state.conditions.set(key, after);
        logger.info('notification.acknowledged', 'somebody has it in hand', { key, actor });
      };
      return { items: [put(keys.condition(key), after)], apply, result: after };
    });
  }

  private async escalate(key: string): Promise<void> {
    const { state, clock, store, metrics, logger, onRung } = this.options;
    const rung = await state.change(async () => {
      const nowUs = clock.nowUs();
      const draft = new Draft(this.options, nowUs);
      const before = state.conditions.get(key);
      if (before === undefined) return draft.change();
      const { condition, told } = escalate(before, nowUs);
      draft.setCondition(condition);
      if (told === undefined) return draft.change();
      const { personId } = told;
      for (const delivery of planEscalation(
        condition.alert,
        { ...told, nowUs },
        state.audience(),
      )) {
        const old = await store.get(keys.told(delivery.deliveryId));
        if (old === undefined) draft.deliver(delivery, condition.alert);
      }
      metrics.escalations.add({});
      logger.warn('notification.escalated', 'nobody acknowledged it in time', { key, personId });
      return draft.change();
    });
    onRung(rung);
  }

  /** Forgets mutes that are over, conditions that have long ended, and old counts. */
  private async sweep(): Promise<void> {
    const { state, clock, settings, store, metrics } = this.options;
    const nowUs = clock.nowUs();
    const keepUs = settings.historyDays * DAY_US;
    const mutes = [...state.mutes.values()].filter(({ untilUs = nowUs + 1 }) => untilUs <= nowUs);
    const ended = [...state.conditions.values()]
      .filter(({ alert }) => alert.resolvedAtUs !== undefined)
      .sort((one, other) => (one.alert.resolvedAtUs ?? 0) - (other.alert.resolvedAtUs ?? 0));
    const over = Math.max(0, state.conditions.size - settings.conditionsMax);
    const old = ended.filter(
      ({ alert }, index) => index < over || (alert.resolvedAtUs ?? nowUs) < nowUs - keepUs,
    );
    const page = await store.query({
      table: 'notifications',
      partition: 'tally',
      limit: SWEEP_MAX,
    });
    const counts = page.items.filter(({ key }) => Number(key.sort) < nowUs - keepUs);
    const daily = new Set(
      [...state.rules.values()]
        .filter(({ frequency }) => frequency === 'daily')
        .map(({ personId, channel }) => `${personId}/${channel}`),
    );
    const digests = [...state.digests].filter(([name]) => !daily.has(name)).slice(0, 20);
    const some = { mutes: mutes.slice(0, 20), old: old.slice(0, 20), counts: counts.slice(0, 20) };
    metrics.forgotten.add({}, Math.min(over, some.old.length));
    await state.change(() => ({
      items: [
        ...some.mutes.map(({ muteId }) => keys.mute(muteId)),
        ...some.old.map(({ alert }) => keys.condition(alert.key)),
        ...some.counts.map(({ key }) => key),
        ...digests.map(([, { personId, channel }]) => keys.digest(personId, channel)),
      ].map((key): TransactItem => ({ kind: 'delete', key })),
      apply() {
        for (const { muteId } of some.mutes) state.mutes.delete(muteId);
        for (const { alert } of some.old) state.conditions.delete(alert.key);
        for (const [name] of digests) state.digests.delete(name);
      },
      result: undefined,
    }));
  }
}
