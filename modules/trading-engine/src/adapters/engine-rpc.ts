import { type ENGINE_SERVICE, opportunityRecordToWire } from '@ats/contracts';
import type { RpcHandlers } from '@ats/runtime';
import type { Engine } from '../app/engine.ts';

type EngineContract = NonNullable<(typeof ENGINE_SERVICE)['shape']>;

/** Lines that one answer carries when the caller names no limit. */
const RECORDS_DEFAULT = 100;

/** What the engine answers to operators over its contract. */
export function engineHandlers(engine: Engine): RpcHandlers<EngineContract> {
  return {
    GetEngineStatus: () => ({
      paused: engine.pauseReason !== '',
      pauseReason: engine.pauseReason,
      openOpportunities: engine.ledger.openCount,
      decisions: engine.decisions,
    }),
    PauseEngine: ({ reason, actor }) => {
      engine.pause(`${reason} (${actor})`);
      return {};
    },
    ResumeEngine: () => {
      engine.resume();
      return {};
    },
    ListOpportunities: ({ limit }) => ({
      records: engine.ledger
        .recent(limit > 0 ? limit : RECORDS_DEFAULT)
        .map((record) => opportunityRecordToWire(record)),
    }),
  };
}
