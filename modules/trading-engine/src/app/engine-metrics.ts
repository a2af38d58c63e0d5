import type { LatencyRecorder, Metrics } from '@ats/runtime';
import type { Engine } from './engine.ts';

/** Registers the engine's metrics. The hot path counts in plain numbers, handed over here. */
export function registerEngineMetrics(
  metrics: Metrics,
  engine: Engine,
  conflated: () => number,
): void {
  const totals = [
    ['book_updates', 'Books that the engine looked at.', () => engine.bookUpdates],
    ['decisions', 'Proposals and refusals made, repeated ones too.', () => engine.decisions],
    ['events_conflated', 'Events that newer ones replaced before the engine saw them.', conflated],
    ['strategy_failures', 'Calls that the strategy failed in.', () => engine.failures],
    ['ledger_dropped', 'Ledger lines the tick store refused.', () => engine.ledger.dropped],
  ] as const;
  for (const [name, help, read] of totals) {
    const counter = metrics.counter({ name: `ats_engine_${name}_total`, help, labels: [] });
    let before = 0;
    metrics.beforeCollect(() => {
      const now = read();
      counter.add({}, now - before);
      before = now;
    });
  }
  registerByReason(metrics, engine);
  registerLatencies(metrics, engine);
}

function registerByReason(metrics: Metrics, engine: Engine): void {
  // A gauge: an edge that risk approves after a refusal moves from one reason to the other.
  const opportunities = metrics.gauge({
    name: 'ats_engine_opportunities',
    help: 'Opportunities since the start, by outcome.',
    labels: ['reason'],
  });
  const suppressed = metrics.gauge({
    name: 'ats_engine_refusals_suppressed',
    help: 'Engine refusals since the start that were over the recorded rate.',
    labels: ['reason'],
  });
  const open = metrics.gauge({
    name: 'ats_engine_open_edges',
    help: 'Edges that stand or wait for risk.',
    labels: [],
  });
  const paused = metrics.gauge({
    name: 'ats_engine_paused',
    help: '1 while the engine proposes nothing.',
    labels: [],
  });
  metrics.beforeCollect(() => {
    for (const [reason, count] of Object.entries(engine.ledger.totals().byReason)) {
      opportunities.set({ reason }, count);
    }
    for (const [reason, count] of engine.ledger.suppressed) suppressed.set({ reason }, count);
    open.set({}, engine.ledger.openCount);
    paused.set({}, engine.pauseReason === '' ? 0 : 1);
  });
}

function registerLatencies(metrics: Metrics, engine: Engine): void {
  const latency = metrics.gauge({
    name: 'ats_engine_latency_seconds',
    help: 'Latency of each stage since the start, by quantile.',
    labels: ['stage', 'quantile'],
  });
  engine.bookToDecision.tell(metrics, 'book_to_decision');
  engine.decisionToRisk.tell(metrics, 'decision_to_risk');
  const stages: readonly (readonly [string, () => LatencyRecorder])[] = [
    ['book_to_decision', () => engine.bookToDecision.merged()],
    ['decision_to_risk', () => engine.decisionToRisk.merged()],
    ['frame_to_risk_answer', () => engine.frameToRiskAnswer],
  ];
  metrics.beforeCollect(() => {
    for (const [stage, recorder] of stages) {
      const latencies = recorder();
      for (const quantile of [0.5, 0.99, 1]) {
        const seconds = latencies.quantile(quantile) / 1e6;
        latency.set({ stage, quantile: String(quantile) }, seconds);
      }
    }
  });
}
