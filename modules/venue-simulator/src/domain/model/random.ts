/** A stream of random numbers, as the model needs it; the process brings a seeded one. */
export interface ModelRandom {
  /** @returns a double in [0, 1). */
  next(): number;
  /** @returns a standard normal deviate. */
  normal(): number;
  /** @returns an exponential deviate with mean 1. */
  exponential(): number;
}

/** Named, independent streams of one seed. */
export interface ModelRandomSource {
  stream(name: string): ModelRandom;
}
