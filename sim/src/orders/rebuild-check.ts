import { OmsRebuilder } from '@ats/oms-core';
import { RequestsRebuilder } from '@ats/order-gateway';
import { compareState, OrdersRebuilder, rebuildState } from '@ats/orders';
import { SagasRebuilder } from '@ats/trading-engine';
import { WorkRebuilder } from '@ats/venue-gateway';
import type { SimDisk } from './sim-disk.ts';

/** Longer than a simulation: nothing is forgotten amid it. */
const KEEP_US = 3_600_000_000;

/** Where the state differs from what the log alone makes, in words. */
export async function rebuildDifferences(disk: SimDisk): Promise<readonly string[]> {
  const committed = (partition: number): number =>
    disk.committed('oms-core', 'exec.reports', partition);
  const rebuilders = [
    new OrdersRebuilder(),
    new OmsRebuilder({ workedUpTo: committed }),
    new RequestsRebuilder({ keepUs: KEEP_US }),
    new WorkRebuilder({ keepUs: KEEP_US }),
    new SagasRebuilder(),
  ];
  const log = { read: async (wanted: Parameters<SimDisk['readNow']>[0]) => disk.readNow(wanted) };
  const { items } = await rebuildState({ log, rebuilders, nowUs: 0 });
  const stored = await disk.items();
  return compareState({ rebuilt: items, stored }).flatMap(({ name, differences }) =>
    differences.map((one) => `rebuilt ${name}: ${one}`),
  );
}
