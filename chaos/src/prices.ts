import type { Listing } from '@ats/domain';

/** About what each base costs, from the description of the simulated market. */
export function priceOf(values: unknown): (listing: Listing) => number {
  const { simulator } = values as {
    simulator: {
      assets: Record<string, { priceUsd: number }>;
      money: Record<string, { unitsPerUsd: number }>;
    };
  };
  return ({ base, quote }) => {
    const usd = simulator.assets[base.id]?.priceUsd ?? 1;
    return usd * (simulator.money[quote.id]?.unitsPerUsd ?? 1);
  };
}
