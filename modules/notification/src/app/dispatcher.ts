import type { AtsError } from '@ats/domain';
import {
  type Clock,
  fullJitterMs,
  type Logger,
  type RandomStream,
  type Timers,
} from '@ats/runtime';
import type { StateStore, TransactItem } from '@ats/storage';
import type { NotificationSettings } from '../config.ts';
import { HOUR_US } from '../domain/digest.ts';
import { alertCount, type Message } from '../domain/message.ts';
import { quietUntilUs } from '../domain/zoned-time.ts';
import { retryAfterMsOf } from './channel.ts';
import type { ChannelDesk } from './channel-desk.ts';
import { tallyItem } from './draft.ts';
import { keys } from './keys.ts';
import type { NotificationMetrics } from './metrics.ts';
import type { NotificationState } from './notification-state.ts';
import type { SentTimes } from './sent-times.ts';
import { create, put, readJson } from './stored.ts';

/** Longest that a drain waits for channels. */
const DRAIN_MS = 2000;

const NO_ERROR = { error: '', errorCode: '' };

export type Outcome = 'delivered' | 'dead' | 'dropped';

/** A message with what became of it, as the history has it. */
export interface FinishedMessage extends Message {
  readonly outcome: Outcome;
  readonly finishedAtUs: number;
  /** From when it was wanted to its end. */
  readonly latencyUs: number;
}

export interface DispatcherOptions {
  readonly state: NotificationState;
  readonly store: Pick<StateStore, 'query'>;
  readonly channels: ChannelDesk;
  readonly sent: SentTimes;
  readonly settings: NotificationSettings;
  readonly clock: Clock;
  readonly timers: Pick<Timers, 'after'>;
  readonly random: RandomStream;
  readonly logger: Logger;
  readonly metrics: NotificationMetrics;
}

/**
 * Sends what is due. Before its first try a message is sealed, durably: from then on it is the
 * same message with the same id, whoever tries it, also after a crash. Messages of one person,
 * channel and group go one after the other; what happens while one is tried gathers in the next.
 */
export class Dispatcher {
  private readonly options: DispatcherOptions;
  private readonly underWay = new Map<string, Promise<void>>();
  /** Messages on their way by channel. */
  private readonly load = new Map<string, number>();
  private lastFinishedUs = 0;
  private closed = false;
  private abandoned = false;

  constructor(options: DispatcherOptions) {
    this.options = options;
  }

  /** What was sent lately, from the history, so that a flood is known after a restart. */
  async start(): Promise<void> {
    const { store, sent, clock, settings } = this.options;
    const fromUs = clock.nowUs() - settings.flood.windowMs * 1000;
    const query = { table: 'notifications', partition: 'history', order: 'descending' } as const;
    const { items } = await store.query({ ...query, limit: 200 });
    const recent = items.map((item) => readJson<FinishedMessage>(item));
    this.lastFinishedUs = recent[0]?.finishedAtUs ?? 0;
    for (const { outcome, finishedAtUs, personId, channel } of recent.reverse()) {
      if (outcome === 'delivered' && finishedAtUs > fromUs) {
        sent.add(personId, channel, finishedAtUs);
      }
    }
  }

  /** Begins to send whatever is due. */
  async tick(): Promise<void> {
    for (const message of this.due()) await this.dispatch(message);
  }

  /** Waits a little for what is on its way; whatever is not done then is sent at the next start. */
  async drain(): Promise<void> {
    this.closed = true;
    const ended = Promise.all(this.underWay.values());
    const late = Promise.withResolvers<void>();
    const timer = this.options.timers.after(DRAIN_MS, () => late.resolve());
    await Promise.race([ended, late.promise]);
    timer.cancel();
    // What a channel says from now on is not heard: the next start asks it again.
    this.abandoned = true;
  }

  /** One of each lane at most, as many as the channels may have on their way. */
  private due(): readonly Message[] {
    const { state, clock, settings } = this.options;
    const nowUs = clock.nowUs();
    const lanes = new Set<string>();
    const load = new Map(this.load);
    const due: Message[] = [];
    for (const message of state.pending.values()) {
      const { channel, messageId, personId, group } = message;
      const lane = JSON.stringify([personId, channel, group]);
      // The first of a lane decides, though it may wait for its next try.
      if (lanes.has(lane)) continue;
      lanes.add(lane);
      if (message.dueAtUs > nowUs || this.underWay.has(messageId) || this.closed) continue;
      const count = load.get(channel) ?? 0;
      if (count >= settings.concurrencyMax) continue;
      load.set(channel, count + 1);
      due.push(message);
    }
    return due;
  }

  private async dispatch(message: Message): Promise<void> {
    const { state, clock, channels } = this.options;
    const { messageId, personId, channel } = message;
    const person = state.people.get(personId);
    const address = person?.addresses[channel];
    if (person === undefined || address === undefined || !channels.has(channel)) {
      const why = person === undefined ? 'the person is gone' : `no way to reach: ${channel}`;
      return this.finish(messageId, 'dropped', { error: why, errorCode: 'NOTIFICATION_UNKNOWN' });
    }
    const quietUs = message.passesQuiet ? undefined : quietUntilUs(person, clock.nowUs());
    if (quietUs !== undefined) {
      return this.amend(messageId, (one) => ({ ...one, dueAtUs: quietUs, wantedAtUs: quietUs }));
    }
    await this.amend(messageId, (one) => ({ ...one, sealed: true, attempts: one.attempts + 1 }));
    const sealed = state.pending.get(messageId);
    if (sealed === undefined || this.closed) return;
    this.load.set(channel, (this.load.get(channel) ?? 0) + 1);
    const work = this.send(sealed, address).finally(() => {
      this.underWay.delete(messageId);
      this.load.set(channel, (this.load.get(channel) ?? 1) - 1);
    });
    this.underWay.set(messageId, work);
  }

  /** Never rejects: what the store does not take is tried again as if it had not been sent. */
  private async send(message: Message, address: string): Promise<void> {
    const { channels, logger, state } = this.options;
    const { messageId, channel, personId } = message;
    try {
      const outcome = await channels.send({
        message,
        address,
        person: state.people.get(personId),
      });
      if (this.abandoned) return;
      if (outcome.kind === 'sent') await this.finish(messageId, 'delivered', NO_ERROR);
      else await this.failed(message, outcome.error);
    } catch (error) {
      const fields = { messageId, channel, error };
      logger.error('notification.outcome_not_stored', 'the message may be sent again', fields);
    }
  }

  private async failed(message: Message, error: AtsError): Promise<void> {
    const { settings, clock, random, metrics, logger } = this.options;
    const { messageId, channel, personId, attempts } = message;
    const closed = error.code === 'RPC_CIRCUIT_OPEN';
    if (!closed) metrics.failedTries.add({ channel });
    const { baseMs, maxMs, attemptsMax } = settings.retry;
    const why = error.message.slice(0, 500);
    if (!closed && (error.retry === 'never' || attempts >= attemptsMax)) {
      logger.error('notification.dead', why, { messageId, channel, personId, attempts });
      return this.finish(messageId, 'dead', { error: why, errorCode: error.code });
    }
    const jitterMs = fullJitterMs({ attempt: attempts - 1, baseMs, maxMs, random: random.next() });
    // A breaker that is open costs no try; it lets one through after `openMs`.
    const waitMs = closed
      ? settings.breaker.openMs + fullJitterMs({ attempt: 0, baseMs, maxMs, random: random.next() })
      : Math.max(jitterMs, retryAfterMsOf(error));
    if (!closed) logger.warn('notification.retry', why, { messageId, channel, attempts, waitMs });
    await this.amend(messageId, (one) => ({
      ...one,
      error: why,
      errorCode: error.code,
      attempts: closed ? Math.max(0, one.attempts - 1) : one.attempts,
      dueAtUs: clock.nowUs() + waitMs * 1000,
    }));
  }

  private amend(messageId: string, change: (message: Message) => Message): Promise<void> {
    const { state } = this.options;
    return state.change(() => {
      const before = state.pending.get(messageId);
      if (before === undefined) return { items: [], apply: () => {}, result: undefined };
      const after = change(before);
      const apply = (): void => void state.pending.set(messageId, after);
      return { items: [put(keys.pending(messageId), after)], apply, result: undefined };
    });
  }

  private async finish(
    messageId: string,
    outcome: Outcome,
    failure: Pick<Message, 'error' | 'errorCode'>,
  ): Promise<void> {
    const { state, clock, settings, metrics, sent, channels, logger } = this.options;
    const finished = await state.change(() => {
      const message = state.pending.get(messageId);
      if (message === undefined) return { items: [], apply: () => {}, result: undefined };
      // Later than any before, though the clock steps back: copies go on from the last one.
      const finishedAtUs = Math.max(clock.nowUs(), this.lastFinishedUs + 1);
      const latencyUs = Math.max(0, finishedAtUs - message.wantedAtUs);
      const result: FinishedMessage = { ...message, ...failure, outcome, finishedAtUs, latencyUs };
      const expiresAtUs = finishedAtUs + settings.historyDays * 24 * HOUR_US;
      const items: TransactItem[] = [
        { kind: 'delete', key: keys.pending(messageId) },
        create(keys.history(finishedAtUs, messageId), result, expiresAtUs),
        ...(outcome === 'dead' ? [create(keys.dead(messageId), result, expiresAtUs)] : []),
        ...(outcome === 'dropped' ? [] : tallyItem(new Map([[outcome, 1n]]), finishedAtUs)),
      ];
      const apply = (): void => {
        state.pending.delete(messageId);
        this.lastFinishedUs = finishedAtUs;
      };
      return { items, apply, result };
    });
    if (finished === undefined) return;
    const { channel, personId, finishedAtUs, latencyUs, attempts } = finished;
    if (outcome === 'delivered') sent.add(personId, channel, finishedAtUs);
    metrics.messages.add({ channel, outcome });
    if (outcome === 'delivered') metrics.latencySeconds.observe({ channel }, latencyUs / 1e6);
    channels.count(channel, outcome, latencyUs);
    const alerts = alertCount(finished);
    const fields = { messageId, channel, personId, alerts, attempts, latencyUs };
    logger.info(`notification.${outcome}`, 'a message has ended', fields);
  }
}
