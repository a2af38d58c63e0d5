import type { WireMessages } from '@ats/contracts';
import { LatencyRecorder } from '@ats/runtime';
import type { DeliveryTick, TickStore } from '@ats/storage';
import { HOUR_US } from '../domain/digest.ts';
import { alertCount, severityOf } from '../domain/message.ts';
import type { FinishedMessage } from './dispatcher.ts';

type WireRecord = WireMessages['ats.notification.v1.DeliveryRecord'];

const LIMIT_MAX = 10_000;
/** What is looked at when nobody says since when. */
const DEFAULT_US = 7 * 24 * HOUR_US;
/** Keys in one line. */
const KEYS_MAX = 20;

/** A line of the history in the tick store. */
export function messageRecord(message: FinishedMessage): DeliveryTick {
  const { messageId, personId, channel, outcome, entries, attempts, latencyUs, error } = message;
  // Messages of an earlier version say neither rules nor codes.
  const { errorCode = '' } = message;
  const [first] = entries;
  const of = <Value>(values: readonly Value[]): Value[] => [...new Set(values)].slice(0, KEYS_MAX);
  return {
    ...{ kind: 'delivery', messageId, personId, channel, outcome, attempts, latencyUs },
    ...{ errorCode, error, receivedAtUs: message.finishedAtUs },
    venue: first?.alert.venue ?? '',
    instrument: first?.alert.instrument ?? '',
    severity: severityOf(message) ?? (alertCount(message) > 0 ? 'recovered' : ''),
    alertKeys: of(entries.map(({ alert }) => alert.key)),
    alerts: alertCount(message),
    ruleIds: of(entries.flatMap(({ ruleId = '' }) => (ruleId === '' ? [] : [ruleId]))),
  };
}

export interface DeliveryQuery {
  readonly fromUs: number;
  readonly toUs: number;
  readonly personId: string;
  readonly channel: string;
  readonly outcome: DeliveryTick['outcome'] | undefined;
  readonly alertKey: string;
  readonly limit: number;
}

type Ticks = Pick<TickStore, 'scan'>;

/** Every line of a span once, in the order of time. */
async function* linesOf(
  ticks: Ticks,
  span: { readonly fromUs: number; readonly toUs?: number },
): AsyncGenerator<DeliveryTick> {
  // What was recorded around a kill may be there twice, with the same time.
  let seen = new Set<string>();
  let atUs = 0;
  for await (const batch of ticks.scan({ kind: 'delivery', ...span })) {
    for (const tick of batch) {
      if (tick.receivedAtUs !== atUs) seen = new Set();
      atUs = tick.receivedAtUs;
      if (seen.has(tick.messageId)) continue;
      seen.add(tick.messageId);
      yield tick;
    }
  }
}

/** Lines of the history, the newest first. */
export async function listDeliveries(
  query: DeliveryQuery,
  { ticks, nowUs }: { readonly ticks: Ticks; readonly nowUs: number },
): Promise<readonly WireRecord[]> {
  const { personId, channel, outcome, alertKey } = query;
  const limit = Math.min(LIMIT_MAX, query.limit || 100);
  const fromUs = query.fromUs || nowUs - DEFAULT_US;
  const span = query.toUs === 0 ? { fromUs } : { fromUs, toUs: query.toUs };
  const found: DeliveryTick[] = [];
  for await (const tick of linesOf(ticks, span)) {
    if (personId !== '' && tick.personId !== personId) continue;
    if (channel !== '' && tick.channel !== channel) continue;
    if (outcome !== undefined && tick.outcome !== outcome) continue;
    if (alertKey !== '' && !tick.alertKeys.includes(alertKey)) continue;
    found.push(tick);
    if (found.length >= 2 * limit) found.splice(0, limit);
  }
  return found.slice(-limit).reverse().map(recordToWire);
}

/** What became of messages on one channel in a span. */
export interface DeliverySums {
  delivered: number;
  dead: number;
  failedTries: number;
  readonly latencies: LatencyRecorder;
}

/** Sums since a moment, by channel. */
export async function deliverySums(
  ticks: Ticks,
  fromUs: number,
): Promise<ReadonlyMap<string, DeliverySums>> {
  const sums = new Map<string, DeliverySums>();
  for await (const { channel, outcome, attempts, latencyUs } of linesOf(ticks, { fromUs })) {
    const sum = sums.get(channel) ?? {
      ...{ delivered: 0, dead: 0, failedTries: 0, latencies: new LatencyRecorder() },
    };
    sums.set(channel, sum);
    sum.failedTries += outcome === 'delivered' ? attempts - 1 : attempts;
    if (outcome === 'dead') sum.dead += 1;
    if (outcome !== 'delivered') continue;
    sum.delivered += 1;
    sum.latencies.record(latencyUs);
  }
  return sums;
}

/** Sums as figures of a channel; nothing where it had no messages. */
export function pastFigures(sums: DeliverySums | undefined) {
  const { delivered = 0, dead = 0, failedTries = 0, latencies } = sums ?? {};
  return { delivered, dead, failedTries, latency: (latencies ?? new LatencyRecorder()).summary() };
}

function recordToWire(tick: DeliveryTick): WireRecord {
  const { messageId, personId, channel, alerts, attempts, latencyUs, errorCode, error } = tick;
  return {
    ...{ messageId, personId, channel, alerts, attempts, latencyUs, errorCode, error },
    outcome: `MESSAGE_OUTCOME_${tick.outcome.toUpperCase() as Uppercase<DeliveryTick['outcome']>}`,
    severity: tick.severity,
    alertKeys: [...tick.alertKeys],
    ruleIds: [...tick.ruleIds],
    finishedAtUs: tick.receivedAtUs,
  };
}
