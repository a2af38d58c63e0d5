import { parentPort } from 'node:worker_threads';
import { type OrderSimulation, simulateOrders } from './orders/simulate-orders.ts';
import { type SimulationResult, simulate } from './simulate.ts';

/** What one seed is to run. */
export interface SeedJob {
  readonly seed: number;
  readonly market: boolean;
  readonly orders: boolean;
}

/** What one seed came to. */
export interface SeedResult {
  readonly seed: number;
  readonly market?: SimulationResult;
  readonly orders?: OrderSimulation;
  readonly violations: readonly string[];
}

async function run({ seed, market, orders }: SeedJob): Promise<SeedResult> {
  const marketResult = market ? await simulate(seed) : undefined;
  const orderResult = orders ? await simulateOrders(seed) : undefined;
  const violations = [...(marketResult?.violations ?? []), ...(orderResult?.violations ?? [])];
  return {
    seed,
    ...(marketResult === undefined ? {} : { market: marketResult }),
    ...(orderResult === undefined ? {} : { orders: orderResult }),
    violations,
  };
}

parentPort?.on('message', (job: SeedJob) => {
  void run(job).then((result) => parentPort?.postMessage(result));
});
