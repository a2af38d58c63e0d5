import { AtsError, assetId, Decimal } from '@ats/domain';
import type { LoadedConfig } from '@ats/runtime';
import type { RunningEngine } from '@ats/trading-engine';
import { withoutNetwork } from '../adapters/network-guard.ts';
import type { RunBalance, RunRecord, RunSpec } from '../domain/run-record.ts';
import type { Tape } from '../domain/tape.ts';
import { Composition } from './composition.ts';
import { checkRun } from './ledger-against-venues.ts';
import { type RunConfig, runConfigOf } from './run-config.ts';
import { warningsOf } from './warnings.ts';
import { openWorld, type World } from './world.ts';

/** How far a run has come. */
export interface RunProgress {
  /** Rows of the tapes that were played. */
  readonly events: number;
  /** Virtual time, microseconds since the epoch. */
  readonly timeUs: number;
  /** Trades that have ended. */
  readonly trades: number;
}

export interface BacktestOptions {
  readonly spec: RunSpec;
  /** Opened tapes in the order of `spec.tapes`. */
  readonly tapes: readonly Tape[];
  /** The configuration before `spec.settings` are laid over it. */
  readonly loaded: LoadedConfig;
  /** Told now and then, by virtual time: whoever shows it holds back what is too often. */
  readonly onProgress?: (progress: RunProgress) => void;
  /** Ends the run early; the promise is then rejected with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** The live parts are started this long before the first row, so that they are ready for it. */
const WARM_UP_US = 30_000_000;
const TRADING_US = 2_000_000;
/** Longest that open trades and orders are waited for once the tapes have ended. */
const DRAIN_US = 1_200_000_000;
const PROGRESS_MS = 10_000;

/**
 * Plays tapes through the live code on virtual time. The same tapes, configuration and seed give
 * the same record to the byte.
 * @throws {AtsError} CONFIG_INVALID, TAPE_UNREADABLE, TAPE_INVALID, TAPE_BAD_ROW,
 *   BACKTEST_NETWORK_REFUSED
 */
export function runBacktest(options: BacktestOptions): Promise<RunRecord> {
  return withoutNetwork('the backtest', () => run(options));
}

async function run(options: BacktestOptions): Promise<RunRecord> {
  const { spec, tapes, signal } = options;
  const config = runConfigOf(options);
  const range = {
    ...(spec.fromUs === 0 ? {} : { fromUs: spec.fromUs }),
    ...(spec.toUs === 0 ? {} : { toUs: spec.toUs }),
  };
  const world = openWorld({ run: config, seed: spec.seed, tapes, range, signal });
  const { player, timers, recorder, feed } = world;
  try {
    const fromUs = await player.firstUs();
    if (fromUs === Number.POSITIVE_INFINITY) throw empty(spec);
    timers.clock.setUs(fromUs - WARM_UP_US);
    const composition = compose(world, config);
    const engine = await start(world, composition, fromUs);
    watch(world, engine, { options, equityIntervalMs: config.config.backtest.equityIntervalMs });
    scheduleOutages(world);
    await player.play();
    const toUs = timers.clock.nowUs();
    await player.until(engine.drain(), toUs + DRAIN_US);
    await recorder.sample(timers.clock.nowUs());
    const ledger = await checkRun(world, composition);
    return {
      spec,
      numeraire: assetId(config.config.engine.numeraire),
      fromUs,
      toUs,
      events: player.events,
      badRows: tapes.reduce((sum, tape) => sum + tape.badRows().count, 0),
      equity: recorder.equity(fromUs),
      trades: recorder.trades(),
      fills: recorder.runFills(),
      opportunities: recorder.opportunities(),
      balances: balancesOf(world),
      ledger,
      warnings: warningsOf({ run: config, world, engine }),
    };
  } finally {
    await feed.close();
  }
}

function compose(world: World, { loaded }: RunConfig): Composition {
  const { player, timers, serviceTimers, random, logger, bus, state, log, venues, tops } = world;
  const time = {
    clock: timers.clock,
    timers: serviceTimers,
    touch: player.touch,
    hold: player.hold,
  };
  return new Composition({ ...time, loaded, random, logger, bus, state, log, venues, tops });
}

async function start(world: World, composition: Composition, fromUs: number) {
  const { player, timers } = world;
  await player.until(composition.startOrderPath(), fromUs);
  let reasons: readonly string[] = ['nothing was compared'];
  while (reasons.length > 0 && timers.clock.nowUs() < fromUs - WARM_UP_US / 2) {
    await player.pass(timers.clock.nowUs() + 100_000);
    reasons = await player.until(composition.disagreements(), fromUs);
  }
  if (reasons.length > 0) {
    throw new AtsError({
      code: 'INVARIANT_VIOLATED',
      message: `the order path is not ready for the run: ${reasons.join('; ')}`,
    });
  }
  // Risk counts how long venues are silent from its own start on.
  await player.pass(fromUs - TRADING_US);
  const engine = await player.until(composition.startTrading(), fromUs);
  // Everybody who reads the log has subscribed.
  world.log.forgetCommitted();
  await player.pass(fromUs - 1);
  return engine;
}

/** At the beginning of an outage the venue's books are lost, as they are to a collector. */
function scheduleOutages({ played, timers, bus }: World): void {
  for (const { venue, lane, markets } of played) {
    const turn = (state: 'down' | 'live') => (): void => {
      lane.muted = state === 'down';
      const atUs = timers.clock.nowUs();
      const times = { exchangeTimeUs: 0, receivedAtUs: atUs };
      for (const { live } of markets) {
        const { venue: name, instrument } = live.top;
        const about = { kind: 'status', venue: name, instrument, ...times } as const;
        bus.publish({ ...about, state, reason: 'MAINTENANCE' });
      }
    };
    for (const { fromUs, toUs } of venue.outages) {
      const nowUs = timers.clock.nowUs();
      if (toUs <= nowUs) continue;
      timers.after((fromUs - nowUs) / 1000, turn('down'));
      timers.after((toUs - nowUs) / 1000, turn('live'));
    }
  }
}

/** What is recorded while the run goes on. */
function watch(
  { timers, recorder, player }: World,
  engine: RunningEngine,
  parts: { readonly options: BacktestOptions; readonly equityIntervalMs: number },
): void {
  const { onProgress } = parts.options;
  const sample = (): void => void recorder.sample(timers.clock.nowUs());
  engine.onOpportunity((record) => recorder.onOpportunity(record));
  engine.onTrade((trade) => {
    if (recorder.onTrade(trade)) sample();
  });
  timers.every(parts.equityIntervalMs, sample);
  timers.every(PROGRESS_MS, () =>
    onProgress?.({
      events: player.events,
      timeUs: timers.clock.nowUs(),
      trades: recorder.tradesEnded,
    }),
  );
}

function balancesOf({ venues }: World): readonly RunBalance[] {
  return [...venues].flatMap(([venue, { account }]) =>
    account.balances.map(({ asset, available, locked }) => ({
      venue,
      asset: assetId(asset),
      start: account.transferred.get(asset) ?? Decimal.ZERO,
      end: available.add(locked).normalized(),
    })),
  );
}

function empty(spec: RunSpec): AtsError {
  return new AtsError({
    code: 'TAPE_INVALID',
    message: 'the tapes have no rows of listed markets in the range',
    remedy: 'Widen the range, or give tapes that cover it.',
    context: { field: 'tapes', value: spec.tapes.join(' ') },
  });
}
