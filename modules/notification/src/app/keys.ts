import type { ItemKey } from '@ats/storage';
import { idOf } from '../domain/ids.ts';

const key = (partition: string, sort: string): ItemKey => ({
  table: 'notifications',
  partition,
  sort,
});

const digits = (timeUs: number): string => String(timeUs).padStart(16, '0');

/** Partitions of table `notifications` whose items are read as a whole. */
export const LISTS = ['people', 'rules', 'mutes', 'conditions', 'pending', 'digests'] as const;
export type ListName = (typeof LISTS)[number];

/** Where each kind of item is kept in table `notifications`. */
export const keys = {
  person: (personId: string) => key('people', personId),
  rule: (ruleId: string) => key('rules', ruleId),
  mute: (muteId: string) => key('mutes', muteId),
  /** A condition's key may be longer than a sort key can be. */
  condition: (conditionKey: string) => key('conditions', idOf(conditionKey)),
  pending: (messageId: string) => key('pending', messageId),
  /** When the next digest is due, of one person on one channel. */
  digest: (personId: string, channel: string) => key('digests', `${personId}/${channel}`),
  /** An alert in a state that was taken in. */
  seen: (alertId: string, state: string) => key('seen', idOf(alertId, state)),
  /** A delivery that was queued: it expires with the de-dup window. */
  told: (deliveryId: string) => key('told', deliveryId),
  history: (finishedAtUs: number, messageId: string) =>
    key('history', `${digits(finishedAtUs)}-${messageId}`),
  dead: (messageId: string) => key('dead', messageId),
  bell: (personId: string, rungAtUs: number, deliveryId: string) =>
    key(`bell:${personId}`, `${digits(rungAtUs)}-${deliveryId}`),
  /** Alerts and messages of a quarter of an hour. */
  tally: (quarterUs: number) => key('tally', digits(quarterUs)),
  /** Trades that ended in a quarter of an hour. */
  quarter: (quarterUs: number) => key('trades', digits(quarterUs)),
  /** A trade that is in its quarter's sums. */
  counted: (tradeId: string) => key('trade', tradeId),
  /** How far the history is in the tick store. */
  recorded: () => key('recorded', 'history'),
};
