import { alertNotice } from '@ats/domain';
import type { Outbox } from '@ats/orders';
import type { Metrics, ServiceContext } from '@ats/runtime';
import type { EventLog, StateStore } from '@ats/storage';
import type { BreachBoard } from './app/breach-board.ts';
import { profitGauges, tailGauges, venueGauges } from './app/gauges.ts';
import type { HaltSwitch } from './app/halt-switch.ts';
import type { LimitBook } from './app/limit-book.ts';
import { LimitChanges } from './app/limit-changes.ts';
import { LimitMonitor } from './app/limit-monitor.ts';
import { LimitStateStore } from './app/limit-state-store.ts';
import { LogFollower } from './app/log-follower.ts';
import type { Portfolio } from './app/portfolio.ts';
import { RiskAlerts } from './app/risk-alerts.ts';
import { AlertStreams, PositionStreams } from './app/risk-streams.ts';
import { TailRisk } from './app/tail-risk.ts';
import { VenueWatch } from './app/venue-watch.ts';
import type { RiskWatch } from './app/watch-handlers.ts';
import { type RiskConfig, scopeNamesOf } from './config.ts';
import type { LimitGauge } from './domain/limits/limit-table.ts';
import { WINDOW_NAMES } from './domain/profit/windows.ts';
import type { RiskPorts } from './service.ts';

/** How often everything is measured and held against its limit, milliseconds. */
const LOOK_MS = 1000;
const LEVELS = { ok: 0, warn: 1, breach: 2 } as const;

export interface WatchParts {
  readonly state: StateStore;
  readonly log: EventLog;
  readonly outbox: Outbox;
  readonly halts: HaltSwitch;
  readonly portfolio: Portfolio;
  readonly limits: LimitBook;
  readonly board: BreachBoard;
  /** What others measure: exposure, open trades, volume. */
  readonly gauges: readonly LimitGauge[];
}

export interface RunningWatch extends RiskWatch {
  troubles(): readonly string[];
  close(): Promise<void>;
}

/** Measures, holds against the limits, tells and halts, from now on. */
export async function openRiskWatch(
  context: ServiceContext<RiskConfig, RiskPorts>,
  parts: WatchParts,
): Promise<RunningWatch> {
  const { config, ports, random, timers } = context;
  const { state, log, outbox, halts, portfolio, limits, board } = parts;
  const { numeraire, valueAtRisk } = config.risk;
  const names = scopeNamesOf(config);
  const base = limits.current;
  const changes = new LimitChanges({
    ...context,
    ...{ base, names, book: limits, store: { state, outbox } },
  });
  await changes.open();
  const { marks, profit } = portfolio;
  const tail = new TailRisk({
    ...context,
    settings: valueAtRisk,
    positions: portfolio,
    marks,
    state,
  });
  await tail.load();
  const bus = await ports.marketBus?.();
  const venues = new VenueWatch({
    ...context,
    bus,
    venues: names.venue,
  });
  const monitor = new LimitMonitor({
    ...{ ...context, limits, halts, board, numeraire },
    gauges: [...profitGauges(profit), ...tailGauges(tail), ...venueGauges(venues), ...parts.gauges],
    store: new LimitStateStore({ state, outbox }),
  });
  await monitor.open();
  const alerts = new RiskAlerts({ ...context, state, outbox });
  alerts.listen((alert) => bus?.publish(alertNotice(alert)));
  const follower = new LogFollower(
    { ...context, state, log, random: random.stream('risk-manager.alerts') },
    alerts,
  );
  await follower.start();
  const looking = await lookRegularly(
    [
      () => profit.tick(),
      () => venues.tick(),
      () => tail.tick(),
      // Nothing waits for what it stores: the next look may be the one that halts.
      async () => void monitor.look(),
    ],
    context,
  );
  tellLimits(context.metrics, { monitor, limits, portfolio });
  return {
    ...{ limits, changes, monitor, alerts, numeraire },
    alertStreams: new AlertStreams(alerts),
    positionStreams: new PositionStreams({ portfolio, timers }),
    troubles: () => [monitor.trouble(), follower.trouble()],
    async close() {
      changes.close();
      alerts.close();
      await looking.close();
      await monitor.close();
      await follower.close();
    },
  };
}

/** Takes the steps one after the other, now and then regularly. */
async function lookRegularly(
  steps: readonly (() => Promise<void>)[],
  { timers, logger }: Pick<ServiceContext<RiskConfig, RiskPorts>, 'timers' | 'logger'>,
): Promise<{ close(): Promise<void> }> {
  let looking: Promise<void> | undefined;
  const look = async (): Promise<void> => {
    for (const step of steps) {
      // What cannot be measured leaves the rest: limits are held to what is known.
      await step().catch((error: unknown) => {
        logger.error('risk.look_failed', 'something cannot be measured', { error });
      });
    }
  };
  await look();
  const timer = timers.every(LOOK_MS, () => {
    looking ??= look().finally(() => {
      looking = undefined;
    });
  });
  return {
    async close() {
      timer.cancel();
      await looking;
    },
  };
}

function tellLimits(
  metrics: Metrics,
  {
    monitor,
    limits,
    portfolio,
  }: {
    readonly monitor: LimitMonitor;
    readonly limits: LimitBook;
    readonly portfolio: Portfolio;
  },
): void {
  const labels = ['limit', 'of'] as const;
  const use = metrics.gauge({
    name: 'ats_risk_limit_use_ratio',
    help: 'What a limit stands at, as a part of what it may be.',
    labels,
  });
  const most = metrics.gauge({
    name: 'ats_risk_limit_max',
    help: 'What a limit may be, in its own unit; docs of risk.limits say which.',
    labels,
  });
  const levels = metrics.gauge({
    name: 'ats_risk_limit_level',
    help: 'Whether a limit is kept (0), at its warning (1) or breached (2).',
    labels,
  });
  const profit = metrics.gauge({
    name: 'ats_risk_profit_money',
    help: 'Profit since the day, week or month began, in the numeraire.',
    labels: ['window'],
  });
  metrics.beforeCollect(() => {
    for (const { name, of, value, level } of monitor.all()) {
      const { max } = limits.current.limit(name, of);
      levels.set({ limit: name, of }, LEVELS[level]);
      if (max === undefined || max.isZero()) continue;
      most.set({ limit: name, of }, max.toNumber());
      use.set({ limit: name, of }, value.toNumber() / max.toNumber());
    }
    for (const window of WINDOW_NAMES) {
      const figures = portfolio.profit.window(window);
      if (figures !== undefined) profit.set({ window }, figures.profit.toNumber());
    }
  });
}
