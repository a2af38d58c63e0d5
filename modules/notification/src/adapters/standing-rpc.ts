import { ENGINE_SERVICE, RISK_SERVICE, type WireMessages, type WireServices } from '@ats/contracts';
import type { RpcClient, RpcDirectory } from '@ats/runtime';
import type { LimitUse, ProfitStanding, ProfitWindow, Standing, Told } from '../domain/standing.ts';

/** What a digest asks of other services. */
type RiskReader = Pick<
  RpcClient<WireServices['ats.risk.v1.RiskService']>,
  'GetRiskStatus' | 'GetPnL' | 'GetRiskLimits'
>;
type EngineReader = Pick<
  RpcClient<WireServices['ats.opportunity.v1.EngineService']>,
  'GetTradingStatus'
>;
type WirePnL = WireMessages['ats.risk.v1.GetPnLResponse'];
type WireLimits = WireMessages['ats.risk.v1.GetRiskLimitsResponse'];

/** A digest is better late by seconds than without figures, but not by minutes. */
const CALL = { deadlineMs: 5000 };
const PROFIT_OF_ALL = {
  ...{ accountId: '', venue: '', instrument: '' },
  curvePointsMax: 0,
  curveWindow: '',
  groupBy: 'PROFIT_GROUPING_UNSPECIFIED',
} as const;
const WINDOWS = ['day', 'week', 'month'] as const;

/** What risk manager and engine say of themselves; whatever cannot be had comes with why. */
export function openStanding(rpc: RpcDirectory): () => Promise<Standing> {
  const risk: RiskReader = rpc.client(RISK_SERVICE);
  const engine: EngineReader = rpc.client(ENGINE_SERVICE);
  return async () => {
    const [halt, pnl, limits, trading] = await Promise.all([
      told(risk.GetRiskStatus({}, CALL), ({ halted, haltReason: reason }) => ({ halted, reason })),
      told(risk.GetPnL(PROFIT_OF_ALL, CALL), (answer) => answer),
      told(risk.GetRiskLimits({ name: '' }, CALL), limitUses),
      told(engine.GetTradingStatus({}, CALL), ({ trading: on, openTrades }) => ({
        ...{ trading: on, openTrades },
      })),
    ]);
    return { halt, net: then(pnl, netOf), trading, profit: profitOf(pnl), limits };
  };
}

const netOf = ({ assets, agrees }: WirePnL) => ({
  assets: assets.map(({ asset, net }) => ({ asset, net })),
  agrees,
});

function profitOf(pnl: Told<WirePnL>): Told<ProfitStanding> {
  if (pnl.kind === 'untold') return pnl;
  const { numeraire, windows, peak, drawdown, unmarked } = pnl.value;
  // A sum that leaves something out is no profit of record.
  if (windows.length === 0 || unmarked.length > 0) {
    return { kind: 'untold', why: unmarked[0] ?? 'profit is not counted yet' };
  }
  const found = windows.flatMap(({ name, figures }): readonly ProfitWindow[] => {
    const known = WINDOWS.find((one) => one === name);
    if (known === undefined || figures === null) return [];
    const { profit, realised, unrealised, fees } = figures;
    return [{ name: known, profit, realised, unrealised, fees }];
  });
  return { kind: 'told', value: { numeraire, windows: found, peak, drawdown } };
}

/** Those that are measured and have a figure that they may not pass. */
const limitUses = ({ limits, numeraire }: WireLimits): readonly LimitUse[] =>
  limits
    .filter(({ value, max }) => value !== '' && max !== '')
    .map(({ name, of, unit, value, max }) => ({
      ...{ name, of, value, max },
      unit: unit === 'count' ? '' : unit.replace('money', numeraire),
    }));

function then<From, To>(from: Told<From>, read: (value: From) => To): Told<To> {
  return from.kind === 'untold' ? from : { kind: 'told', value: read(from.value) };
}

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
