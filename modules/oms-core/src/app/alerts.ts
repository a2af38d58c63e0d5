import type { Alert } from '@ats/domain';
import { alertRecord } from '@ats/orders';
import type { Clock, Logger } from '@ats/runtime';
import type { EventLog } from '@ats/storage';

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
    const { alertId, severity, summary, facts, resolvedAtUs } = alert;
    const write = severity === 'info' || resolvedAtUs !== undefined ? 'info' : 'error';
    this.logger[write]('oms.alert', summary, { alertId, ...facts });
    this.log.append(alertRecord(alert, `${this.clock.nowUs()}`)).catch((error: unknown) => {
      this.logger.error('oms.alert_lost', 'the log did not take an alert', { alertId, error });
    });
  }
}
