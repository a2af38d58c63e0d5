import { OmsRebuilder } from '@ats/oms-core';
import { gatewayConfigSchema, RequestsRebuilder } from '@ats/order-gateway';
import { OrdersRebuilder, type Rebuilder, type RebuiltItem } from '@ats/orders';
import type { LoadedConfig } from '@ats/runtime';
import { parseConfig } from '@ats/runtime';
import { type EventLog, type LogTopic, partitionsOf } from '@ats/storage';
import { SagasRebuilder } from '@ats/trading-engine';
import { venueGatewayConfigSchema, WorkRebuilder } from '@ats/venue-gateway';

const HOUR_US = 3600 * 1e6;
const READ_MAX = 1000;

/** What the log alone makes of the state. */
export interface RebuiltState {
  readonly items: readonly RebuiltItem[];
  /** Records that were read. */
  readonly records: number;
}

/** Reads the whole log. It keeps in memory what it makes of it. */
export async function rebuildState(options: {
  readonly log: EventLog;
  readonly loaded: LoadedConfig;
  readonly nowUs: number;
}): Promise<RebuiltState> {
  const { log, loaded, nowUs } = options;
  const { gateway } = parseConfig(loaded, gatewayConfigSchema);
  const { venueGateway } = parseConfig(loaded, venueGatewayConfigSchema);
  const worked = await log.lag({ group: 'oms-core', topics: ['exec.reports'] });
  const committed = new Map(worked.map((one) => [one.partition, one.committed]));
  const rebuilders: readonly Rebuilder[] = [
    new OrdersRebuilder(),
    new OmsRebuilder({ workedUpTo: (partition) => committed.get(partition) ?? 0 }),
    new RequestsRebuilder({ keepUs: gateway.requestIdHours * HOUR_US }),
    new WorkRebuilder({ keepUs: venueGateway.doneKeepHours * HOUR_US }),
    new SagasRebuilder(),
  ];
  let records = 0;
  for (const topic of new Set(rebuilders.flatMap(({ topics }) => topics))) {
    const wanting = rebuilders.filter(({ topics }) => topics.includes(topic));
    for await (const record of recordsOf(log, topic)) {
      records += 1;
      for (const one of wanting) one.add(record);
    }
  }
  const items = rebuilders.flatMap((one) => [...one.items()]);
  return { items: items.filter(({ expiresAtUs }) => (expiresAtUs ?? nowUs + 1) > nowUs), records };
}

async function* recordsOf(log: EventLog, topic: LogTopic) {
  for (let partition = 0; partition < partitionsOf(topic); partition += 1) {
    for (let from = 0; ; ) {
      const records = await log.read({ topic, partition, from, limit: READ_MAX });
      const last = records.at(-1);
      if (last === undefined) break;
      yield* records;
      from = last.offset + 1;
    }
  }
}
