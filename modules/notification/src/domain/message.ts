import type { Alert, Severity } from '@ats/domain';
import { isAtLeast } from '@ats/domain';
import type { DigestFigures } from './digest.ts';
import { idOf } from './ids.ts';

/** Alerts of one message that are told one by one; of the others there are counts. */
export const ENTRIES_MAX = 20;
/** What is kept of an alert at most, in characters, so that a message fits an item of the store. */
const TEXT_MAX = 800;
const NAME_MAX = 512;
const FACTS_MAX = 12;
const FACT_NAME_MAX = 60;
const FACT_MAX = 120;

/** One alert in a message. */
export interface MessageEntry {
  readonly deliveryId: string;
  readonly alert: Alert;
  /** The rule that chose it; empty where none did. */
  readonly ruleId: string;
  /** `raised:<severity>`, `recovered` or `escalated:<rule>:<step>`. */
  readonly state: string;
}

/** One message to one person on one channel, folded of one or more alerts. */
export interface Message {
  readonly messageId: string;
  readonly personId: string;
  readonly channel: string;
  /** What may be folded with what: `now`, `immediate`, `batched`, `hourly`, a snooze, a digest. */
  readonly group: string;
  /** Emergencies and tests pass quiet hours. */
  readonly passesQuiet: boolean;
  readonly openedAtUs: number;
  /** When it is sent, or tried again. */
  readonly dueAtUs: number;
  /** When it was to be sent first; quiet hours move it. */
  readonly wantedAtUs: number;
  /** The first ones, the most severe before others once there are too many. */
  readonly entries: readonly MessageEntry[];
  /** Of all alerts, those without an entry as well. */
  readonly counts: Readonly<Record<Severity | 'recovered', number>>;
  /** Nothing is folded into what was tried: the channel may have it. */
  readonly sealed: boolean;
  readonly attempts: number;
  /** Why the last try failed, and its code; empty where none has. */
  readonly error: string;
  readonly errorCode: string;
  readonly digest: DigestFigures | undefined;
  readonly test: boolean;
}

const NOTHING = { info: 0, warning: 0, critical: 0, emergency: 0, recovered: 0 };

/** A message of nothing yet. Its id follows from whom it tells and its first delivery. */
export function openMessage(
  about: Pick<Message, 'personId' | 'channel' | 'group'> & {
    readonly passesQuiet?: boolean;
    readonly firstDeliveryId: string;
    readonly nowUs: number;
    readonly dueAtUs: number;
  },
): Message {
  const { personId, channel, group, firstDeliveryId, nowUs, dueAtUs, passesQuiet } = about;
  return {
    messageId: idOf('message', personId, channel, group, firstDeliveryId),
    ...{ personId, channel, group, passesQuiet: passesQuiet ?? false },
    ...{ openedAtUs: nowUs, dueAtUs, wantedAtUs: dueAtUs },
    ...{ entries: [], counts: NOTHING, sealed: false, attempts: 0, error: '', errorCode: '' },
    ...{ digest: undefined, test: false },
  };
}

/** An alert with printable texts that are short enough to be kept many times over. */
export function shortened(alert: Alert): Alert {
  const { correlationId, runbook, summary, action, remedy } = alert;
  const facts = Object.entries(alert.facts).slice(0, FACTS_MAX);
  return {
    ...alert,
    summary: cut(summary, TEXT_MAX),
    action: cut(action, TEXT_MAX),
    remedy: cut(remedy, TEXT_MAX),
    runbook: cut(runbook, NAME_MAX),
    correlationId: cut(correlationId, NAME_MAX),
    facts: Object.fromEntries(
      facts.map(([name, value]) => [cut(name, FACT_NAME_MAX), cut(value, FACT_MAX)]),
    ),
  };
}

function cut(text: string, max: number): string {
  const plain = text.replaceAll(/\p{Cc}+/gu, ' ');
  return (plain.length <= max ? plain : `${plain.slice(0, max - 1)}…`).toWellFormed();
}

/** The message with one more alert. What recovers while its message waits is told in one line. */
export function fold(message: Message, entry: MessageEntry): Message {
  const kind = entry.alert.resolvedAtUs === undefined ? entry.alert.severity : 'recovered';
  const counts = { ...message.counts };
  counts[kind] += 1;
  const at = message.entries.findIndex(({ alert }) => alert.alertId === entry.alert.alertId);
  if (at >= 0) {
    const before = message.entries[at]?.alert;
    // One condition is counted once, as what became of it.
    if (before !== undefined) {
      counts[before.resolvedAtUs === undefined ? before.severity : 'recovered'] -= 1;
    }
    return { ...message, counts, entries: message.entries.with(at, entry) };
  }
  return { ...message, counts, entries: kept([...message.entries, entry]) };
}

/** The most severe, in the order in which they came; of equals the first. */
function kept(entries: readonly MessageEntry[]): readonly MessageEntry[] {
  if (entries.length <= ENTRIES_MAX) return entries;
  let least = entries.length - 1;
  for (const [index, { alert }] of entries.entries()) {
    const worst = entries[least]?.alert.severity ?? 'info';
    if (!isAtLeast(alert.severity, worst)) least = index;
  }
  return entries.toSpliced(least, 1);
}

/** How many alerts the message tells of. */
export function alertCount({ counts }: Message): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** The severity that the message has as a whole; undefined when all it tells of has ended. */
export function severityOf({ counts }: Message): Severity | undefined {
  const order = ['emergency', 'critical', 'warning', 'info'] as const;
  return order.find((severity) => counts[severity] > 0);
}

export interface FloodLimits {
  /** Messages to one person on one channel within the window before more are folded. */
  readonly messagesMax: number;
  readonly windowUs: number;
  /** How long a message waits for others at least. */
  readonly foldUs: number;
}

/**
 * When a message that is wanted at once is due: soon, or, in a flood, once the window has room.
 * @param sentAtUs when messages went to this person on this channel, the oldest first
 */
export function soonUs(sentAtUs: readonly number[], nowUs: number, limits: FloodLimits): number {
  const { messagesMax, windowUs, foldUs } = limits;
  const recent = sentAtUs.filter((atUs) => atUs > nowUs - windowUs);
  const blocking = recent.at(-messagesMax);
  const free = recent.length < messagesMax || blocking === undefined ? 0 : blocking + windowUs;
  return Math.max(nowUs + foldUs, free);
}
