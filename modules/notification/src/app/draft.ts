import { type Alert, Decimal } from '@ats/domain';
import { STATE_LIMITS, type TransactItem } from '@ats/storage';
import type { NotificationSettings } from '../config.ts';
import { type Condition, isAcknowledged, stateOf } from '../domain/condition.ts';
import { HOUR_US, tallyName } from '../domain/digest.ts';
import { fold, type Message, openMessage, soonUs } from '../domain/message.ts';
import { BELL } from '../domain/person.ts';
import type { Delivery } from '../domain/plan.ts';
import { quarterOf } from '../domain/trade-tally.ts';
import { nextHourUs } from '../domain/zoned-time.ts';
import { keys } from './keys.ts';
import type { Change, NotificationState } from './notification-state.ts';
import type { SentTimes } from './sent-times.ts';
import { create, put } from './stored.ts';

const DAY_US = 24 * HOUR_US;
const BELL_TEXT = 'a bell';

export interface DraftParts {
  readonly state: NotificationState;
  readonly settings: NotificationSettings;
  readonly sent: SentTimes;
  /** Grows from one line of a bell to the next. */
  readonly ringUs: () => number;
}

/** One line of a bell, as stored. */
export interface BellLine {
  readonly alert: Alert;
  readonly recovered: boolean;
  readonly rungAtUs: number;
}

/** Gathers what some alerts change, so that it is one transaction, all or nothing. */
export class Draft {
  private readonly parts: DraftParts;
  private readonly nowUs: number;
  private readonly guards: TransactItem[] = [];
  private readonly conditions = new Map<string, Condition>();
  private readonly messages = new Map<string, Message>();
  private readonly tally = new Map<string, bigint>();
  private readonly rung = new Set<string>();

  constructor(parts: DraftParts, nowUs: number) {
    this.parts = parts;
    this.nowUs = nowUs;
  }

  /** Items that the transaction would have. */
  get size(): number {
    const tally = this.tally.size > 0 ? 1 : 0;
    return this.guards.length + this.conditions.size + this.messages.size + tally;
  }

  /** Whether one more alert has room, with as many deliveries as are queued at once. */
  get roomy(): boolean {
    return this.size < STATE_LIMITS.transactItemsMax - 55;
  }

  condition(key: string): Condition | undefined {
    return this.conditions.get(key) ?? this.parts.state.conditions.get(key);
  }

  setCondition(condition: Condition): void {
    this.conditions.set(condition.alert.key, condition);
  }

  /** Says that the alert was taken in, and counts it. */
  seen(alert: Alert): void {
    const expiresAtUs = this.nowUs + this.parts.settings.dedupWindowHours * HOUR_US;
    const key = keys.seen(alert.alertId, stateOf(alert));
    this.guards.push(create(key, alert.key, expiresAtUs));
    if (alert.resolvedAtUs === undefined && !isAcknowledged(alert))
      this.count(tallyName(alert.area, alert.severity));
  }

  count(name: string): void {
    this.tally.set(name, (this.tally.get(name) ?? 0n) + 1n);
  }

  /** Queues one delivery: on a bell at once, else in a message. */
  deliver(delivery: Delivery, alert: Alert): void {
    const { settings, ringUs } = this.parts;
    const { deliveryId, personId, channel, ruleId, state } = delivery;
    const untilUs = this.nowUs + settings.dedupWindowHours * HOUR_US;
    if (channel === BELL) {
      const rungAtUs = ringUs();
      const line: BellLine = { alert, recovered: alert.resolvedAtUs !== undefined, rungAtUs };
      const expiresAtUs = this.nowUs + settings.bellDays * DAY_US;
      this.guards.push(create(keys.told(deliveryId), BELL_TEXT, untilUs));
      this.guards.push(create(keys.bell(personId, rungAtUs, deliveryId), line, expiresAtUs));
      this.rung.add(personId);
      return;
    }
    const message = fold(this.messageFor(delivery), { deliveryId, alert, ruleId, state });
    this.messages.set(message.messageId, message);
    this.guards.push(create(keys.told(deliveryId), message.messageId, untilUs));
  }

  setMessage(message: Message): void {
    this.messages.set(message.messageId, message);
  }

  /** @returns the change, whose result names whose bells were rung */
  change(): Change<ReadonlySet<string>> {
    const { state } = this.parts;
    const items = [
      ...this.guards,
      ...[...this.conditions].map(([key, condition]) => put(keys.condition(key), condition)),
      ...[...this.messages.values()].map((one) => put(keys.pending(one.messageId), one)),
      ...tallyItem(this.tally, this.nowUs),
    ];
    const apply = (): void => {
      for (const [key, condition] of this.conditions) state.conditions.set(key, condition);
      for (const [messageId, message] of this.messages) state.pending.set(messageId, message);
    };
    return { items, apply, result: this.rung };
  }

  /** The message that gathers for this person, channel and time, or a new one. */
  private messageFor({ personId, channel, timing, deliveryId }: Delivery): Message {
    const group = timing.kind === 'snoozed' ? `snoozed:${timing.muteId}` : timing.kind;
    const same = (one: Message): boolean =>
      !one.sealed && one.personId === personId && one.channel === channel && one.group === group;
    const found =
      [...this.messages.values()].find(same) ??
      [...this.parts.state.pending.values()].find(
        (one) => same(one) && !this.messages.has(one.messageId),
      );
    if (found !== undefined) return found;
    const { nowUs } = this;
    return openMessage({
      ...{ personId, channel, group, nowUs },
      passesQuiet: timing.kind === 'now',
      firstDeliveryId: deliveryId,
      dueAtUs: this.dueAtUs({ personId, channel, timing }),
    });
  }

  private dueAtUs(delivery: Pick<Delivery, 'personId' | 'channel' | 'timing'>): number {
    const { personId, channel, timing } = delivery;
    const { settings, sent, state } = this.parts;
    const { nowUs } = this;
    switch (timing.kind) {
      case 'snoozed':
        return timing.untilUs;
      case 'batched':
        return nowUs + settings.batchMs * 1000;
      case 'hourly':
        return nextHourUs(nowUs, state.people.get(personId)?.zone ?? settings.zone);
      default: {
        const { messagesMax, windowMs } = settings.flood;
        // An emergency waits for no other message, but a flood of emergencies is folded as well.
        const factor = timing.kind === 'now' ? 2 : 1;
        return soonUs(sent.of(personId, channel), nowUs, {
          messagesMax: messagesMax * factor,
          windowUs: windowMs * 1000,
          foldUs: settings.foldMs * 1000,
        });
      }
    }
  }
}

/** Adds to the counts of the quarter of an hour in which `nowUs` is. */
export function tallyItem(
  counts: ReadonlyMap<string, bigint>,
  nowUs: number,
): readonly TransactItem[] {
  if (counts.size === 0) return [];
  const key = keys.tally(quarterOf(nowUs));
  const increment = Object.fromEntries(
    [...counts].map(([name, count]) => [name, Decimal.parse(String(count))]),
  );
  return [{ kind: 'update', key, increment }];
}
