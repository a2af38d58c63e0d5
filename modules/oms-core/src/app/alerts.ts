import { wireCodec } from '@ats/contracts';
import type { Clock, Logger } from '@ats/runtime';
import type { EventLog } from '@ats/storage';

const CODEC = wireCodec('ats.alert.v1.Alert');

/** A condition that a person should know of, or its end. */
export interface Alert {
  /** Names the condition, such as `venue.closed:kraken`. */
  readonly key: string;
  readonly severity: 'info' | 'warning' | 'critical';
  readonly summary: string;
  readonly facts: Readonly<Record<string, string>>;
  /** Microseconds since the epoch; 0 while the condition stands. */
  readonly raisedAtUs: number;
  readonly resolvedAtUs: number;
}

const SEVERITIES = {
  info: 'SEVERITY_INFO',
  warning: 'SEVERITY_WARNING',
  critical: 'SEVERITY_CRITICAL',
} as const;

/** Tells people through the log's topic `alerts`. One that the log does not take is logged. */
export class Alerts {
  private readonly log: EventLog;
  private readonly logger: Logger;
  private readonly clock: Clock;

  constructor(parts: { readonly log: EventLog; readonly logger: Logger; readonly clock: Clock }) {
    this.log = parts.log;
    this.logger = parts.logger;
    this.clock = parts.clock;
  }

  send(alert: Alert): void {
    const { key, severity, summary, facts, raisedAtUs, resolvedAtUs } = alert;
    const alertId = `${key}:${raisedAtUs}`;
    const write = severity === 'info' || resolvedAtUs > 0 ? 'info' : 'error';
    this.logger[write]('oms.alert', summary, { alertId, ...facts });
    const eventId = `${alertId}:${this.clock.nowUs()}`;
    const payload = CODEC.encode({
      alertId,
      key,
      severity: SEVERITIES[severity],
      area: 'ALERT_AREA_SYSTEM',
      summary,
      facts: { ...facts },
      raisedAtUs,
      resolvedAtUs,
      correlationId: '',
    });
    const headers = { schema: CODEC.fullName, eventId, correlationId: alertId };
    this.log.append({ topic: 'alerts', key, headers, payload }).catch((error: unknown) => {
      this.logger.error('oms.alert_lost', 'the log did not take an alert', { alertId, error });
    });
  }
}
