import { ACCESS_SERVICE, RISK_SERVICE } from '@ats/contracts';
import { assetId, Decimal, REASON_CODES, type RiskDecision } from '@ats/domain';
import { Outbox } from '@ats/orders';
import {
  type KillSwitch,
  listingsOf,
  type Metrics,
  openKillSwitch,
  type Readiness,
  type RunningService,
  type ServiceContext,
  type ServiceModule,
} from '@ats/runtime';
import { openApprovalSeal, requireApproval } from '@ats/security';
import type { DurablePorts, Ports } from '@ats/storage';
import { BreachBoard } from './app/breach-board.ts';
import { DecisionLog } from './app/decision-log.ts';
import { Exposures, GRACE_US } from './app/exposures.ts';
import { HaltSwitch } from './app/halt-switch.ts';
import { Inventory } from './app/inventory/inventory.ts';
import { LimitBook } from './app/limit-book.ts';
import type { SecondPerson } from './app/persons.ts';
import { Portfolio } from './app/portfolio.ts';
import { type Authority, RiskDesk, SOLE } from './app/risk-desk.ts';
import { riskHandlers } from './app/risk-handlers.ts';
import { warmUp } from './app/warm-up.ts';
import { type RiskConfig, riskConfigSchema, rulesOf } from './config.ts';
import { limitTableOf } from './limits-config.ts';
import { startShared } from './standby.ts';
import { openRiskWatch, type WatchParts } from './watch-service.ts';

/** Upper bounds of the latency histogram, seconds. */
const LATENCY_BUCKETS = [0.000_005, 0.000_01, 0.000_025, 0.000_05, 0.000_1, 0.000_5, 0.001, 0.01];

/** Durations that wait to be handed over to the histogram. */
const DURATIONS_WAITING_MAX = 4096;

/** Decisions that may wait for the log. */
const LOG_WAITING_MAX = 10_000;

/** Longest that the access service may take to say whether a second person is needed. */
const APPROVAL_DEADLINE_MS = 2000;
const US_PER_MS = 1000;

/** How often the kill switch is looked at, milliseconds. */
const KILL_SWITCH_MS = 250;

/**
 * Without log and store, in a simulation say, decisions are only answered and halts forgotten.
 * The kill switch is the file of the configuration unless it is given.
 */
export type RiskPorts = Partial<
  Ports & Pick<DurablePorts, 'eventLog' | 'stateStore'> & { killSwitch(): KillSwitch }
>;

export interface RunningRiskManager extends RunningService {
  /** `host:port` of the gRPC server; empty when only this process calls. */
  readonly address: string;
}

/** Decides which opportunities may be traded, and holds the halt switch. */
export const riskManager: ServiceModule<RiskConfig, RiskPorts, RunningRiskManager> = {
  name: 'risk-manager',
  configSchema: riskConfigSchema,
  start,
};

type RiskContext = ServiceContext<RiskConfig, RiskPorts>;

function start(context: RiskContext): Promise<RunningRiskManager> {
  if (!context.config.sharing.enabled) return startDeciding(context, SOLE);
  return startShared(context, startDeciding);
}

/** As the gateway takes it, a change while it runs included. */
function collarOf({ config, onReload }: RiskContext): () => Decimal {
  let collarBps = Decimal.parse(config.gateway.marketCollarBps);
  onReload?.(({ gateway }) => {
    collarBps = Decimal.parse(gateway.marketCollarBps);
  });
  return () => collarBps;
}

async function startDeciding(
  context: RiskContext,
  authority: Authority,
): Promise<RunningRiskManager> {
  const { config, clock, timers, logger, metrics, rpc } = context;
  const { halted, approvalBurst, approvalMs, resumePersons } = config.risk;
  const rules = rulesOf(config);
  const limits = new LimitBook(limitTableOf(config.risk.limits));
  const seal = openApprovalSeal(config.risk);
  warmUp(config, seal, clock);
  const decisions = await decisionLogOf(context);
  const { halts, outbox } = await openHalts(context);
  if (halted && halts.halt === undefined) {
    await halts.stop({ reason: 'risk.halted is set', actor: 'the configuration' });
  }
  const watching = timers.every(KILL_SWITCH_MS, () => void halts.check());
  const exposures = await exposuresOf(context);
  const board = new BreachBoard();
  const desk = new RiskDesk({
    marketCollarBps: collarOf(context),
    ...{ rules, limits, approvalBurst, exposures, seal, clock, halts, authority },
    approvalUs: approvalMs * US_PER_MS,
    graceUs: GRACE_US,
    breaches: board,
    onDecision: observeDurations(metrics),
    ...(decisions === undefined ? {} : { onAnswer: (decision) => decisions.append(decision) }),
    onDefect: (thrown) => {
      logger.error('risk.check.failed', 'a check failed and was refused', { error: thrown });
    },
  });
  countDecisions(desk, metrics);
  tellHalt(halts, metrics);
  const portfolio = await portfolioOf(context, exposures);
  exposures.start();
  const gauges = exposures.gauges();
  const watch = await watchOf(context, { halts, outbox, portfolio, limits, board, gauges });
  const access = rpc.client(ACCESS_SERVICE);
  const secondPerson: SecondPerson = (wanted) =>
    requireApproval(access, wanted, APPROVAL_DEADLINE_MS);
  const parts = { desk, halts, resumePersons, portfolio, watch, logger, secondPerson };
  const handlers = riskHandlers({ ...context, ...parts });
  const serving = await rpc.serve(RISK_SERVICE, handlers);
  const inventory = await inventoryOf(context, { outbox, limits });
  const { address } = serving;
  logger.info('risk.serving', 'risk answers', { address, halted: halts.halt !== undefined });
  return {
    address,
    readiness: () =>
      readinessOf([
        decisions?.trouble() ?? '',
        halts.trouble(),
        exposures.trouble(),
        ...(portfolio?.troubles() ?? []),
        ...(inventory?.troubles() ?? []),
        ...(watch?.troubles() ?? []),
      ]),
    async drain() {
      serving.setServing(false);
      watching.cancel();
      await serving.stop();
      await inventory?.close();
      await watch?.close();
      await halts.close();
      await portfolio?.close();
      await exposures.close();
      await outbox?.close();
      await decisions?.close();
    },
  };
}

function readinessOf(troubles: readonly string[]): Readiness {
  const reasons = troubles.filter((one) => one !== '');
  return { ready: reasons.length === 0, reasons };
}

/** The halt switch as the last run left it. */
async function openHalts(context: ServiceContext<RiskConfig, RiskPorts>) {
  const { config, ports, random } = context;
  const state = await ports.stateStore?.();
  const log = await ports.eventLog?.();
  const outbox =
    state === undefined || log === undefined
      ? undefined
      : new Outbox({
          ...context,
          owner: 'risk-manager',
          state,
          log,
          random: random.stream('risk-manager.outbox'),
        });
  const halts = new HaltSwitch({
    ...context,
    store: state === undefined || outbox === undefined ? undefined : { state, outbox },
    killSwitch: ports.killSwitch?.() ?? openKillSwitch(config.killSwitchFile),
    resumePersons: config.risk.resumePersons,
  });
  // What an earlier run decided and could not tell is told first; a halt waits for no log.
  await outbox?.recover({ until: 'queued' });
  await halts.open();
  return { halts, outbox };
}

/** What is held and on its way, as the last run left it. */
async function exposuresOf(context: ServiceContext<RiskConfig, RiskPorts>): Promise<Exposures> {
  const { config, ports, random } = context;
  const { numeraire, timeZone, approvalMs } = config.risk;
  const [state, log, bus] = await Promise.all([
    ports.stateStore?.(),
    ports.eventLog?.(),
    ports.marketBus?.(),
  ]);
  const durable = state !== undefined && log !== undefined;
  const exposures = new Exposures({
    ...context,
    ...(durable ? { state, log } : { state: undefined, log: undefined }),
    bus,
    listings: listingsOf(config),
    numeraire: assetId(numeraire),
    timeZone,
    approvalUs: approvalMs * US_PER_MS,
    random: random.stream('risk-manager.exposures'),
  });
  await exposures.open();
  return exposures;
}

/** Positions, where there is a log to follow and a store to keep them in. */
async function portfolioOf(
  context: ServiceContext<RiskConfig, RiskPorts>,
  exposures: Exposures,
): Promise<Portfolio | undefined> {
  const { config, ports, random } = context;
  const state = await ports.stateStore?.();
  const log = await ports.eventLog?.();
  const { volume } = exposures;
  if (state === undefined || log === undefined || volume === undefined) return undefined;
  const bus = await ports.marketBus?.();
  const portfolio = new Portfolio({
    ...{ ...context, state, log, bus },
    numeraire: assetId(config.risk.numeraire),
    timeZone: config.risk.timeZone,
    listener: exposures.listener(volume),
    random: random.stream('risk-manager.portfolio'),
  });
  await portfolio.start();
  return portfolio;
}

/** How long assets last, where there is a log to follow and a store to keep it in. */
async function inventoryOf(
  context: ServiceContext<RiskConfig, RiskPorts>,
  parts: { readonly outbox: Outbox | undefined; readonly limits: LimitBook },
) {
  const { ports, random } = context;
  const { outbox, limits } = parts;
  const state = await ports.stateStore?.();
  const log = await ports.eventLog?.();
  if (state === undefined || log === undefined || outbox === undefined) return undefined;
  const bus = await ports.marketBus?.();
  const inventory = new Inventory({
    ...{ ...context, state, log, bus, outbox, limits },
    random: random.stream('risk-manager.inventory'),
  });
  await inventory.start();
  return inventory;
}

/** The watch over limits, where there is a portfolio to measure. */
async function watchOf(
  context: ServiceContext<RiskConfig, RiskPorts>,
  parts: Pick<WatchParts, 'halts' | 'limits' | 'board' | 'gauges'> & {
    readonly outbox: Outbox | undefined;
    readonly portfolio: Portfolio | undefined;
  },
) {
  const { outbox, portfolio } = parts;
  const state = await context.ports.stateStore?.();
  const log = await context.ports.eventLog?.();
  if (state === undefined || log === undefined) return undefined;
  if (outbox === undefined || portfolio === undefined) return undefined;
  return openRiskWatch(context, { ...parts, state, log, outbox, portfolio });
}

async function decisionLogOf({
  ports,
  clock,
  timers,
  metrics,
}: ServiceContext<RiskConfig, RiskPorts>): Promise<DecisionLog | undefined> {
  const log = await ports.eventLog?.();
  if (log === undefined) return undefined;
  return new DecisionLog({
    log,
    waitingMax: LOG_WAITING_MAX,
    nowUs: () => clock.nowUs(),
    timers,
    metrics,
  });
}

/**
 * Durations are kept as plain numbers on the hot path and handed over when metrics are read, or
 * when as many wait as there is room for.
 */
function observeDurations(metrics: Metrics): (decision: RiskDecision, tookUs: number) => void {
  const latency = metrics.histogram({
    name: 'ats_risk_check_duration_seconds',
    help: 'Time from a request to its decision.',
    labels: [],
    buckets: LATENCY_BUCKETS,
  });
  const waiting = new Float64Array(DURATIONS_WAITING_MAX);
  let count = 0;
  const handOver = (): void => {
    for (let index = 0; index < count; index += 1) {
      latency.observe({}, (waiting[index] as number) / 1_000_000);
    }
    count = 0;
  };
  metrics.beforeCollect(handOver);
  return (_decision, tookUs) => {
    if (count === DURATIONS_WAITING_MAX) handOver();
    waiting[count] = tookUs;
    count += 1;
  };
}

/** Counts are kept as plain numbers on the hot path and handed over when metrics are read. */
function countDecisions(desk: RiskDesk, metrics: Metrics): void {
  const checks = metrics.counter({
    name: 'ats_risk_checks_total',
    help: 'Decisions by verdict and reason.',
    labels: ['verdict', 'reason'],
  });
  const told = new Map<string, number>();
  metrics.beforeCollect(() => {
    for (const reason of REASON_CODES) {
      const count = desk.decisions.get(reason) ?? 0;
      const fresh = count - (told.get(reason) ?? 0);
      if (fresh === 0) continue;
      told.set(reason, count);
      checks.add({ verdict: reason === 'APPROVED' ? 'approved' : 'refused', reason }, fresh);
    }
  });
}

function tellHalt(halts: HaltSwitch, metrics: Metrics): void {
  const halted = metrics.gauge({
    name: 'ats_risk_halted_ratio',
    help: 'Whether trading is halted: 1 or 0.',
    labels: [],
  });
  metrics.beforeCollect(() => halted.set({}, halts.halt === undefined ? 0 : 1));
}
