import type { Counter, Gauge, Histogram, Metrics } from '@ats/runtime';

export interface NotificationMetrics {
  readonly alerts: Counter<'area' | 'severity'>;
  readonly unreadable: Counter<never>;
  readonly messages: Counter<'channel' | 'outcome'>;
  readonly failedTries: Counter<'channel'>;
  readonly latencySeconds: Histogram<'channel'>;
  readonly pending: Gauge<'channel'>;
  readonly openConditions: Gauge<never>;
  readonly breakerOpen: Gauge<'channel'>;
  readonly escalations: Counter<never>;
  readonly forgotten: Counter<never>;
  readonly behind: Gauge<'what'>;
}

/** The service's metrics; `channel` is a name of the configuration. */
export function notificationMetrics(metrics: Metrics): NotificationMetrics {
  return {
    alerts: metrics.counter({
      name: 'ats_notification_alerts_total',
      help: 'Alerts taken in.',
      labels: ['area', 'severity'],
    }),
    unreadable: metrics.counter({
      name: 'ats_notification_unreadable_total',
      help: 'Records of the log that are no alerts; they were parked.',
      labels: [],
    }),
    messages: metrics.counter({
      name: 'ats_notification_messages_total',
      help: 'Messages by what became of them: delivered, dead, dropped.',
      labels: ['channel', 'outcome'],
    }),
    failedTries: metrics.counter({
      name: 'ats_notification_failed_tries_total',
      help: 'Tries that a channel did not take.',
      labels: ['channel'],
    }),
    latencySeconds: metrics.histogram({
      name: 'ats_notification_latency_seconds',
      help: 'From when a message was due to when the channel had it.',
      labels: ['channel'],
      buckets: [0.1, 0.5, 1, 5, 15, 60, 300, 1800],
    }),
    pending: metrics.gauge({
      name: 'ats_notification_pending_messages',
      help: 'Messages that wait for their time or the next try.',
      labels: ['channel'],
    }),
    openConditions: metrics.gauge({
      name: 'ats_notification_open_conditions',
      help: 'Conditions that stand.',
      labels: [],
    }),
    breakerOpen: metrics.gauge({
      name: 'ats_notification_breaker_open',
      help: '1 while a channel keeps failing and is not called.',
      labels: ['channel'],
    }),
    escalations: metrics.counter({
      name: 'ats_notification_escalations_total',
      help: 'Conditions told to the next person, because nobody had acknowledged.',
      labels: [],
    }),
    forgotten: metrics.counter({
      name: 'ats_notification_conditions_forgotten_total',
      help: 'Conditions forgotten because conditionsMax was reached.',
      labels: [],
    }),
    behind: metrics.gauge({
      name: 'ats_notification_behind_ratio',
      help: '1 while trades are not counted, digests not written, alerts or messages not kept.',
      labels: ['what'],
    }),
  };
}
