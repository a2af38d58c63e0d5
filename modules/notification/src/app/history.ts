import type { StateStore } from '@ats/storage';
import type { Message } from '../domain/message.ts';
import { unknown } from './directory.ts';
import type { FinishedMessage } from './dispatcher.ts';
import { keys } from './keys.ts';
import type { NotificationState } from './notification-state.ts';
import { put, readJson } from './stored.ts';

export interface HistoryQuery {
  readonly outcome: 'pending' | 'delivered' | 'dead' | 'dropped' | undefined;
  readonly personId: string;
  readonly limit: number;
}

const PAGE = 200;
/** Pages that one question reads. */
const PAGES_MAX = 25;
const LIMIT_MAX = 1000;

export interface HistoryOptions {
  readonly state: NotificationState;
  readonly store: Pick<StateStore, 'get' | 'query'>;
  readonly nowUs: () => number;
}

/** Messages, the newest first; those that wait are in memory. */
export async function listMessages(
  query: HistoryQuery,
  { state, store }: HistoryOptions,
): Promise<readonly (Message | FinishedMessage)[]> {
  const limit = Math.min(LIMIT_MAX, query.limit || 100);
  const wanted = (one: Message): boolean =>
    query.personId === '' || one.personId === query.personId;
  if (query.outcome === 'pending') {
    return [...state.pending.values()].filter(wanted).reverse().slice(0, limit);
  }
  const partition = query.outcome === 'dead' ? keys.dead('').partition : 'history';
  const found: FinishedMessage[] = [];
  let after: string | undefined;
  for (let page = 0; page < PAGES_MAX && found.length < limit; page += 1) {
    const asked = { table: 'notifications', partition, order: 'descending', limit: PAGE } as const;
    const { items, next } = await store.query(after === undefined ? asked : { ...asked, after });
    const messages = items.map((item) => readJson<FinishedMessage>(item));
    found.push(
      ...messages.filter(
        (one) => wanted(one) && (query.outcome === undefined || one.outcome === query.outcome),
      ),
    );
    if (next === undefined) break;
    after = next;
  }
  return found.sort((one, other) => other.finishedAtUs - one.finishedAtUs).slice(0, limit);
}

/** Puts a dead letter back to those that wait. @throws NOTIFICATION_UNKNOWN */
export function retryMessage(
  messageId: string,
  { state, store, nowUs }: HistoryOptions,
): Promise<Message> {
  return state.change(async () => {
    const item = messageId === '' ? undefined : await store.get(keys.dead(messageId));
    if (item === undefined) throw unknown('dead letter', messageId);
    const {
      outcome: _o,
      finishedAtUs: _f,
      latencyUs: _l,
      ...rest
    } = readJson<FinishedMessage>(item);
    const dueAtUs = nowUs();
    const message: Message = { ...rest, attempts: 0, dueAtUs, wantedAtUs: dueAtUs };
    return {
      items: [{ kind: 'delete', key: keys.dead(messageId) }, put(keys.pending(messageId), message)],
      apply: () => void state.pending.set(messageId, message),
      result: message,
    };
  });
}
