import type { Counter, Gauge, Metrics } from '@ats/runtime';

/** What the simulator counts; labels are venues, kinds and reasons, all bounded. */
export interface SimulatorMetrics {
  readonly steps: Counter<never>;
  readonly stepsSkipped: Counter<never>;
  readonly busySeconds: Counter<never>;
  readonly frames: Counter<'venue'>;
  readonly faultedFrames: Counter<'venue' | 'fault'>;
  readonly connections: Gauge<'venue'>;
  readonly refusedConnections: Counter<'venue' | 'reason'>;
  readonly slowClients: Counter<'venue'>;
  readonly requests: Counter<'venue' | 'status'>;
  readonly faults: Counter<'venue' | 'kind'>;
  readonly accountOrders: Counter<'venue' | 'result'>;
}

export function simulatorMetrics(metrics: Metrics): SimulatorMetrics {
  const name = (what: string): string => `ats_venue_simulator_${what}`;
  return {
    steps: metrics.counter({
      name: name('steps_total'),
      help: 'Steps of the market model.',
      labels: [],
    }),
    stepsSkipped: metrics.counter({
      name: name('steps_skipped_total'),
      help: 'Steps left out because the process was late beyond simulator.catchUpStepsMax.',
      labels: [],
    }),
    busySeconds: metrics.counter({
      name: name('busy_seconds_total'),
      help: 'Time spent in steps, the frames they cause included.',
      labels: [],
    }),
    frames: metrics.counter({
      name: name('frames_sent_total'),
      help: 'WebSocket frames given to sockets.',
      labels: ['venue'],
    }),
    faultedFrames: metrics.counter({
      name: name('frames_faulted_total'),
      help: 'Data frames dropped or doubled by a fault.',
      labels: ['venue', 'fault'],
    }),
    connections: metrics.gauge({
      name: name('connections'),
      help: 'Open WebSocket connections.',
      labels: ['venue'],
    }),
    refusedConnections: metrics.counter({
      name: name('connections_refused_total'),
      help: 'WebSocket connections refused: path, limit or maintenance.',
      labels: ['venue', 'reason'],
    }),
    slowClients: metrics.counter({
      name: name('slow_clients_total'),
      help: 'Clients disconnected at simulator.sendBufferBytesMax.',
      labels: ['venue'],
    }),
    requests: metrics.counter({
      name: name('requests_total'),
      help: 'REST requests by the status of their answer.',
      labels: ['venue', 'status'],
    }),
    faults: metrics.counter({
      name: name('faults_total'),
      help: 'Faults asked for, by venue and kind.',
      labels: ['venue', 'kind'],
    }),
    accountOrders: metrics.counter({
      name: name('account_orders_total'),
      help: 'Orders of accounts: accepted, or why they were refused.',
      labels: ['venue', 'result'],
    }),
  };
}
