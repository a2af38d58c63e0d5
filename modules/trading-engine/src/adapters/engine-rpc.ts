import { type ENGINE_SERVICE, opportunityRecordToWire } from '@ats/contracts';
import type { RpcHandlers } from '@ats/runtime';
import type { Operations } from '../app/operations.ts';
import { matrixHandlers } from './matrix-rpc.ts';
import { recorded, tradingHandlers } from './trading-rpc.ts';

type EngineContract = NonNullable<(typeof ENGINE_SERVICE)['shape']>;

/** Lines that one answer carries when the caller names no limit. */
const RECORDS_DEFAULT = 100;

/** What the engine answers to operators over its contract. */
export function engineHandlers(
  operations: Operations,
  configuration: () => string,
): RpcHandlers<EngineContract> {
  const { engine } = operations;
  return {
    ...tradingHandlers(operations, configuration),
    ...matrixHandlers(operations),
    GetEngineStatus: () => ({
      paused: engine.pauseReason !== '',
      pauseReason: engine.pauseReason,
      openOpportunities: engine.ledger.openCount,
      decisions: engine.decisions,
    }),
    PauseEngine: ({ reason, actor }, context) =>
      recorded(operations, context, () => {
        engine.pause(`${reason} (${actor})`);
        operations.tell('engine.paused', `${reason} (${actor})`);
        return {};
      }),
    ResumeEngine: ({ actor }, context) =>
      recorded(operations, context, () => {
        engine.resume();
        operations.tell('engine.resumed', `by ${actor}`);
        return {};
      }),
    ListOpportunities: ({ limit }) => ({
      records: engine.ledger
        .recent(limit > 0 ? limit : RECORDS_DEFAULT)
        .map((record) => opportunityRecordToWire(record)),
    }),
  };
}
