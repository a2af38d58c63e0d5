import { LatencyRecorder } from './latency-recorder.ts';
import type { Histogram, HistogramOptions, Latencies, Metrics } from './metrics.ts';

/** Stages of a frame's way to a fill, in its order; each service measures its own. */
export type PathStage =
  | 'frame_to_book'
  | 'book_to_decision'
  | 'decision_to_risk'
  | 'decision_to_log'
  | 'log_to_venue'
  | 'venue_to_answer'
  | 'venue_to_fill';

const STAGES: HistogramOptions<'stage' | 'venue'> = {
  name: 'ats_path_stage_seconds',
  help: 'Stages of the way from a frame to a fill, by the venue of the book or the order.',
  labels: ['stage', 'venue'],
  buckets: [
    ...[0.000_005, 0.000_01, 0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5],
    ...[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  ],
};

/** One stage's recorders by venue: a hot path keeps the one of its venue at hand. */
export class VenueLatencies {
  private readonly venues = new Map<string, LatencyRecorder>();
  private onVenue: (venue: string, recorder: LatencyRecorder) => void = () => {};

  of(venue: string): LatencyRecorder {
    const known = this.venues.get(venue);
    if (known !== undefined) return known;
    const recorder = new LatencyRecorder();
    this.venues.set(venue, recorder);
    this.onVenue(venue, recorder);
    return recorder;
  }

  /** All venues together, as of now. */
  merged(): LatencyRecorder {
    const all = new LatencyRecorder();
    for (const one of this.venues.values()) all.merge(one);
    return all;
  }

  /** Shows them as one stage of the way. */
  tell(metrics: Metrics, stage: PathStage): void {
    const latencies = pathLatencies(metrics);
    this.onVenue = (venue, recorder) => latencies.follow({ stage, venue }, recorder);
    for (const [venue, recorder] of this.venues) this.onVenue(venue, recorder);
  }
}

/** Stages that are recorded by whoever is in a hurry. */
export function pathLatencies(metrics: Metrics): Latencies<'stage' | 'venue'> {
  return metrics.latencies(STAGES);
}

/** Stages that happen once an order: observed one by one. */
export function pathStages(metrics: Metrics): Histogram<'stage' | 'venue'> {
  return metrics.histogram(STAGES);
}
