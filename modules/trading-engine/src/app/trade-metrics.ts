import { TRADE_ENDS, TRADE_STATES } from '@ats/domain';
import type { LatencyRecorder, Metrics } from '@ats/runtime';
import type { TradeDesk } from './trade-desk.ts';

/** Registers what is counted of trades. */
export function registerTradeMetrics(metrics: Metrics, desk: TradeDesk): void {
  const { totals } = desk;
  const counters = [
    ['ats_engine_trades_total', 'Trades that have ended, by state.', totals.byOutcome],
    ['ats_engine_trade_transitions_total', 'Changes of trades, by new state.', totals.transitions],
  ] as const;
  for (const [name, help, counts] of counters) {
    const counter = metrics.counter({ name, help, labels: ['state'] });
    for (const state of name.includes('transitions') ? TRADE_STATES : TRADE_ENDS) {
      counter.add({ state }, 0);
    }
    const told = new Map<string, number>();
    metrics.beforeCollect(() => {
      for (const [state, count] of counts) {
        // A late fill can move a trade from one end to another; a counter only grows.
        const more = count - (told.get(state) ?? 0);
        if (more <= 0) continue;
        counter.add({ state }, more);
        told.set(state, count);
      }
    });
  }
  const exposure = metrics.counter({
    name: 'ats_engine_unhedged_usd_seconds_total',
    help: 'Value that trades had open, times the time it was open.',
    labels: [],
  });
  const open = metrics.gauge({
    name: 'ats_engine_trades_open',
    help: 'Trades that have not ended.',
    labels: [],
  });
  const latency = metrics.gauge({
    name: 'ats_engine_trade_latency_seconds',
    help: 'From the frame to a stage of its trade since the start, by quantile.',
    labels: ['stage', 'quantile'],
  });
  totals.decisionToLog.tell(metrics, 'decision_to_log');
  const stages: readonly (readonly [string, LatencyRecorder])[] = [
    ['legs_taken', totals.frameToLegsTaken],
    ['legs_submitted', totals.frameToLegsSubmitted],
  ];
  let before = 0;
  metrics.beforeCollect(() => {
    exposure.add({}, Math.max(0, totals.unhedgedUsdSeconds - before));
    before = totals.unhedgedUsdSeconds;
    open.set({}, desk.openCount);
    for (const [stage, recorder] of stages) {
      for (const quantile of [0.5, 0.99, 1]) {
        latency.set({ stage, quantile: String(quantile) }, recorder.quantile(quantile) / 1e6);
      }
    }
  });
}
