import type { InstrumentId, VenueId } from './ids.ts';

/** How soon a person should look, from "for the record" to "now, whatever the hour". */
export const SEVERITIES = ['info', 'warning', 'critical', 'emergency'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** What part of the work an alert is about. */
export const ALERT_AREAS = ['risk', 'trade', 'system', 'security'] as const;
export type AlertArea = (typeof ALERT_AREAS)[number];

/** That somebody has a condition in hand. */
export interface Acknowledgement {
  readonly actor: string;
  /** What they said; may be empty. */
  readonly reason: string;
  /** Microseconds since the epoch. */
  readonly atUs: number;
}

/** What a person should know of. Alerts with the same key are one condition. */
export interface Alert {
  readonly alertId: string;
  /** Names the condition, such as `venue.down:kraken`. */
  readonly key: string;
  readonly severity: Severity;
  readonly area: AlertArea;
  /** What happened, a sentence. */
  readonly summary: string;
  /** What the system has done about it by itself, a sentence; empty where nothing. */
  readonly action: string;
  /** What a person can do, a sentence. */
  readonly remedy: string;
  /** The page of `docs/runbooks` about it, without its ending; empty where there is none. */
  readonly runbook: string;
  /** Small, printable facts; never a secret. */
  readonly facts: Readonly<Record<string, string>>;
  /** Absent where it is about none, or about several. */
  readonly venue: VenueId | undefined;
  /** Absent where it is about none, or about several. */
  readonly instrument: InstrumentId | undefined;
  /** Microseconds since the epoch. */
  readonly raisedAtUs: number;
  /** Microseconds since the epoch; undefined while the condition stands. */
  readonly resolvedAtUs: number | undefined;
  /** Leads to the call or frame that caused it. */
  readonly correlationId: string;
  /** Undefined while nobody has it in hand. */
  readonly acknowledgement: Acknowledgement | undefined;
}

type Needed = 'key' | 'severity' | 'area' | 'summary' | 'raisedAtUs';

/** An alert of which only what there is to say is said. Its id is its key and when it began. */
export function makeAlert(said: Pick<Alert, Needed> & Partial<Alert>): Alert {
  const alertId = `${said.key}:${said.raisedAtUs}`;
  const nothing = { action: '', remedy: '', runbook: '', facts: {} };
  const nowhere = { venue: undefined, instrument: undefined };
  const open = { resolvedAtUs: undefined, acknowledgement: undefined };
  return { alertId, correlationId: alertId, ...nothing, ...nowhere, ...open, ...said };
}

/** Whether one is at least as severe as the other. */
export function isAtLeast(severity: Severity, least: Severity): boolean {
  return SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(least);
}
