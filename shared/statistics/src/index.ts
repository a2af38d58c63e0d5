export {
  deflatedSharpe,
  expectedMaxSharpe,
  probabilisticSharpe,
  type SharpeMoments,
  sharpeMoments,
} from './deflated-sharpe.ts';
export { type Drawdown, drawdownAfter, drawdownFrom } from './drawdown.ts';
export {
  type DrawdownPeriod,
  drawdownPeriods,
  type TimedValue,
} from './drawdown-periods.ts';
export {
  annualReturn,
  annualVolatility,
  calmarRatio,
  deviationOf,
  downsideDeviation,
  meanOf,
  omegaRatio,
  sharpeRatio,
  sortinoRatio,
  totalReturn,
} from './returns.ts';
export {
  expectedShortfall,
  VAR_METHODS,
  type VarMethod,
  type VarOptions,
  valueAtRisk,
} from './value-at-risk.ts';
