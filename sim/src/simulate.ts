import { seededRandom } from '@ats/runtime';
import { CALM, type NetworkCounts, type NetworkFaults } from './network.ts';
import { World } from './world.ts';

export interface SimulationResult {
  readonly seed: number;
  /** Of everything published and decided: equal for equal seeds. */
  readonly hash: string;
  readonly virtualMs: number;
  readonly books: number;
  readonly resyncs: number;
  readonly opportunities: { readonly total: number; readonly approved: number };
  readonly network: Readonly<NetworkCounts>;
  readonly violations: readonly string[];
}

export interface SimulationPlan {
  readonly rounds: number;
  readonly stormMs: number;
  readonly calmMs: number;
}

/** The calm is long enough for every venue to notice a gap, start over and catch up. */
const PLAN: SimulationPlan = { rounds: 3, stormMs: 8000, calmMs: 15_000 };

function storm(random: () => number): NetworkFaults {
  return {
    dropShare: random() * 0.02,
    duplicateShare: random() * 0.02,
    swapShare: random() * 0.02,
    flipShare: random() * 0.02,
    cutEveryMs: 2000 + random() * 8000,
    latencyMsMax: 1 + random() * 200,
  };
}

/** Storm and calm in turn; after each calm every book must equal its venue's. */
export async function simulate(seed: number, plan = PLAN): Promise<SimulationResult> {
  const world = new World(seed);
  const random = seededRandom(seed).stream('storms');
  const startUs = world.timers.clock.nowUs();
  await world.start();
  await world.run({ ms: 3000, faults: CALM });
  for (let round = 0; round < plan.rounds; round += 1) {
    await world.run({ ms: plan.stormMs, faults: storm(() => random.next()) });
    await world.run({ ms: plan.calmMs, faults: CALM });
    await world.compareBooks();
  }
  const { total, approved } = world.opportunities;
  const hash = await world.finish();
  return {
    seed,
    hash,
    virtualMs: (world.timers.clock.nowUs() - startUs) / 1000,
    books: world.books,
    resyncs: world.resyncs,
    opportunities: { total, approved },
    network: world.counts,
    violations: world.violations,
  };
}
