/** What latencies are drawn from. */
export interface Draws {
  /** @returns an integer in [0, bound). */
  integer(bound: number): number;
  /** @returns a standard normal deviate. */
  normal(): number;
}

export type LatencyModel =
  | { readonly model: 'fixed'; readonly ms: number }
  | { readonly model: 'lognormal'; readonly medianMs: number; readonly sigma: number }
  | { readonly model: 'empirical'; readonly samplesMs: readonly number[] };

/** Draws one latency after another. @returns whole microseconds, 0 or more */
export type LatencyUs = () => number;

const us = (milliseconds: number): number => Math.max(0, Math.round(milliseconds * 1000));

/** @param random a stream of this latency's own, so that no other draw can move it */
export function latencyOf(model: LatencyModel, random: Draws): LatencyUs {
  switch (model.model) {
    case 'fixed': {
      const fixedUs = us(model.ms);
      return () => fixedUs;
    }
    case 'lognormal':
      return () => us(model.medianMs * Math.exp(model.sigma * random.normal()));
    case 'empirical': {
      const samplesUs = model.samplesMs.map(us);
      return () => samplesUs[random.integer(samplesUs.length)] ?? 0;
    }
  }
}
