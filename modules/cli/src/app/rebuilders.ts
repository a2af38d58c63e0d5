import { OmsRebuilder } from '@ats/oms-core';
import { gatewayConfigSchema, RequestsRebuilder } from '@ats/order-gateway';
import { OrdersRebuilder, type Rebuilder } from '@ats/orders';
import { type LoadedConfig, parseConfig } from '@ats/runtime';
import type { EventLog } from '@ats/storage';
import { SagasRebuilder } from '@ats/trading-engine';
import { venueGatewayConfigSchema, WorkRebuilder } from '@ats/venue-gateway';

const HOUR_US = 3600 * 1e6;

/** What each service rebuilds of the state, by its own settings. */
export async function openRebuilders(
  log: EventLog,
  loaded: LoadedConfig,
): Promise<readonly Rebuilder[]> {
  const { gateway } = parseConfig(loaded, gatewayConfigSchema);
  const { venueGateway } = parseConfig(loaded, venueGatewayConfigSchema);
  const worked = await log.lag({ group: 'oms-core', topics: ['exec.reports'] });
  const committed = new Map(worked.map((one) => [one.partition, one.committed]));
  return [
    new OrdersRebuilder(),
    new OmsRebuilder({ workedUpTo: (partition) => committed.get(partition) ?? 0 }),
    new RequestsRebuilder({ keepUs: gateway.requestIdHours * HOUR_US }),
    new WorkRebuilder({ keepUs: venueGateway.doneKeepHours * HOUR_US }),
    new SagasRebuilder(),
  ];
}
