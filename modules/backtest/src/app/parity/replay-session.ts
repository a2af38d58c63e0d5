import { assetId, type Decimal } from '@ats/domain';
import { LedgerSums, readLedgerEntry } from '@ats/orders';
import { seededRandom, virtualClock, virtualTimers } from '@ats/runtime';
import {
  type LogRecord,
  MemoryEventLog,
  memoryStateStore,
  openMemoryMarketBus,
} from '@ats/storage';
import { withoutNetwork } from '../../adapters/network-guard.ts';
import { marketRowsOf, type Session } from '../../adapters/parity/session-reader.ts';
import type { ParityOrder } from '../../domain/parity/compare.ts';
import { Composition } from '../composition.ts';
import { checkRun } from '../ledger-against-venues.ts';
import { noMetrics, WarningLogger, watchedStore, watchedTimers } from '../quiet.ts';
import { Valuation } from '../valuation.ts';
import { tappedContext } from './engine-tap.ts';
import { ReplayTap } from './replay-tap.ts';
import type { SentOrder } from './replay-venue.ts';
import { openReplayVenues } from './replay-venues.ts';
import { sessionConfig } from './session-config.ts';
import { SessionPlayer } from './session-player.ts';

const WARM_UP_US = 30_000_000;
const TRADING_US = 2_000_000;
const DRAIN_US = 1_200_000_000;

/** What a replay came to, beside what the session had. */
export interface Replayed {
  readonly orders: readonly ParityOrder[];
  readonly verdicts: ReplayTap['verdicts'];
  readonly late: readonly string[];
  readonly ledger: { readonly balanced: boolean; readonly differences: readonly string[] };
  /** One unit of each asset in the numeraire at the end, as the books had it. */
  readonly rates: ReadonlyMap<string, Decimal>;
  readonly numeraire: string;
  readonly events: number;
  readonly warnings: readonly string[];
  readonly sent: readonly SentOrder[];
}

/** Plays a session through the live code on virtual time, its venues matching by themselves. */
export function replaySession(session: Session): Promise<Replayed> {
  return withoutNetwork('the replay of a session', () => replay(session));
}

async function replay(session: Session): Promise<Replayed> {
  const world = openReplay(session);
  const { player, tap, timers, composition } = world;
  const fromUs = (session.inputs[0]?.atUs ?? 0) - 1000;
  timers.clock.setUs(fromUs - WARM_UP_US);
  await player.until(composition.startOrderPath(), fromUs);
  await agree(player, composition, timers, fromUs);
  await player.pass(fromUs - TRADING_US);
  await player.until(composition.startGates(), fromUs);
  await player.pass(fromUs);
  const engine = await player.playUntil(composition.startEngine());
  let drained: Promise<void> | undefined;
  player.onStop = () => {
    drained = engine.drain();
  };
  await player.play();
  tap.end();
  drained ??= engine.drain();
  await player.until(drained, timers.clock.nowUs() + DRAIN_US);
  return resultOf(world);
}

/** Everything outside of the live code, and the live code over it; nothing is started. */
function openReplay(session: Session) {
  const { inputs, markets, folder } = session;
  const run = sessionConfig(session);
  const timers = virtualTimers(virtualClock(0));
  const { clock } = timers;
  const logger = new WarningLogger();
  const bus = openMemoryMarketBus({ logger, metrics: noMetrics });
  const tap = new ReplayTap(timers, inputs);
  const books = marketRowsOf(folder);
  const player = new SessionPlayer({ timers, bus, tap, markets, inputs, books });
  const serviceTimers = watchedTimers(timers, player.touch);
  const { tops, touch } = player;
  const venues = openReplayVenues({ session, run, clock, timers: serviceTimers, tops });
  const state = watchedStore(memoryStateStore(clock), touch);
  const sums = new LedgerSums();
  const onAppend = (record: LogRecord): void => {
    if (record.topic === 'ledger.entries') sums.add(readLedgerEntry(record));
  };
  const log = new MemoryEventLog({ clock, timers: serviceTimers, onAppend, onCall: touch });
  const composition = new Composition({
    ...{ loaded: run.loaded, clock, timers: serviceTimers, touch, logger, bus, state, log, tops },
    random: seededRandom(0),
    hold: player.hold,
    venues: venues.connectors,
    engineContext: (context) => tappedContext(context, tap),
  });
  return { run, timers, logger, bus, tap, player, venues, sums, composition };
}

async function resultOf(world: ReturnType<typeof openReplay>): Promise<Replayed> {
  const { run, timers, logger, bus, tap, player, sums, composition } = world;
  const { listings, config } = run;
  const { numeraire } = config.engine;
  const { tapes: venues, sent, orders } = world.venues;
  const valuation = new Valuation({ bus, listings, venues, numeraire });
  await valuation.refresh();
  const ledger = await checkRun({ player, sums, venues, timers }, composition);
  const assets = [...new Set(listings.flatMap(({ base, quote }) => [base.id, quote.id]))];
  const rates = assets.flatMap((asset) => {
    const rate = valuation.rateOf(assetId(asset));
    return rate === undefined ? [] : [[asset, rate] as const];
  });
  const warnings = [...logger.warnings].map(
    ([event, { count, first }]) => `${event} ${count}: ${first}`,
  );
  const { verdicts, late } = tap;
  const { events } = player;
  const told = { verdicts, late, ledger, numeraire, events, warnings, sent };
  return { ...told, orders: orders(), rates: new Map(rates) };
}

async function agree(
  player: SessionPlayer,
  composition: Composition,
  timers: ReturnType<typeof virtualTimers>,
  fromUs: number,
): Promise<void> {
  const lastUs = fromUs - TRADING_US;
  let reasons: readonly string[] = ['nothing was compared'];
  while (reasons.length > 0 && timers.clock.nowUs() < lastUs) {
    await player.pass(timers.clock.nowUs() + 100_000);
    reasons = await player.until(composition.disagreements(), fromUs);
  }
}
