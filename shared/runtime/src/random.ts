/** A stream of random numbers; the same seed and name give the same stream. */
export interface RandomStream {
  /** @returns a double in [0, 1). */
  next(): number;
  /** @returns an integer in [0, bound). */
  integer(bound: number): number;
  /** @returns a standard normal deviate (Box-Muller, one of the pair is discarded). */
  normal(): number;
  /** @returns an exponential deviate with mean 1. */
  exponential(): number;
}

/** Named, independent streams of one seed. */
export interface RandomSource {
  stream(name: string): RandomStream;
}

/** FNV-1a, 32 bits: spreads a stream's name over the seed space. */
function hashName(text: string, seed: number): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return hash;
}

/** sfc32 (Doty-Humphrey, PractRand): small, fast, 2^32 or more numbers before it may repeat. */
function sfc32(seed: number): () => number {
  let a = seed | 0;
  let b = Math.imul(seed, 0x9e3779b9) | 0;
  let c = (seed ^ 0x85ebca6b) | 0;
  let counter = 1;
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return (sum >>> 0) / 4294967296;
  };
  for (let round = 0; round < 15; round += 1) next();
  return next;
}

/** @param seed any integer; the same seed gives the same streams on every machine. */
export function seededRandom(seed: number): RandomSource {
  return {
    stream(name) {
      const next = sfc32(hashName(name, seed));
      return {
        next,
        integer: (bound) => Math.floor(next() * bound),
        normal() {
          const radius = Math.sqrt(-2 * Math.log(1 - next()));
          return radius * Math.cos(2 * Math.PI * next());
        },
        exponential: () => -Math.log(1 - next()),
      };
    },
  };
}
