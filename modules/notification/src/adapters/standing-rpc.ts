import { ENGINE_SERVICE, RISK_SERVICE, type WireServices } from '@ats/contracts';
import type { RpcClient, RpcDirectory } from '@ats/runtime';
import type { Standing, Told, Untold } from '../domain/standing.ts';

/** What a digest asks of other services. */
type RiskReader = Pick<
  RpcClient<WireServices['ats.risk.v1.RiskService']>,
  'GetRiskStatus' | 'GetPnL'
>;
type EngineReader = Pick<
  RpcClient<WireServices['ats.opportunity.v1.EngineService']>,
  'GetTradingStatus'
>;

/** A digest is better late by seconds than without figures, but not by minutes. */
const CALL = { deadlineMs: 5000 };

/** What risk manager and engine say of themselves; whatever cannot be had comes with why. */
export function openStanding(rpc: RpcDirectory): () => Promise<Standing> {
  const risk: RiskReader = rpc.client(RISK_SERVICE);
  const engine: EngineReader = rpc.client(ENGINE_SERVICE);
  return async () => {
    const [halt, net, trading] = await Promise.all([
      told(risk.GetRiskStatus({}, CALL), ({ halted, haltReason: reason }) => ({ halted, reason })),
      told(risk.GetPnL({}, CALL), ({ assets, agrees }) => ({
        assets: assets.map(({ asset, net: left }) => ({ asset, net: left })),
        agrees,
      })),
      told(engine.GetTradingStatus({}, CALL), ({ trading: on, openTrades }) => ({
        ...{ trading: on, openTrades },
      })),
    ]);
    return { halt, net, trading, profit: UNANSWERED, limits: UNANSWERED };
  };
}

/** The contract of the risk manager has no such answer. */
const UNANSWERED: Untold = { kind: 'untold', why: 'the risk manager has no answer for it' };

async function told<Answer, Value>(
  asked: Promise<Answer>,
  read: (answer: Answer) => Value,
): Promise<Told<Value>> {
  try {
    return { kind: 'told', value: read(await asked) };
  } catch (error) {
    return { kind: 'untold', why: error instanceof Error ? error.message : String(error) };
  }
}
