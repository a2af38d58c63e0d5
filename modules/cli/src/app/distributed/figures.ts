import type { WireMessages } from '@ats/contracts';
import { Decimal } from '@ats/domain';
import type { Sample } from '@ats/ui-dashboard';
import type { EngineFigures, LatencyFigures, TradeFigures, VenueSummary } from '../summary.ts';

type Statistics = WireMessages['ats.opportunity.v1.GetTradingStatisticsResponse'];
type Labels = Readonly<Record<string, string>>;

/** The value of one series; 0 where it was never counted. */
function sampleOf(samples: readonly Sample[], name: string, wanted: Labels): number {
  const found = samples.find(
    (one) =>
      one.name === name && Object.entries(wanted).every(([key, is]) => one.labels[key] === is),
  );
  return found?.value ?? 0;
}

/** Counts by venue, as the collector's metrics have them. */
export function venueFigures(samples: readonly Sample[]): Readonly<Record<string, VenueSummary>> {
  const venues = samples
    .filter(({ name }) => name === 'ats_collector_books_live')
    .map(({ labels }) => labels['venue'] ?? '');
  return Object.fromEntries(
    venues.map((venue) => {
      const value = (name: string) => sampleOf(samples, `ats_collector_${name}`, { venue });
      const summary = {
        frames: value('frames_total'),
        bookUpdates: value('book_updates_total'),
        resyncs: value('resyncs_total'),
        checksumFailures: value('checksums_failed_total'),
        ageMsP99: Math.round(value('book_age_p99_seconds') * 1e3),
      };
      return [venue, summary];
    }),
  );
}

/** Quantiles are told by venue, and those of all venues together do not follow from them. */
export function frameToBookOf(samples: readonly Sample[]): LatencyFigures {
  const worst = samples
    .filter(({ name, labels }) => {
      return name === 'ats_collector_frame_to_book_seconds' && labels['quantile'] === '1';
    })
    .map(({ value }) => microseconds(value));
  return { p50: null, p99: null, max: worst.length === 0 ? null : Math.max(...worst), count: null };
}

const microseconds = (seconds: number): number => Math.round(seconds * 1e6);

/** What the engine's metrics and its statistics say since it started. */
export function engineFigures(samples: readonly Sample[], statistics: Statistics): EngineFigures {
  const byReason = Object.fromEntries(
    samples
      .filter(({ name, value }) => name === 'ats_engine_opportunities' && value > 0)
      .map(({ labels, value }) => [labels['reason'] ?? '', value]),
  );
  const total = Object.values(byReason).reduce((sum, count) => sum + count, 0);
  const approved = byReason['APPROVED'] ?? 0;
  const stage = (name: string): LatencyFigures => {
    const at = (quantile: string): number =>
      microseconds(sampleOf(samples, 'ats_engine_latency_seconds', { stage: name, quantile }));
    return { p50: at('0.5'), p99: at('0.99'), max: at('1'), count: null };
  };
  return {
    opportunities: { total, approved, refused: total - approved, byReason },
    trades: tradeFigures(statistics, sampleOf(samples, 'ats_engine_trades_open', {})),
    latencyUs: {
      bookToDecision: stage('book_to_decision'),
      decisionToRisk: stage('decision_to_risk'),
      frameToRiskAnswer: stage('frame_to_risk_answer'),
    },
  };
}

function tradeFigures(statistics: Statistics, open: number): TradeFigures {
  const { total, outcomes, profit, waterfall, unhedgedUsdSeconds } = statistics;
  const plain = (amount: string | undefined): string =>
    Decimal.parse(amount || '0')
      .normalized()
      .toString();
  return {
    total,
    open,
    byOutcome: Object.fromEntries(outcomes.map(({ state, count }) => [state, count])),
    completedByPair: null,
    profitByAsset: Object.fromEntries(profit.map(({ asset, amount }) => [asset, amount])),
    unhedgedUsdSeconds,
    waterfall: {
      quoted: plain(waterfall?.quoted),
      staleness: plain(waterfall?.staleness),
      fees: plain(waterfall?.fees),
      slippage: plain(waterfall?.slippage),
      unwind: plain(waterfall?.unwind),
      realised: plain(waterfall?.realised),
    },
  };
}
