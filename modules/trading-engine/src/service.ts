import { ENGINE_SERVICE, haltModeToWire, RISK_SERVICE, type RiskGate } from '@ats/contracts';
import { type ArbitrageTrade, accountId, type Listing, type OpportunityRecord } from '@ats/domain';
import {
  listingsOf,
  openRiskGate,
  type Readiness,
  type RunningService,
  type ServiceContext,
  type ServiceModule,
} from '@ats/runtime';
import { type DurablePorts, instanceName, type MarketBus, type Ports } from '@ats/storage';
import { engineHandlers } from './adapters/engine-rpc.ts';
import { openOnnxPredictor } from './adapters/onnx-predictor.ts';
import { openOrderDesk } from './adapters/order-desk-rpc.ts';
import { openRiskDesk } from './adapters/risk-desk-rpc.ts';
import { crossExchange, openStrategy } from './adapters/strategies.ts';
import { basesOf } from './app/bases.ts';
import { Engine, type EngineStats } from './app/engine.ts';
import { registerEngineMetrics } from './app/engine-metrics.ts';
import { Operations } from './app/operations.ts';
import { type RunningPredictions, startPredictions } from './app/start-predictions.ts';
import { registerTradeMetrics } from './app/trade-metrics.ts';
import { type TradeStats, TradeTotals } from './app/trade-totals.ts';
import { Trading } from './app/trading.ts';
import { warmUp } from './app/warm-up.ts';
import { SharedBases } from './base-leases.ts';
import { type EngineConfig, engineConfigSchema } from './config.ts';
import type { Predictor } from './domain/prediction/predictor.ts';
import type { SpreadCell } from './domain/strategy.ts';
import { type IntentOf, intentsOf } from './domain/trade/trade-intent.ts';

/** Without a state store and a log nothing is traded: opportunities are found and recorded. */
export type EnginePorts = Ports &
  Partial<Pick<DurablePorts, 'stateStore' | 'eventLog'>> & {
    /** Opens the model of `engine.predictor`; ONNX where absent. */
    readonly predictor?: (model: string) => Promise<Predictor>;
  };

export interface RunningEngine extends RunningService {
  stats(): EngineStats & { readonly trades: TradeStats };
  /** Every line of the opportunity ledger as it is written. @returns a function that ends it */
  onOpportunity(listener: (record: OpportunityRecord) => void): () => void;
  /** The edge of every pair of markets as it stands now. */
  spreadMatrix(): readonly SpreadCell[];
  /** The newest opportunities, newest first. */
  recent(limit: number): readonly OpportunityRecord[];
  /** Trades that are open and those that ended lately, by when they began, newest first. */
  recentTrades(limit: number): readonly ArbitrageTrade[];
  /** Every change of a trade. @returns a function that ends it */
  onTrade(listener: (trade: ArbitrageTrade) => void): () => void;
}

/** Finds, sizes and explains price differences between venues. */
export const tradingEngine = {
  name: 'trading-engine',
  configSchema: engineConfigSchema,
  start: startEngine,
} satisfies ServiceModule<EngineConfig, EnginePorts, RunningEngine>;

async function startEngine(
  context: ServiceContext<EngineConfig, EnginePorts>,
): Promise<RunningEngine> {
  const { clock, timers, metrics, logger, rpc, ports } = context;
  const settings = context.config.engine;
  const strategy = await openStrategy(settings.strategy);
  const bus = await ports.marketBus();
  const ticks = await ports.tickStore();
  const duplex = rpc.duplex(RISK_SERVICE, 'CheckOpportunityStream');
  const gate = gateOf(context, duplex);
  const listings = listingsOf(context.config);
  if (strategy.name === crossExchange.name) {
    const decisions = warmUp({ listings, strategy: crossExchange, settings, clock, logger });
    logger.debug('engine.warmed_up', 'the decision path is compiled', { decisions });
  }
  const predictions = await predictionsOf(context, listings);
  const { collarBps } = settings.unwind;
  const intentOf = intentsOf({ listings, accountId: accountId(settings.account), collarBps });
  const bases = sharedBasesOf(context);
  const trading = await tradingOf(context, { bus, listings, bases });
  const engine = new Engine({
    ...{ ...settings, listings, strategy, settings, gate, intentOf, ticks, clock, logger },
    ...(trading === undefined ? {} : { trades: trading.desk }),
    ...(predictions === undefined ? {} : { predictions: predictions.board }),
    ...(bases === undefined ? {} : { bases }),
  });
  trading?.onHoldings((holdings) => engine.strategy.onBalances?.(holdings));
  trading?.desk.fills.onFill((fill) => engine.strategy.onFill(fill));
  if (trading !== undefined) registerTradeMetrics(metrics, trading.desk);
  await trading?.start();
  const { kinds } = engine.strategy;
  const filter = kinds === undefined ? {} : { kinds };
  for (const event of await bus.latest(filter)) engine.handlerOf(event)(event, false);
  const subscription = await bus.subscribe(filter, engine);
  const showBase = async (base: string): Promise<void> => {
    for (const event of await bus.latest(filter)) {
      if (event.instrument.startsWith(`${base}/`)) engine.handlerOf(event)(event, false);
    }
  };
  await startSharing(context, { bases, trading, listings, showBase });
  registerEngineMetrics(metrics, engine, () => subscription.conflated);
  await predictions?.listen(bus);
  const timer = timers.every(settings.timerMs, () => engine.onTimer());
  const operations = operationsOf(context, { engine, trading, gate, intentOf });
  const configuration = takeSettings(context, { engine, operations });
  const serving = await rpc.serve(ENGINE_SERVICE, engineHandlers(operations, configuration));
  return {
    ...(bases === undefined ? {} : { failed: bases.failed }),
    readiness: () => readinessOf({ bus, duplex, engine, trading, bases }),
    async drain() {
      timer.cancel();
      await subscription.close();
      await predictions?.close();
      await engine.stop();
      await trading?.drain();
      await bases?.close();
      await serving.stop();
      gate.close();
      duplex.close();
    },
    stats: () => ({ ...engine.stats(), trades: (trading?.desk.totals ?? NO_TRADES).stats() }),
    onOpportunity: (listener) => engine.onOpportunity(listener),
    spreadMatrix: () => engine.spreadMatrix(),
    recent: (limit) => engine.ledger.recent(limit),
    recentTrades: (limit) => newestTrades(trading, limit),
    onTrade: (listener) => trading?.desk.onTrade((trade) => listener(trade)) ?? (() => undefined),
  };
}

/** Hands changed settings on. @returns those that hold, as JSON */
function takeSettings(
  { config, onReload }: Context,
  { engine, operations }: { readonly engine: Engine; readonly operations: Operations },
): () => string {
  let current = config.engine;
  // Without a strategy that takes them they wait for a restart, and the reload says so.
  if (engine.strategy.onSettings !== undefined) {
    onReload?.(({ engine: changed }) => {
      engine.strategy.onSettings?.(changed);
      operations.notionalMax = changed.notionalMax;
      current = changed;
    });
  }
  return () => JSON.stringify(current);
}

async function predictionsOf(
  context: Context,
  listings: readonly Listing[],
): Promise<RunningPredictions | undefined> {
  const settings = context.config.engine.predictor;
  if (!settings.enabled) return undefined;
  const predictor = await (context.ports.predictor ?? openOnnxPredictor)(settings.model);
  return startPredictions({ ...context, listings, predictor, settings });
}

function newestTrades(trading: Trading | undefined, limit: number): readonly ArbitrageTrade[] {
  if (trading === undefined) return [];
  const { desk } = trading;
  return [...desk.open(), ...desk.recent().slice(0, limit)]
    .toSorted((a, b) => b.createdAtUs - a.createdAtUs)
    .slice(0, limit);
}

const NO_TRADES = new TradeTotals();

type Context = ServiceContext<EngineConfig, EnginePorts>;

function gateOf(
  { clock, timers, metrics, config }: Context,
  duplex: Parameters<typeof openRiskGate>[0]['duplex'],
) {
  const { riskDeadlineMs: deadlineMs, riskPendingMax, riskProbeMs } = config.engine;
  return openRiskGate({
    duplex,
    clock,
    timers,
    metrics,
    deadlineMs,
    pendingMax: riskPendingMax,
    probeMs: riskProbeMs,
  });
}

function operationsOf(
  { clock, timers, logger, rpc, config }: Context,
  parts: {
    readonly engine: Engine;
    readonly trading: Trading | undefined;
    readonly gate: RiskGate;
    readonly intentOf: IntentOf;
  },
): Operations {
  const { numeraire, notionalMax, gatewayDeadlineMs: deadlineMs } = config.engine;
  return new Operations({
    ...parts,
    ...{ numeraire, notionalMax, timers },
    clock,
    logger,
    haltRisk: async (why) => {
      const halt = { ...why, mode: haltModeToWire('halted') };
      await rpc.client(RISK_SERVICE).EmergencyHalt(halt, { deadlineMs });
    },
  });
}

function readinessOf(parts: {
  readonly bus: MarketBus;
  readonly duplex: { readonly up: boolean };
  readonly engine: Engine;
  readonly trading: Trading | undefined;
  readonly bases: SharedBases | undefined;
}): Readiness {
  const { bus, duplex, engine, trading, bases } = parts;
  const { ok, reason } = bus.health();
  const reasons = [
    ok ? '' : `market bus: ${reason}`,
    duplex.up ? '' : 'risk cannot be reached',
    engine.pauseReason === '' ? '' : `paused: ${engine.pauseReason}`,
    ...(engine.strategy.readiness?.() ?? []),
    ...(trading?.readiness() ?? []),
    bases?.trouble() ?? '',
  ].filter((one) => one !== '');
  return { ready: reasons.length === 0, reasons };
}

/** Undefined where this engine has every base, or trades none. */
function sharedBasesOf(context: Context): SharedBases | undefined {
  const { config, ports } = context;
  const stores = ports.stateStore !== undefined && ports.eventLog !== undefined;
  const shares = config.sharing.enabled && config.engine.trading && stores;
  return shares ? new SharedBases(context) : undefined;
}

/** Takes its share of the bases, once all that trades them is up. */
async function startSharing(
  { ports }: Context,
  parts: {
    readonly bases: SharedBases | undefined;
    readonly trading: Trading | undefined;
    readonly listings: readonly Listing[];
    readonly showBase: (base: string) => Promise<void>;
  },
): Promise<void> {
  const { bases, trading, listings, showBase } = parts;
  const state = await ports.stateStore?.();
  if (bases === undefined || trading === undefined || state === undefined) return;
  await bases.start({ state, trading, bases: basesOf(listings), onGained: showBase });
}

async function tradingOf(
  context: ServiceContext<EngineConfig, EnginePorts>,
  parts: {
    readonly bus: MarketBus;
    readonly listings: readonly Listing[];
    readonly bases: SharedBases | undefined;
  },
): Promise<Trading | undefined> {
  const { ports, config, rpc } = context;
  const settings = config.engine;
  if (!settings.trading || ports.stateStore === undefined || ports.eventLog === undefined) {
    return undefined;
  }
  return new Trading({
    ...context,
    ...parts,
    settings,
    instance: instanceName('trading-engine', config.sharing),
    state: await ports.stateStore(),
    log: await ports.eventLog(),
    orders: openOrderDesk({ rpc, deadlineMs: settings.gatewayDeadlineMs }),
    risk: openRiskDesk({ rpc, deadlineMs: settings.gatewayDeadlineMs }),
  });
}
